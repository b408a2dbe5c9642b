package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
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

// A Store is an open data folder.
type Store struct {
	disk   *disk
	db     *pebble.DB
	tables sstable.ReaderOptions
	fatal  atomic.Pointer[error]

	put        sync.Mutex // held while an append is put into the log; all of these are as of the latest
	group      groups
	last       codec.Totals
	totalsKept bool // on disk, for the next opening
	heads      *headCache

	source   *Source       // of a replica; nil: versions are given here
	applying sync.Mutex    // held while updates are applied
	position todo.Position // of a replica: up to which they have been
	days     daysCache

	feed   feed
	secret [16]byte
	close  func() error

	background chan struct{} // a failure of Pebble's own work, for flush
}

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

// mend is the way out of damage.
const mend = "restore a backup; where the lists are kept in a cluster, run: todoshell check --heal"

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
		Hint: "todoshell check finds all damage; " + mend}
}
