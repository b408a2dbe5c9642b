package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"todoshell/todo"
)

// The errors of this package.
const (
	DiskFull todo.Code = "disk_full"
	Broken   todo.Code = "store_broken"
	InUse    todo.Code = "in_use"
	CantOpen todo.Code = "cannot_open"
)

// Snapshots are written when at least this many edits have come since the one
// before, and as many as that one has entries: so loading reads no more than
// about twice what the list holds, and writing them at most doubles the edits.
const snapshotEvery = 4096

// A Store is an open data folder.
type Store struct {
	disk  *disk
	db    *pebble.DB
	seed  maphash.Seed
	locks [256]sync.Mutex // by list: held from the check of an append to its place in the log
	fatal atomic.Pointer[error]
	close func() error
}

func headKey(name string) []byte     { return append([]byte{'n'}, name...) }
func snapshotKey(name string) []byte { return append([]byte{'s'}, name...) }

func recordKey(name string, rev uint64) []byte {
	b := make([]byte, 0, 10+len(name))
	b = append(append(append(b, 'j'), name...), 0)
	return binary.BigEndian.AppendUint64(b, rev)
}

// recordsEnd is right behind the keys of a list's records.
func recordsEnd(name string) []byte {
	return append(append([]byte{'j'}, name...), 1)
}

// Append makes changes durable: see [todoshell/server.Log].
func (s *Store) Append(_ context.Context, name string, next todo.List, changes []todo.Change) error {
	if err := s.writable(); err != nil {
		return err
	}
	batch := s.db.NewBatch()
	defer batch.Close()
	lock := &s.locks[maphash.String(s.seed, name)%uint64(len(s.locks))]
	lock.Lock()
	err := s.stage(batch, name, next, changes)
	if err == nil {
		s.disk.wrote(batch.Len())
		// From here on readers and the next append see the batch; the fsync is waited
		// for without the lock, so that lists share it.
		err = s.db.ApplyNoSyncWait(batch, pebble.Sync)
		if err != nil {
			err = unknown(err)
		}
	}
	lock.Unlock()
	if err != nil {
		return err
	}
	if err := batch.SyncWait(); err != nil {
		s.broke(err)
	}
	if err := s.fatal.Load(); err != nil {
		return unknown(*err)
	}
	return nil
}

func unknown(err error) error { return fmt.Errorf("%w: %w", todo.ErrOutcomeUnknown, err) }

// broke notes a failure after which the files may not be what memory is. What
// is in memory may still be read.
func (s *Store) broke(err error) { s.fatal.CompareAndSwap(nil, &err) }

// writable tells why nothing can be appended now.
func (s *Store) writable() error {
	if err := s.fatal.Load(); err != nil {
		return &todo.Error{Code: Broken, Message: fmt.Sprintf("the data can no longer be written: %v", *err),
			Hint: "end todoshell and start it again"}
	}
	return s.disk.room()
}

// stage puts changes that continue the journal into the batch.
func (s *Store) stage(batch *pebble.Batch, name string, next todo.List, changes []todo.Change) error {
	h, _, err := readHead(s.db, name)
	if err != nil {
		return err
	}
	if changes[0].Rev != h.rev+1 {
		return todo.ErrConflict
	}
	isDrop := func(c todo.Change) bool { return c.Kind == todo.Drop }
	for {
		i := slices.IndexFunc(changes, isDrop)
		if i < 0 {
			break
		}
		changes, h = changes[i+1:], head{}
		err := errors.Join(
			batch.DeleteRange(recordKey(name, 0), recordsEnd(name), nil),
			batch.Delete(snapshotKey(name), nil),
			batch.Delete(headKey(name), nil))
		if err != nil || len(changes) == 0 {
			return err
		}
	}
	h.rev = changes[len(changes)-1].Rev
	for _, c := range changes {
		h.edits += uint64(len(c.Edits))
	}
	if h.edits >= max(snapshotEvery, h.snapshotLen) {
		h.snapshotRev, h.snapshotLen, h.edits = h.rev, uint64(next.Len()), 0
		if err := batch.Set(snapshotKey(name), encodeSnapshot(next), nil); err != nil {
			return err
		}
	}
	return errors.Join(
		batch.Set(recordKey(name, h.rev), encodeRecord(changes), nil),
		batch.Set(headKey(name), h.encode(), nil))
}

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

func readHead(r pebble.Reader, name string) (h head, found bool, err error) {
	found, err = get(r, headKey(name), func(value []byte) (err error) {
		h, err = decodeHead(value)
		return err
	})
	if err != nil {
		err = damaged(name, "the head", err)
	}
	return h, found, err
}

