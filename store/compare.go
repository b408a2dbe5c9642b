package store

import (
	"bytes"
	"context"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"todoshell/store/codec"
	"todoshell/todo"
)

// Compare tells whether a replica has an update just as its source has it, or has dropped the list since;
// if not, the error, of the code [todo.Damaged], says what is wrong.
func (s *Store) Compare(u *Update) error {
	rev := u.Changes[len(u.Changes)-1].Rev
	if u.drops() {
		rev = 0
	}
	has, found, err := s.recordAt(u.List, rev)
	if err == nil && found && has.Version == u.Version {
		if bytes.Equal(encoded(has), encoded(u.Append)) {
			return nil
		}
		return unreadable(u.List, fmt.Sprintf("version %d", u.Version), errSource)
	}
	if drop, dropped, unread := s.recordAt(u.List, 0); unread == nil && dropped && drop.Version > u.Version {
		return nil
	}
	if err == nil {
		err = errMissing
	}
	return unreadable(u.List, fmt.Sprintf("version %d", u.Version), err)
}

// encoded returns an append in one and the same way, however it was written.
func encoded(a todo.Append) []byte { return codec.EncodeRecord(a.After, a.Batch).Value(a.Version) }

// recordAt returns the append of a list that ends at a revision; 0 stands for its latest drop.
func (s *Store) recordAt(name string, rev uint64) (a todo.Append, found bool, err error) {
	found, err = get(s.db, recordKey(name, rev), func(value []byte) (err error) {
		a, err = codec.DecodeRecord(value)
		return err
	})
	return a, found, err
}

// Records calls f with the list's name of each append that the store has at one moment, those of a list
// one after the other, and returns the store's position at that moment.
func (s *Store) Records(ctx context.Context, f func(name string) error) (todo.Position, error) {
	s.put.Lock()
	snap, at := s.db.NewSnapshot(), s.position
	s.put.Unlock()
	defer snap.Close()
	it, err := snap.NewIter(&pebble.IterOptions{LowerBound: []byte{'j'}, UpperBound: []byte{'j' + 1}})
	if err != nil {
		return at, err
	}
	defer it.Close()
	for ok := it.First(); ok; ok = it.Next() {
		name, _, _ := bytes.Cut(it.Key()[1:], []byte{0})
		if err = ctx.Err(); err == nil {
			err = f(string(name))
		}
		if err != nil {
			return at, err
		}
	}
	return at, it.Error()
}
