package store

import (
	"cmp"
	"context"
	"iter"
	"math"

	"github.com/cockroachdb/pebble/v2"

	"todoshell/todo"
)

// Since goes through the durable appends of a list after a version: see
// [todoshell/server.Log].
func (s *Store) Since(ctx context.Context, name string, after todo.Version) iter.Seq2[todo.Append, error] {
	return func(yield func(todo.Append, error) bool) {
		h, err := s.readHead(name)
		if err == nil && h.Version > s.knownDurable() {
			err = s.settle(ctx)
		}
		if err != nil {
			yield(todo.Append{}, err)
			return
		}
		upTo, partition := s.knownDurable(), s.partition(name)
		for a, err := range appends(ctx, s.db, name, after) {
			if err == nil && a.Version > upTo {
				break
			}
			a.Partition = partition
			if !yield(a, err) || err != nil {
				return
			}
		}
		if h.Version > upTo { // the fsync of it has failed
			yield(todo.Append{}, s.writable())
		}
	}
}

// Fresh returns at once: this is where all changes are made, and they are seen before
// anyone is told of them.
func (*Store) Fresh(ctx context.Context, _ string) error { return ctx.Err() }

// knownDurable returns up to which version appends are durable for sure. All that is in a
// replica is.
func (s *Store) knownDurable() todo.Version {
	if s.source != nil {
		return math.MaxUint64
	}
	return s.feed.toldOf(0)
}

// settle waits for the end of all appends that are under way.
func (s *Store) settle(ctx context.Context) error {
	s.put.Lock()
	g := s.group.newest()
	s.put.Unlock()
	if g == nil {
		return nil
	}
	select {
	case <-g.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// durable returns a snapshot of the store, all of which is on disk when it returns. What is
// not yet there might never be.
func (s *Store) durable(ctx context.Context) (*pebble.Snapshot, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	snap := s.db.NewSnapshot()
	if err := s.settle(ctx); err != nil {
		return nil, cmp.Or(err, snap.Close())
	}
	return snap, nil
}

// appends goes through the appends of a list after a version. It looks for them from the
// end, since most who ask know nearly all.
func appends(ctx context.Context, r pebble.Reader, name string, after todo.Version) iter.Seq2[todo.Append, error] {
	return func(yield func(todo.Append, error) bool) {
		fail := func(err error) { yield(todo.Append{}, unreadable(name, "the journal", err)) }
		it, err := r.NewIter(&pebble.IterOptions{LowerBound: recordKey(name, 0), UpperBound: recordsEnd(name)})
		if err != nil {
			fail(err)
			return
		}
		defer it.Close()
		var a todo.Append
		ok := it.Last()
		for ; ok && after > 0; ok = it.Prev() {
			if a, err = record(it, name); err != nil || a.Version <= after {
				break
			}
		}
		if err = cmp.Or(ctx.Err(), err, it.Error()); err != nil {
			fail(err)
			return
		}
		if ok && after > 0 {
			ok = it.Next()
		} else {
			ok = it.First()
		}
		for ; ok; ok = it.Next() {
			a, err = record(it, name)
			if err = cmp.Or(ctx.Err(), err); err != nil {
				fail(err)
				return
			}
			if !yield(a, nil) {
				return
			}
		}
		if err = it.Error(); err != nil {
			fail(err)
		}
	}
}
