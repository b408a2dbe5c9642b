package store

import (
	"cmp"
	"context"
	"iter"
	"runtime"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"todoshell/todo"
)

// A stretch of lists that a worker goes through is as long as this, in lists or in what has
// to be read of them.
const (
	stretchLists   = 512
	stretchEntries = 16 << 10
)

// maxFinders bounds the workers of one call: one goroutine reads the heads for all of them.
const maxFinders = 8

// Find goes through the entries whose titles match: see [todoshell/cache.Overview].
//
// It reads the database in the order of its keys and past all caches: one goroutine
// reads the heads and divides the lists into stretches, workers look through those
// side by side, and what they find is told in order. Memory is bounded by what the
// workers have found ahead of that, and by what is found in a single list.
func (s *Store) Find(ctx context.Context, prefix, from string, matches func(title []byte) bool) iter.Seq2[todo.Found, error] {
	return func(yield func(todo.Found, error) bool) {
		snap, err := s.durable(ctx)
		if err != nil {
			yield(todo.Found{}, err)
			return
		}
		defer snap.Close()
		f := &search{db: snap, matches: matches}
		var group sync.WaitGroup
		defer group.Wait()
		working, cancel := context.WithCancel(ctx)
		defer cancel()
		f.start(working, &group, prefix, from)
		f.tell(ctx, yield)
	}
}

// tell yields what the workers find, in order.
func (f *search) tell(ctx context.Context, yield func(todo.Found, error) bool) {
	for part := range f.inOrder {
		for found := range part.found {
			for _, e := range found {
				if err := ctx.Err(); err != nil {
					yield(todo.Found{}, err)
					return
				}
				if !yield(e, nil) {
					return
				}
			}
		}
		if part.err != nil {
			yield(todo.Found{}, part.err)
			return
		}
		stretches.Put(part)
	}
	if err := cmp.Or(ctx.Err(), f.err); err != nil {
		yield(todo.Found{}, err)
	}
}

// A search is one call of Find.
type search struct {
	db      pebble.Reader
	matches func(title []byte) bool

	ahead   chan *stretch // to the workers
	inOrder chan *stretch // to the caller
	err     error         // what kept the heads from being read; set before inOrder is closed
}

// A stretch is some lists side by side in the order of their names.
type stretch struct {
	lists   []listed
	names   []byte            // of all lists: one piece of memory
	entries uint64            // to be read of them, about
	found   chan []todo.Found // closed by the worker, after err is set
	err     error             // what comes after what was found
}

type listed struct {
	name             []byte
	rev, snapshotRev uint64
	hasSnapshot      bool
}

// stretches are those that have been told, whose memory the next ones use.
var stretches sync.Pool

func newStretch() *stretch {
	p, ok := stretches.Get().(*stretch)
	if !ok {
		p = new(stretch)
	}
	*p = stretch{lists: p.lists[:0], names: p.names[:0], found: make(chan []todo.Found, 1)}
	return p
}

func (p *stretch) add(h *rawHead) {
	at := len(p.names)
	p.names = append(p.names, h.name...)
	p.lists = append(p.lists, listed{p.names[at:], h.Rev, h.SnapshotRev, h.HasSnapshot})
	p.entries += h.SnapshotLen + h.Edits
}

func (p *stretch) full() bool { return len(p.lists) == stretchLists || p.entries >= stretchEntries }

// start starts the goroutines, which end with ctx or when the last stretch is done.
func (f *search) start(ctx context.Context, group *sync.WaitGroup, prefix, from string) {
	workers := min(runtime.GOMAXPROCS(0), maxFinders)
	f.ahead, f.inOrder = make(chan *stretch, 4*workers), make(chan *stretch, 4*workers)
	group.Go(func() {
		defer close(f.inOrder)
		defer close(f.ahead)
		f.err = f.divide(ctx, prefix, from)
	})
	for range workers {
		group.Go(func() {
			w := finder{search: f}
			defer w.close()
			for part := range f.ahead {
				if err := w.lookThrough(ctx, part); err != nil {
					part.err = err
				}
				close(part.found)
			}
		})
	}
}

// divide reads the heads and hands the lists out.
func (f *search) divide(ctx context.Context, prefix, from string) error {
	part := newStretch()
	for h, err := range rawHeads(ctx, f.db, prefix, from) {
		if err != nil {
			part.err = err
			break
		}
		if h.Rev == 0 {
			continue // it was dropped
		}
		part.add(h)
		if part.full() {
			if err := f.handOut(ctx, part); err != nil {
				return err
			}
			part = newStretch()
		}
	}
	return f.handOut(ctx, part)
}

// handOut gives a stretch to a worker and then to the caller, so that whatever the
// caller waits for is being worked on.
func (f *search) handOut(ctx context.Context, part *stretch) error {
	for _, to := range [...]chan *stretch{f.ahead, f.inOrder} {
		select {
		case to <- part:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
