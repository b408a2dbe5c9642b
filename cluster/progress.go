package cluster

import (
	"context"
	"slices"
	"sync"

	"todoshell/todo"
)

// A progress says how far a follower has come, and lets others wait until it is further.
type progress struct {
	mu      sync.Mutex
	at      todo.Version
	waiting []waiter
}

type waiter struct {
	version todo.Version
	come    chan struct{}
}

// set tells how far the follower has come.
func (p *progress) set(at todo.Version) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at = at
	p.waiting = slices.DeleteFunc(p.waiting, func(w waiter) bool {
		if w.version > at {
			return false
		}
		close(w.come)
		return true
	})
}

// wait waits until the follower has come to a version.
func (p *progress) wait(ctx context.Context, v todo.Version) error {
	p.mu.Lock()
	if p.at >= v {
		p.mu.Unlock()
		return nil
	}
	w := waiter{v, make(chan struct{})}
	p.waiting = append(p.waiting, w)
	p.mu.Unlock()
	select {
	case <-w.come:
		return nil
	case <-ctx.Done():
		p.mu.Lock()
		defer p.mu.Unlock()
		p.waiting = slices.DeleteFunc(p.waiting, func(one waiter) bool { return one == w })
		return ctx.Err()
	}
}

// wanted tells whether somebody waits.
func (p *progress) wanted() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.waiting) > 0
}
