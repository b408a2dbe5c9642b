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
// file system can. The copy of a replica is none: its lists can be changed like any others.
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
	if err = s.db.Checkpoint(dir, pebble.WithFlushedWAL()); err == nil && s.source != nil {
		if err = s.embed(dir); err != nil {
			err = errors.Join(fmt.Errorf("backup %s: %w", dir, err), s.disk.fs.RemoveAll(dir))
		}
	}
	return errors.Join(err, s.writable()) // what was written after a failure is not there to be copied
}

// A Summary is what a check has read.
type Summary struct {
	Lists, Entries, Changes, Problems int
}

// Check reads everything that is in the store, replays all journals, compares
// them with the snapshots, heads, index and totals, and tells problem of each thing that is
// wrong. It sees the store as it was when it began. What is known from the journals is
// put right by the next opening.
func (s *Store) Check(ctx context.Context, problem func(error)) (sum Summary, err error) {
	s.put.Lock()
	snap, totals, position := s.db.NewSnapshot(), s.last, s.position
	s.put.Unlock()
	defer snap.Close()
	c := &checker{Reader: snap, position: position, partition: s.partition, report: func(err error) {
		if ctx.Err() == nil { // that it was not read any further is no problem of the store
			sum.Problems++
			problem(err)
		}
	}}
	for h, err := range scanHeads(ctx, snap) {
		if err != nil && !isDamage(err) {
			c.report(fmt.Errorf("which lists there are cannot be read any further: %w", err))
			break
		}
		list := c.list(ctx, h, err)
		sum.Lists += exists(h)
		sum.Entries += list.Len()
		sum.Changes += int(list.Rev)
	}
	if err := s.checkTables(ctx); err != nil {
		c.report(err)
	}
	if sum.Problems == 0 {
		c.overview(ctx, totals)
	}
	if err := ctx.Err(); err != nil || !c.rebuild || s.writable() != nil {
		return sum, err
	}
	return sum, s.db.Set(rebuildKey, nil, pebble.Sync)
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
					Hint: mend}
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
