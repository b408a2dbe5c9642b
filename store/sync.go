package store

import (
	"sync"
	"time"

	"todoshell/todo"
)

// Groups of appends share fsyncs of the log. Appends that come while an fsync is under
// way wait together for the next.
//
// The next fsync begins when as many wait for it as the one before had: then all who come
// again as soon as they are answered are there. It waits no longer than gatherFor for
// them, so that whoever comes alone loses little.
type groups struct {
	next   *group // nil: nobody waits
	latest *group // whose fsync has begun; nil: there was none
}

const gatherFor = 100 * time.Microsecond

// A group is the appends that share an fsync.
type group struct {
	appends []todo.Append // in the order of their versions, until they have been told
	before  *group        // whose fsync comes before, until it has ended
	size    int
	wanted  int           // as many as the group before had
	enough  chan struct{} // closed when as many as wanted have come
	done    chan struct{} // closed when the fsync has ended and the appends have been told
	err     error
}

// join adds an append, which has been put into the log, to the next group. The first
// one of a group leads it: it must gather the others and make the fsync. The lock under
// which appends are put into the log must be held.
func (gs *groups) join(a todo.Append) (g *group, leads bool) {
	if gs.next == nil {
		gs.next = &group{before: gs.latest, wanted: 1, enough: make(chan struct{}), done: make(chan struct{})}
		if gs.latest != nil {
			gs.next.wanted = gs.latest.size
		}
		gs.next.appends = make([]todo.Append, 0, gs.next.wanted)
		leads = true
	}
	g = gs.next
	g.appends = append(g.appends, a)
	if g.size++; g.size == g.wanted {
		close(g.enough)
	}
	return g, leads
}

// gather waits for the end of the fsync before, and for others who join. When it returns,
// nobody joins the group any more.
func (gs *groups) gather(g *group, lock sync.Locker) {
	if g.before != nil {
		<-g.before.done
		g.before = nil
	}
	timer := time.NewTimer(gatherFor)
	select {
	case <-g.enough:
	case <-timer.C:
	}
	timer.Stop()
	lock.Lock()
	defer lock.Unlock()
	gs.next, gs.latest = nil, g
}

// newest returns the group of the latest append, nil where there was none. The lock must be
// held.
func (gs *groups) newest() *group {
	if gs.next != nil {
		return gs.next
	}
	return gs.latest
}
