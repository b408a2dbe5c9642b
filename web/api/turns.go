package api

import (
	"context"
	"slices"
	"sync"
)

// maxAtOnce is how many requests change one list at the same time. More would share
// its appends, but whoever hammers a list would take the processors from all others;
// bulk is for who has much to change.
const maxAtOnce = 3

// Turns are given to requests, list by list, in the order in which they come.
type turns struct {
	mu    sync.Mutex
	lists map[string]*queue
}

type queue struct {
	active  int
	waiting []chan struct{} // one that is closed has its turn
}

// take waits for a turn, which the caller gives back with end.
func (t *turns) take(ctx context.Context, list string) error {
	t.mu.Lock()
	q := t.lists[list]
	if q == nil {
		if t.lists == nil {
			t.lists = make(map[string]*queue)
		}
		q = new(queue)
		t.lists[list] = q
	}
	if q.active < maxAtOnce {
		q.active++
		t.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	q.waiting = append(q.waiting, turn)
	t.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	i := slices.Index(q.waiting, turn)
	if i >= 0 {
		q.waiting = slices.Delete(q.waiting, i, i+1)
	}
	t.mu.Unlock()
	if i < 0 { // it has come meanwhile
		t.end(list)
	}
	return ctx.Err()
}

// end gives a turn to the next.
func (t *turns) end(list string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	q := t.lists[list]
	if len(q.waiting) > 0 {
		close(q.waiting[0])
		q.waiting = slices.Delete(q.waiting, 0, 1)
		return
	}
	if q.active--; q.active == 0 {
		delete(t.lists, list)
	}
}
