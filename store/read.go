package store

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/cockroachdb/pebble/v2"

	"todoshell/store/codec"
	"todoshell/todo"
)

// What is wrong with a list whose values are right, each for itself.
var (
	errMissing = &todo.Error{Code: todo.Damaged, Message: "it is not there"}
	errDiffers = &todo.Error{Code: todo.Damaged, Message: "the journal leads elsewhere"}
)

// get calls f with the value of a key, which is gone after f; found is false
// where there is none.
func get(r pebble.Reader, key []byte, f func(value []byte) error) (found bool, err error) {
	value, closer, err := r.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	err = f(value)
	return true, errors.Join(err, closer.Close())
}

// readHead returns the head of a list, an empty one where there is no list.
func readHead(r pebble.Reader, name string) (h codec.Head, err error) {
	_, err = get(r, headKey(name), func(value []byte) (err error) {
		h, err = codec.DecodeHead(value)
		return err
	})
	if err != nil {
		err = unreadable(name, "the head", err)
	}
	return h, err
}

// Load returns a list as its journal has it, empty where there is none.
func (s *Store) Load(ctx context.Context, name string) (todo.List, error) {
	if err := ctx.Err(); err != nil {
		return todo.List{}, err
	}
	heads := s.headsOf(name)
	heads.Lock()
	h, err := heads.get(s.db, name)
	if err != nil || h.Rev == 0 {
		heads.Unlock()
		return todo.List{}.Remembering(h.Memories), err
	}
	snap := s.db.NewSnapshot() // of what the head is of
	heads.Unlock()
	defer snap.Close()
	return load(ctx, snap, name, h)
}

func load(ctx context.Context, r pebble.Reader, name string, h codec.Head) (todo.List, error) {
	list, err := readSnapshot(r, name, h)
	if err != nil || h.Rev == list.Rev {
		return list, err
	}
	draft := list.Draft()
	for c, err := range changes(ctx, r, name, list.Rev+1) {
		if err == nil {
			err = draft.Apply(c)
		}
		if err != nil {
			return todo.List{}, unreadable(name, fmt.Sprintf("revision %d", draft.Rev+1), err)
		}
	}
	if draft.Rev != h.Rev {
		return todo.List{}, unreadable(name, fmt.Sprintf("revision %d", draft.Rev+1), errMissing)
	}
	return draft.Snapshot(), nil
}

func readSnapshot(r pebble.Reader, name string, h codec.Head) (list todo.List, err error) {
	if h.SnapshotRev == 0 {
		return todo.List{}, nil
	}
	found, err := get(r, snapshotKey(name), func(value []byte) (err error) {
		list, err = codec.DecodeSnapshot(value)
		return err
	})
	if err == nil && (!found || list.Rev != h.SnapshotRev) {
		err = errMissing
	}
	if err != nil {
		return todo.List{}, unreadable(name, fmt.Sprintf("the snapshot of revision %d", h.SnapshotRev), err)
	}
	return list, nil
}

// records goes through a list's records, from the one that holds a revision on.
func records(ctx context.Context, r pebble.Reader, name string, from uint64) iter.Seq2[[]todo.Change, error] {
	return func(yield func([]todo.Change, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(nil, err)
			return
		}
		it, err := r.NewIter(&pebble.IterOptions{LowerBound: recordKey(name, from), UpperBound: recordsEnd(name)})
		if err != nil {
			yield(nil, err)
			return
		}
		defer it.Close()
		for ok := it.First(); ok; ok = it.Next() {
			value, err := it.ValueAndErr()
			if err = cmp.Or(ctx.Err(), err); err != nil {
				yield(nil, err)
				return
			}
			changes, err := codec.DecodeRecord(value)
			if err == nil && !bytes.Equal(it.Key(), recordKey(name, changes[len(changes)-1].Rev)) {
				err = codec.ErrShape
			}
			if !yield(changes, err) || err != nil {
				return
			}
		}
		if err := it.Error(); err != nil {
			yield(nil, err)
		}
	}
}

// changes goes through a list's changes from a revision on.
func changes(ctx context.Context, r pebble.Reader, name string, from uint64) iter.Seq2[todo.Change, error] {
	return func(yield func(todo.Change, error) bool) {
		for record, err := range records(ctx, r, name, from) {
			if err != nil {
				yield(todo.Change{}, err)
				return
			}
			for _, c := range record {
				if c.Rev < from {
					continue
				}
				if err := ctx.Err(); err != nil {
					yield(todo.Change{}, err)
					return
				}
				if !yield(c, nil) {
					return
				}
			}
		}
	}
}

// Change returns one change of a list.
func (s *Store) Change(ctx context.Context, name string, rev uint64) (todo.Change, error) {
	for c, err := range changes(ctx, s.db, name, rev) {
		if err == nil && c.Rev != rev {
			err = errMissing
		}
		if err != nil {
			return todo.Change{}, unreadable(name, fmt.Sprintf("revision %d", rev), err)
		}
		return c, nil
	}
	return todo.Change{}, unreadable(name, fmt.Sprintf("revision %d", rev), errMissing)
}

// History goes through the changes of a list from a revision on, oldest first.
// An error ends it.
func (s *Store) History(ctx context.Context, name string, from uint64) iter.Seq2[todo.Change, error] {
	return func(yield func(todo.Change, error) bool) {
		rev := max(from, 1)
		for c, err := range changes(ctx, s.db, name, rev) {
			if err == nil && c.Rev != rev {
				err = errMissing
			}
			if err != nil {
				yield(todo.Change{}, unreadable(name, fmt.Sprintf("revision %d", rev), err))
				return
			}
			if !yield(c, nil) {
				return
			}
			rev++
		}
	}
}

// Names goes through the names of the lists that begin with prefix, in byte
// order, those before from left out. An error ends it.
func (s *Store) Names(ctx context.Context, prefix, from string) iter.Seq2[string, error] {
	return names(ctx, s.db, prefix, from)
}

func names(ctx context.Context, r pebble.Reader, prefix, from string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if err := ctx.Err(); err != nil {
			yield("", err)
			return
		}
		lower := headKey(max(prefix, from))
		upper := append(headKey(prefix), 0xff) // a byte that UTF-8 doesn't have
		it, err := r.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
		if err != nil {
			yield("", err)
			return
		}
		defer it.Close()
		for ok := it.First(); ok; ok = it.Next() {
			head, err := it.ValueAndErr()
			err = cmp.Or(ctx.Err(), err)
			if err == nil && codec.IsDropped(head) {
				continue // it was dropped
			}
			if err != nil {
				yield("", err)
				return
			}
			if !yield(string(it.Key()[1:]), nil) {
				return
			}
		}
		if err := it.Error(); err != nil {
			yield("", err)
		}
	}
}
