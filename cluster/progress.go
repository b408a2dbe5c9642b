package cluster

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"todoshell/todo"
)

// A progress says how far a follower has come, and lets others wait until it is further.
type progress struct {
	mu      sync.Mutex
	at      todo.Version
	waiting []*waiter // by versions: there may be very many
	living  int       // how many of them have not given up
}

type waiter struct {
	version todo.Version
	come    chan struct{}
	gone    bool // it has given up, and is forgotten when the follower has come to its version
}

// set tells how far the follower has come.
func (p *progress) set(at todo.Version) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at = at
	n := p.first(at + 1)
	for _, w := range p.waiting[:n] {
		close(w.come)
		if !w.gone {
			p.living--
		}
	}
	clear(p.waiting[:n])
	p.waiting = p.waiting[n:]
}

// first returns where those who wait for a version, or a later one, begin.
func (p *progress) first(v todo.Version) int {
	i, _ := slices.BinarySearchFunc(p.waiting, v, func(w *waiter, v todo.Version) int { return cmp.Compare(w.version, v) })
	return i
}

// wait waits until the follower has come to a version.
func (p *progress) wait(ctx context.Context, v todo.Version) error {
	p.mu.Lock()
	if p.at >= v {
		p.mu.Unlock()
		return nil
	}
	w := &waiter{version: v, come: make(chan struct{})}
	p.waiting = slices.Insert(p.waiting, p.first(v+1), w)
	p.living++
	p.mu.Unlock()
	select {
	case <-w.come:
		return nil
	case <-ctx.Done():
		p.mu.Lock()
		defer p.mu.Unlock()
		select {
		case <-w.come:
			return nil
		default:
		}
		w.gone = true
		p.living--
		return ctx.Err()
	}
}

// wanted tells whether somebody waits.
func (p *progress) wanted() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.living > 0
}
