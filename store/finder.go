package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"todoshell/store/codec"
	"todoshell/todo"
)

// What a finder has found is handed over when it is as much as this.
const (
	foundEntries = 256
	foundBytes   = 64 << 10
)

// A finder looks for titles in the snapshots and records of lists, without building
// the lists. An edit says what its entry is from then on, so the latest edit of an
// entry tells whether it is found.
type finder struct {
	*search
	records *pebble.Iterator // goes through all journals, always forward
	key     []byte           // of the record that is looked for
	seen    []sighting       // in the list that is being looked at
	found   []todo.Found
	bytes   int // of the titles found
}

// A sighting is what became of an entry at an edit. Only entries that have matched
// at some time have any.
type sighting struct {
	entry   todo.Entry
	matches bool // with the edit; else it was removed or has got another title
}

// lookThrough hands over what it finds in the lists of a stretch.
func (f *finder) lookThrough(ctx context.Context, part *stretch) error {
	for _, l := range part.lists {
		err := f.look(ctx, l)
		if err == nil {
			f.collect(l.name)
		}
		if err != nil || len(f.found) >= foundEntries || f.bytes >= foundBytes {
			if err = cmp.Or(f.handOver(ctx, part), err); err != nil {
				return err
			}
		}
	}
	return f.handOver(ctx, part)
}

func (f *finder) handOver(ctx context.Context, part *stretch) error {
	if len(f.found) == 0 {
		return nil
	}
	select {
	case part.found <- f.found:
		f.found, f.bytes = nil, 0
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// look sees the entries of a list that match or have matched.
func (f *finder) look(ctx context.Context, l listed) error {
	f.seen = f.seen[:0]
	if l.hasSnapshot {
		if err := cmp.Or(ctx.Err(), f.lookAtSnapshot(l)); err != nil {
			return unreadable(string(l.name), fmt.Sprintf("the snapshot of revision %d", l.snapshotRev), err)
		}
	}
	for rev := l.snapshotRev + 1; rev <= l.rev; {
		last, err := f.lookAtRecord(l.name, rev)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return unreadable(string(l.name), fmt.Sprintf("revision %d", rev), err)
		}
		rev = last + 1
	}
	return nil
}

func (f *finder) lookAtSnapshot(l listed) error {
	var rev uint64
	found, err := get(f.db, snapshotKey(string(l.name)), func(value []byte) (err error) {
		rev, err = codec.SnapshotEntries(value, func(e codec.RawEntry) {
			if f.matches(e.Title) {
				f.seen = append(f.seen, sighting{e.Entry(), true})
			}
		})
		return err
	})
	if err == nil && (!found || rev != l.snapshotRev) {
		err = errMissing
	}
	return err
}

// lookAtRecord looks at the record that holds a revision, and returns the record's
// last one.
func (f *finder) lookAtRecord(name []byte, rev uint64) (last uint64, err error) {
	f.key = appendRecordKey(f.key[:0], name, rev)
	if err = f.seek(f.key); err != nil {
		return 0, err
	}
	of := len(f.key) - 8 // where the revision begins
	if at := f.records.Key(); len(at) != len(f.key) || !bytes.Equal(at[:of], f.key[:of]) {
		return 0, errMissing
	}
	value, err := f.records.ValueAndErr()
	if err != nil {
		return 0, err
	}
	first, last, err := codec.RecordEdits(value, f.see)
	switch {
	case err != nil:
		return 0, err
	case binary.BigEndian.Uint64(f.records.Key()[of:]) != last:
		return 0, codec.ErrShape
	case first > rev:
		return 0, errMissing
	}
	return last, nil
}

// seek goes to the first record whose key is not below key: most often the next one.
// Where there is none, that one is missing.
func (f *finder) seek(key []byte) (err error) {
	if f.records == nil {
		if f.records, err = f.db.NewIter(&pebble.IterOptions{LowerBound: []byte{'j'}, UpperBound: []byte{'j' + 1}}); err != nil {
			return err
		}
	}
	if f.records.Valid() && f.records.Next() && bytes.Compare(f.records.Key(), key) >= 0 || f.records.SeekGE(key) {
		return nil
	}
	return cmp.Or[error](f.records.Error(), errMissing)
}

func (f *finder) close() {
	if f.records != nil {
		_ = f.records.Close() // its errors have been told where they occurred
	}
}

func (f *finder) see(e codec.RawEdit) {
	matches := e.After.ID != 0 && f.matches(e.After.Title)
	switch {
	case matches:
		f.seen = append(f.seen, sighting{e.After.Entry(), true})
	case e.Before.ID != 0 && len(f.seen) > 0:
		f.seen = append(f.seen, sighting{todo.Entry{ID: e.Before.ID}, false})
	}
}

// collect finds the entries whose latest sighting matches.
func (f *finder) collect(name []byte) {
	if len(f.seen) == 0 {
		return
	}
	slices.SortStableFunc(f.seen, func(a, b sighting) int { return cmp.Compare(a.entry.ID, b.entry.ID) })
	before, list := len(f.found), string(name)
	for i, s := range f.seen {
		latest := i+1 == len(f.seen) || f.seen[i+1].entry.ID != s.entry.ID
		if latest && s.matches {
			f.found = append(f.found, todo.Found{List: list, Entry: s.entry})
			f.bytes += len(s.entry.Title)
		}
	}
	slices.SortFunc(f.found[before:], func(a, b todo.Found) int { return a.Compare(b.Entry) })
}
