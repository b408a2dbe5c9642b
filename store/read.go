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
	errMissing  = &todo.Error{Code: todo.Damaged, Message: "it is not there"}
	errFollows  = &todo.Error{Code: todo.Damaged, Message: "it does not follow the version before it"}
	errUntold   = &todo.Error{Code: todo.Damaged, Message: "the list's head does not tell of it"}
	errReplaces = &todo.Error{Code: todo.Damaged, Message: "it replaces entries that are not there"}
	errAhead    = &todo.Error{Code: todo.Damaged, Message: "the replica has not followed its source that far"}
	errSource   = &todo.Error{Code: todo.Damaged, Message: "its source has another one"}
	errDiffers  = &todo.Error{Code: todo.Damaged, Message: "the journal leads elsewhere"}
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

// Load returns a list with its version: see [todoshell/server.Log].
func (s *Store) Load(ctx context.Context, name string) (todo.List, error) {
	if err := ctx.Err(); err != nil {
		return todo.List{}, err
	}
	for {
		h, err := s.readHead(name)
		if err != nil {
			return todo.List{}, err
		}
		list, further, err := load(ctx, s.db, name, h.Head)
		if err == nil && !further || err != nil && !isDamage(err) {
			return list, err
		}
		// It was changed meanwhile, which those in memory may not show yet, or is damaged.
		now, headErr := readHead(s.db, name)
		switch {
		case headErr != nil || now.Version == h.Version:
			return todo.List{}, cmp.Or(err, untold(name, h.Head))
		case err == nil:
			return list, nil // as it was when its head was read
		}
	}
}

// load reads the list that a head tells of, and tells whether its journal goes further.
func load(ctx context.Context, r pebble.Reader, name string, h codec.Head) (list todo.List, further bool, err error) {
	if list, err = readSnapshot(r, name, h); err != nil {
		return list, false, err
	}
	list.Version = h.Version
	if h.Rev == list.Rev {
		return list, false, nil
	}
	draft := list.Draft()
	for c, err := range changes(ctx, r, name, list.Rev+1) {
		if err == nil && c.Rev > h.Rev {
			further = true
			break
		}
		if err == nil {
			err = draft.Apply(c)
		}
		if err != nil {
			return todo.List{}, false, unreadable(name, fmt.Sprintf("revision %d", draft.Rev+1), err)
		}
	}
	if draft.Rev != h.Rev {
		return todo.List{}, false, unreadable(name, fmt.Sprintf("revision %d", draft.Rev+1), errMissing)
	}
	return draft.Snapshot(), further, nil
}

func untold(name string, h codec.Head) error {
	return unreadable(name, fmt.Sprintf("revision %d", h.Rev+1), errUntold)
}

func readSnapshot(r pebble.Reader, name string, h codec.Head) (list todo.List, err error) {
	if !h.HasSnapshot {
		return todo.List{}.Remembering(h.Memories), nil
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

// records goes through a list's records, from the one that holds a revision on. That of
// the revision 0 is how an earlier list of the name ended.
func records(ctx context.Context, r pebble.Reader, name string, from uint64) iter.Seq2[todo.Append, error] {
	return func(yield func(todo.Append, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(todo.Append{}, err)
			return
		}
		it, err := r.NewIter(&pebble.IterOptions{LowerBound: recordKey(name, from), UpperBound: recordsEnd(name)})
		if err != nil {
			yield(todo.Append{}, err)
			return
		}
		defer it.Close()
		for ok := it.First(); ok; ok = it.Next() {
			a, err := record(it, name)
			if err = cmp.Or(ctx.Err(), err); !yield(a, err) || err != nil {
				return
			}
		}
		if err := it.Error(); err != nil {
			yield(todo.Append{}, err)
		}
	}
}

// record returns the append that an iterator is at.
func record(it *pebble.Iterator, name string) (todo.Append, error) {
	value, err := it.ValueAndErr()
	if err != nil {
		return todo.Append{}, err
	}
	a, err := codec.DecodeRecord(value)
	if err != nil {
		return a, err
	}
	a.List = name
	last := a.Changes[len(a.Changes)-1]
	rev := last.Rev
	if last.Kind == todo.Drop {
		rev = 0
	}
	if !bytes.Equal(it.Key(), recordKey(name, rev)) {
		return a, codec.ErrShape
	}
	return a, nil
}

// changes goes through a list's changes from a revision on.
func changes(ctx context.Context, r pebble.Reader, name string, from uint64) iter.Seq2[todo.Change, error] {
	return func(yield func(todo.Change, error) bool) {
		for record, err := range records(ctx, r, name, from) {
			if err != nil {
				yield(todo.Change{}, err)
				return
			}
			for _, c := range record.Changes {
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
