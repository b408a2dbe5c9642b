package api

import (
	"context"
	"slices"
	"sync"
)

// maxAtOnce is how many requests change one list at the same time. More of them would share its appends, but clients that
// send very many requests for one list would take the processors from all others. They can use bulk.
const maxAtOnce = 3

// A limiter bounds the requests that change one list at the same time. The others wait, in the order in which they came.
type limiter struct {
	mu    sync.Mutex
	lists map[string]*queue
}

type queue struct {
	active  int
	waiting []chan struct{} // each is closed when its request may go on
}

// acquire waits until the request may go on. The caller calls release after it.
func (l *limiter) acquire(ctx context.Context, list string) error {
	l.mu.Lock()
	q := l.lists[list]
	if q == nil {
		if l.lists == nil {
			l.lists = make(map[string]*queue)
		}
		q = new(queue)
		l.lists[list] = q
	}
	if q.active < maxAtOnce {
		q.active++
		l.mu.Unlock()
		return nil
	}
	allowed := make(chan struct{})
	q.waiting = append(q.waiting, allowed)
	l.mu.Unlock()
	select {
	case <-allowed:
		return nil
	case <-ctx.Done():
	}
	l.mu.Lock()
	i := slices.Index(q.waiting, allowed)
	if i >= 0 {
		q.waiting = slices.Delete(q.waiting, i, i+1)
	}
	l.mu.Unlock()
	if i < 0 { // it was let on meanwhile
		l.release(list)
	}
	return ctx.Err()
}

// release lets the next request go on.
func (l *limiter) release(list string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.lists[list]
	if len(q.waiting) > 0 {
		close(q.waiting[0])
		q.waiting = slices.Delete(q.waiting, 0, 1)
		return
	}
	if q.active--; q.active == 0 {
		delete(l.lists, list)
	}
}
