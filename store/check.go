package store

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"

	"todoshell/todo"
)

// Backup copies the store as it is now into a new folder, which [Open] opens,
// while work goes on: a checkpoint, that shares files with the store where the
// file system can.
func (s *Store) Backup(dir string) (err error) {
	if err = s.writable(); err != nil {
		return err
	}
	defer func() {
		if failure := recover(); failure != nil { // what Pebble does when it can't sync the new folder
			cause, ok := failure.(error)
			if !ok {
				cause = fmt.Errorf("%v", failure)
			}
			err = errors.Join(fmt.Errorf("backup %s: %w", dir, cause), s.disk.fs.RemoveAll(dir))
		}
	}()
	s.flush() // a checkpoint copies the latest manifest: so there must be one of this opening
	err = s.db.Checkpoint(dir, pebble.WithFlushedWAL())
	return errors.Join(err, s.writable()) // what was written after a failure is not there to be copied
}

// A Summary is what a check has read.
type Summary struct {
	Lists, Entries, Changes, Problems int
}

// Check reads everything that is in the store, replays all journals, compares
// them with the snapshots, and tells problem of each thing that is wrong. It
// sees the store as it was when it began.
func (s *Store) Check(ctx context.Context, problem func(error)) (sum Summary, err error) {
	report := func(err error) {
		if ctx.Err() == nil { // that it was not read any further is no problem of the store
			sum.Problems++
			problem(err)
		}
	}
	snap := s.db.NewSnapshot()
	defer snap.Close()
	read := keys{}
	for name, err := range names(ctx, snap, "", "") {
		if err != nil {
			report(fmt.Errorf("which lists there are cannot be read any further: %w", err))
			break
		}
		sum.Lists++
		list, found, err := checkList(ctx, snap, name)
		read.add(found)
		if err != nil {
			report(err)
		}
		sum.Entries += list.Len()
		sum.Changes += int(list.Rev)
	}
	all, err := count(ctx, snap)
	if err != nil {
		report(err)
	}
	if err := s.checkTables(ctx); err != nil {
		report(err)
	}
	if sum.Problems == 0 && all != read {
		report(&todo.Error{Code: todo.Damaged,
			Message: fmt.Sprintf("there are %d records and %d snapshots, but only %d and %d belong to lists",
				all.records, all.snapshots, read.records, read.snapshots), Hint: "restore a backup"})
	}
	return sum, ctx.Err()
}

// checkTables compares the checksums of all blocks of the tables. Some are read
// only for names of which there are no lists.
func (s *Store) checkTables(ctx context.Context) error {
	levels, err := s.db.SSTables()
	if err != nil {
		return err
	}
	for _, level := range levels {
		for _, table := range level {
			if err := ctx.Err(); err != nil {
				return err
			}
			path := s.disk.fs.PathJoin(s.disk.dir, table.BackingSSTNum.String()+tableSuffix)
			err := checkTable(ctx, s.disk.fs, path, s.tables)
			switch {
			case err == nil, errors.Is(err, os.ErrNotExist): // a compaction has taken its place
			case pebble.IsCorruptionError(err):
				return &todo.Error{Code: todo.Damaged, Message: fmt.Sprintf("the file %s is damaged: %v", path, err),
					Hint: "restore a backup"}
			default:
				return fmt.Errorf("the file %s cannot be read: %w", path, err)
			}
		}
	}
	return nil
}

func checkTable(ctx context.Context, fs vfs.FS, path string, o sstable.ReaderOptions) error {
	file, err := fs.Open(path)
	if err != nil {
		return err
	}
	readable, err := sstable.NewSimpleReadable(file)
	if err != nil {
		return errors.Join(err, file.Close())
	}
	reader, err := sstable.NewReader(ctx, readable, o)
	if err != nil {
		return errors.Join(err, readable.Close())
	}
	return errors.Join(reader.ValidateBlockChecksums(), reader.Close())
}

// keys counts keys.
type keys struct{ records, snapshots int }

func (k *keys) add(other keys) {
	k.records += other.records
	k.snapshots += other.snapshots
}

// checkList replays a list from its first change.
func checkList(ctx context.Context, r pebble.Reader, name string) (list todo.List, found keys, err error) {
	h, err := readHead(r, name)
	if err != nil {
		return list, found, err
	}
	snapshot, err := readSnapshot(r, name, h)
	if err != nil {
		return list, found, err
	}
	if h.SnapshotRev > 0 {
		found.snapshots++
	}
	draft, differs := list.Draft(), error(nil)
	wrong := func(err error) error { return unreadable(name, fmt.Sprintf("revision %d", draft.Rev+1), err) }
	for record, err := range records(ctx, r, name, 1) {
		if err != nil {
			return draft.Snapshot(), found, wrong(err)
		}
		found.records++
		for _, c := range record {
			if err := draft.Apply(c); err != nil {
				return draft.Snapshot(), found, wrong(err)
			}
			if c.Rev == h.SnapshotRev && !equal(draft.Snapshot(), snapshot) {
				differs = unreadable(name, fmt.Sprintf("the snapshot of revision %d", c.Rev), errDiffers)
			}
		}
	}
	if draft.Rev != h.Rev {
		differs = wrong(errMissing)
	}
	return draft.Snapshot(), found, differs
}

func equal(a, b todo.List) bool {
	if a.State != b.State || a.Len() != b.Len() {
		return false
	}
	for e := range a.Entries(todo.Always) {
		if other, _ := b.Entry(e.ID); other != e {
			return false
		}
	}
	return true
}

// count counts all records and snapshots, whichever lists they are of.
func count(ctx context.Context, r pebble.Reader) (all keys, err error) {
	for _, of := range []struct {
		first byte
		n     *int
	}{{'j', &all.records}, {'s', &all.snapshots}} {
		it, err := r.NewIter(&pebble.IterOptions{LowerBound: []byte{of.first}, UpperBound: []byte{of.first + 1}})
		if err != nil {
			return all, err
		}
		for ok := it.First(); ok && ctx.Err() == nil; ok = it.Next() {
			*of.n++
		}
		if err := errors.Join(it.Error(), it.Close()); err != nil {
			return all, err
		}
	}
	return all, nil
}
