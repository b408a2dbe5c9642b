package cache

import (
	"slices"
	"sync"
	"sync/atomic"

	"todoshell/todo"
)

// So much is kept of the events of all lists, for those who come back and for those who are slow. Whoever is further
// behind than that has lost some: what is kept does not grow with how slow they are, nor with how many.
const (
	Recent      = 16 << 10 // events
	RecentBytes = 16 << 20
	MaxEvent    = 1 << 20 // bytes of a change
)

// A chain is the events of one list, or those of all lists, in a linked list that all
// who watch follow, each at their own pace.
type chain struct {
	watched int // guarded by watches, as is all but count

	last  *link // has no event yet
	first *link // the oldest event that is kept; only for all lists
	since Place // where somebody must be at least to miss nothing that is not kept; only for all lists
	bytes int   // from first on
	count atomic.Uint64
}

// A link of a chain.
type link struct {
	ready chan struct{}           // closed when there is an event
	event atomic.Pointer[chained] // nil: not yet, or not any more
}

// chained is an event in its chain.
type chained struct {
	Event
	index  uint64 // of the event in its chain, from 1
	next   *link
	byList *link // in the chain for all lists: where the event is in the chain for its list
}

func newChain() *chain { return &chain{last: newLink()} }

func newLink() *link { return &link{ready: make(chan struct{})} }

// watches are all who watch: a chain for all lists, and one for each list that is
// watched.
type watches struct {
	mu       sync.Mutex
	position todo.Position // of the latest append
	byList   map[string]*chain
	all      *chain // nil: nobody has ever watched
}

// begin says how far the feed had been told before.
func (ws *watches) begin(from todo.Position) { ws.position = slices.Clone(from) }

// makeChains makes the chains when the first comes who watches. The lock must be held.
func (ws *watches) makeChains() {
	if ws.all == nil {
		ws.all, ws.byList = newChain(), make(map[string]*chain)
		ws.all.first, ws.all.since = ws.all.last, placeAt(ws.position)
	}
}

// publish tells of an append. It must not hold up whoever made it: waking all who watch
// is left to others.
func (ws *watches) publish(a todo.Append) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.position.Includes(a.Partition, a.Version) {
		return
	}
	ws.position = ws.position.With(a.Partition, a.Version)
	if ws.all == nil {
		return
	}
	list := ws.byList[a.List]
	for i := range a.Changes {
		e := eventOf(a, i+1)
		e.Edits = slices.Clone(e.Edits) // the server uses them again
		var at *link
		if list != nil {
			at = list.add(e, nil)
		}
		ws.all.add(e, at)
	}
	ws.all.trim()
}

// add adds an event to the chain.
func (c *chain) add(e Event, byList *link) *link {
	at := c.last
	c.last = newLink()
	at.event.Store(&chained{e, c.count.Load() + 1, c.last, byList})
	c.count.Add(1)
	c.bytes += e.size()
	go close(at.ready) // wakes thousands, perhaps, and waits for none
	return at
}

// trim forgets the oldest events where there are too many, or where they are too long, in
// all chains that they are in.
func (c *chain) trim() {
	for c.first != c.last {
		oldest := c.first.event.Load()
		if c.count.Load()-oldest.index < Recent && c.bytes <= RecentBytes {
			return
		}
		c.first.event.Store(nil)
		if oldest.byList != nil {
			oldest.byList.event.Store(nil)
		}
		c.first = oldest.next
		c.bytes -= oldest.size()
		c.since.pass(oldest.Event)
	}
}

// keeps tells whether the chain has all events since a place.
func (c *chain) keeps(since Place) bool {
	for partition, v := range c.since.Position {
		if !since.includesChanges(partition, v, c.since.Told(partition)) {
			return false
		}
	}
	return true
}