// Load returns a list as its journal has it, empty where there is none.
func (s *Store) Load(_ context.Context, name string) (todo.List, error) {
	snap := s.db.NewSnapshot()
	defer snap.Close()
	return load(snap, name)
}

func load(r pebble.Reader, name string) (todo.List, error) {
	h, found, err := readHead(r, name)
	if err != nil || !found {
		return todo.List{}, err
	}
	list, err := readSnapshot(r, name, h)
	if err != nil || h.rev == list.Rev {
		return list, err
	}
	draft := list.Draft()
	for c, err := range changes(r, name, list.Rev+1) {
		if err == nil {
			err = draft.Apply(c)
		}
		if err != nil {
			return todo.List{}, damaged(name, fmt.Sprintf("revision %d", draft.Rev+1), err)
		}
	}
	if draft.Rev != h.rev {
		return todo.List{}, damaged(name, fmt.Sprintf("revision %d", draft.Rev+1), errMissing)
	}
	return draft.Snapshot(), nil
}

func readSnapshot(r pebble.Reader, name string, h head) (list todo.List, err error) {
	if h.snapshotRev == 0 {
		return todo.List{}, nil
	}
	found, err := get(r, snapshotKey(name), func(value []byte) (err error) {
		list, err = decodeSnapshot(value)
		return err
	})
	if err == nil && (!found || list.Rev != h.snapshotRev) {
		err = errMissing
	}
	if err != nil {
		return todo.List{}, damaged(name, fmt.Sprintf("the snapshot of revision %d", h.snapshotRev), err)
	}
	return list, nil
}

// changes goes through a list's changes from a revision on.
func changes(r pebble.Reader, name string, from uint64) iter.Seq2[todo.Change, error] {
	return func(yield func(todo.Change, error) bool) {
		it, err := r.NewIter(&pebble.IterOptions{LowerBound: recordKey(name, from), UpperBound: recordsEnd(name)})
		if err != nil {
			yield(todo.Change{}, err)
			return
		}
		defer it.Close()
		for ok := it.First(); ok; ok = it.Next() {
			value, err := it.ValueAndErr()
			if err != nil {
				yield(todo.Change{}, err)
				return
			}
			changes, err := decodeRecord(value)
			if err == nil && changes[len(changes)-1].Rev != binary.BigEndian.Uint64(it.Key()[len(name)+2:]) {
				err = errShape
			}
			if err != nil {
				yield(todo.Change{}, err)
				return
			}
			for _, c := range changes {
				if c.Rev >= from && !yield(c, nil) {
					return
				}
			}
		}
		if err := it.Error(); err != nil {
			yield(todo.Change{}, err)
		}
	}
}

// Change returns one change of a list.
func (s *Store) Change(_ context.Context, name string, rev uint64) (todo.Change, error) {
	for c, err := range changes(s.db, name, rev) {
		if err == nil && c.Rev != rev {
			err = errMissing
		}
		if err != nil {
			return todo.Change{}, damaged(name, fmt.Sprintf("revision %d", rev), err)
		}
		return c, nil
	}
	return todo.Change{}, damaged(name, fmt.Sprintf("revision %d", rev), errMissing)
}

// History goes through all changes of a list, oldest first. An error ends it.
func (s *Store) History(_ context.Context, name string) iter.Seq2[todo.Change, error] {
	return func(yield func(todo.Change, error) bool) {
		rev := uint64(1)
		for c, err := range changes(s.db, name, 1) {
			if err == nil && c.Rev != rev {
				err = errMissing
			}
			if err != nil {
				yield(todo.Change{}, damaged(name, fmt.Sprintf("revision %d", rev), err))
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
// order. An error ends it.
func (s *Store) Names(_ context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		lower := headKey(prefix)
		upper := append(headKey(prefix), 0xff) // no name has this byte: it is not in UTF-8
		it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
		if err != nil {
			yield("", err)
			return
		}
		defer it.Close()
		for ok := it.First(); ok; ok = it.Next() {
			if !yield(string(it.Key()[1:]), nil) {
				return
			}
		}
		if err := it.Error(); err != nil {
			yield("", err)
		}
	}
}

func damaged(name, what string, err error) error {
	return &todo.Error{Code: todo.Damaged, Message: fmt.Sprintf("list %q: %s is damaged: %v", name, what, err),
		Hint: "run: todoshell check; restore a backup"}
}
