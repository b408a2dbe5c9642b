package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/sstable"
	dto "github.com/prometheus/client_model/go"

	"todoshell/store/codec"
	"todoshell/todo"
)

// The errors of this package.
const (
	DiskFull = todo.DiskFull
	Broken   = todo.StoreBroken

	InUse    todo.Code = "in_use"
	CantOpen todo.Code = "cannot_open"
)

// Snapshots are written when at least this many edits have come since the one
// before, and as many as that one has entries: so loading reads no more than
// about twice what the list holds, and writing them at most doubles the edits.
const snapshotEvery = 4096

// A Store is an open data folder.
type Store struct {
	disk   *disk
	db     *pebble.DB
	tables sstable.ReaderOptions
	seed   maphash.Seed
	heads  [256]heads // by the hash of the list's name
	fatal  atomic.Pointer[error]

	syncs syncs
	close func() error

	background chan struct{} // a failure of Pebble's own work, for flush
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
func (s *Store) Append(ctx context.Context, name string, next todo.List, changes []todo.Change) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.writable(); err != nil {
		return err
	}
	batch := s.db.NewBatch()
	defer batch.Close()
	if err := s.place(batch, name, next, changes); err != nil {
		return err
	}
	if err := s.syncs.wait(s.fsync); err != nil {
		s.broke(err)
	}
	if err := s.fatal.Load(); err != nil {
		return unknown(*err)
	}
	return nil
}

// place puts changes into the log, where they follow what is there. From then
// on readers and the next append see them. The fsync is waited for without the
// lock, so that lists share it.
func (s *Store) place(batch *pebble.Batch, name string, next todo.List, changes []todo.Change) error {
	heads := s.headsOf(name)
	heads.Lock()
	defer heads.Unlock()
	h, err := heads.get(s.db, name)
	if err != nil {
		return err
	}
	if h, err = stage(batch, name, h, next, changes); err != nil {
		return err
	}
	if err := s.disk.room(batch.Len()); err != nil {
		return err
	}
	if err := s.db.Apply(batch, pebble.NoSync); err != nil {
		s.broke(err)
		return unknown(err)
	}
	heads.put(name, h)
	return nil
}

// fsync puts on disk all that is in the log.
func (s *Store) fsync() error { return s.db.LogData(nil, pebble.Sync) }

// Ready tells why nothing can be appended now.
func (s *Store) Ready() error {
	if err := s.writable(); err != nil {
		return err
	}
	return s.disk.room(0)
}

// Fsyncs tells how many fsyncs of the log there were, how many seconds they took
// together, and how many took at most so many seconds.
func (s *Store) Fsyncs() (count uint64, seconds float64, upTo map[float64]uint64) {
	var m dto.Metric
	_ = s.db.Metrics().LogWriter.FsyncLatency.Write(&m) // fails only for a metric that can't be written at all
	h := m.GetHistogram()
	upTo = make(map[float64]uint64)
	for _, b := range h.GetBucket() {
		upTo[b.GetUpperBound()/1e9] = b.GetCumulativeCount()
	}
	return h.GetSampleCount(), h.GetSampleSum() / 1e9, upTo
}

func unknown(err error) error { return fmt.Errorf("%w: %w", todo.ErrOutcomeUnknown, err) }

// broke notes a failure after which the files may not be what memory is, and
// from which on nothing is written: see [fuse].
func (s *Store) broke(err error) { s.fatal.CompareAndSwap(nil, &err) }

// writable tells why nothing can be written any more.
func (s *Store) writable() error {
	if err := s.fatal.Load(); err != nil {
		return &todo.Error{Code: Broken, Message: fmt.Sprintf("the data can no longer be written: %v", *err),
			Hint: "end todoshell and start it again"}
	}
	return nil
}

// stage puts changes that continue a journal into the batch, and returns the
// journal's new head.
func stage(batch *pebble.Batch, name string, h codec.Head, next todo.List, changes []todo.Change) (codec.Head, error) {
	if changes[0].Rev != h.Rev+1 {
		return codec.Head{}, todo.ErrConflict
	}
	isDrop := func(c todo.Change) bool { return c.Kind == todo.Drop }
	for i := slices.IndexFunc(changes, isDrop); i >= 0; i = slices.IndexFunc(changes, isDrop) {
		changes, h = changes[i+1:], codec.Head{Memories: next.Memories()}
		err := errors.Join(
			batch.DeleteRange(recordKey(name, 0), recordsEnd(name), nil),
			batch.Delete(snapshotKey(name), nil),
			batch.Delete(headKey(name), nil))
		if err == nil && len(changes) == 0 && len(h.Memories) > 0 {
			err = batch.Set(headKey(name), h.Encode(), nil)
		}
		if err != nil || len(changes) == 0 {
			return h, err
		}
	}
	h.Rev = changes[len(changes)-1].Rev
	for _, c := range changes {
		h.Edits += uint64(len(c.Edits))
	}
	if h.Edits >= max(snapshotEvery, h.SnapshotLen) || len(h.Memories) > 0 { // they are in no record
		h.SnapshotRev, h.SnapshotLen, h.Edits, h.Memories = h.Rev, uint64(next.Len()), 0, nil
		if err := batch.Set(snapshotKey(name), codec.EncodeSnapshot(next), nil); err != nil {
			return codec.Head{}, err
		}
	}
	return h, errors.Join(
		batch.Set(recordKey(name, h.Rev), codec.EncodeRecord(changes), nil),
		batch.Set(headKey(name), h.Encode(), nil))
}

// unreadable is the error of what could not be read: it is damaged, or the disk
// has failed. Whoever gave up has no need of more words.
func unreadable(name, what string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if !pebble.IsCorruptionError(err) && !errors.Is(err, &todo.Error{Code: todo.Damaged}) {
		return fmt.Errorf("list %q: %s cannot be read: %w", name, what, err)
	}
	why := err.Error()
	if inner, ok := errors.AsType[*todo.Error](err); ok {
		why = inner.Message
	}
	return &todo.Error{Code: todo.Damaged, Message: fmt.Sprintf("list %q: %s is damaged: %s", name, what, why),
		Hint: "run: todoshell check; restore a backup"}
}
