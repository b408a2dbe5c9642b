package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"todoshell/store/codec"
	"todoshell/todo"
)

// A Source is what a replica follows: it can follow no other.
type Source struct {
	ID         string // of the cluster's streams: their space and when they were made
	Partitions int
}

// OpenReplica opens a data folder as a replica of a source, which [Store.Apply] changes. A
// new folder becomes one. A folder that holds lists of its own, or is a replica of another
// source, is refused with the code [CantOpen].
func OpenReplica(dir string, source Source, tell func(why string)) (*Store, error) {
	return openTelling(dir, private{vfs.Default}, &source, tell)
}

// PartitionOf returns the partition that a list belongs to: the FNV-1a hash of its name, 32
// bits, modulo the number of partitions.
func PartitionOf(name string, partitions int) int {
	sum := uint32(2166136261)
	for i := range len(name) {
		sum = (sum ^ uint32(name[i])) * 16777619
	}
	return int(sum % uint32(partitions))
}

// partition returns the partition that the versions of a list are of.
func (s *Store) partition(name string) int {
	if s.source == nil {
		return 0
	}
	return PartitionOf(name, s.source.Partitions)
}

// readReplica reads what the folder is a replica of, and refuses one that is opened as
// something else than it is. A new folder becomes what it is opened as.
func (s *Store) readReplica() error {
	var is codec.Replica
	found, err := get(s.db, replicaKey, func(value []byte) (err error) {
		is, err = codec.DecodeReplica(value)
		return err
	})
	switch {
	case err != nil:
		return fmt.Errorf("what it is a replica of cannot be read: %w", err)
	case s.source == nil && !found:
		return nil
	case s.source == nil:
		return s.refuse("is a replica of the cluster "+is.Source,
			"give --nats-url, or make an embedded copy of it with: todoshell backup DIR")
	case !found:
		return s.beginReplica()
	case is.Source != s.source.ID:
		return s.refuse(fmt.Sprintf("is a replica of another cluster: of %s, not of %s", is.Source, s.source.ID),
			"choose another folder with --data, or that cluster with --nats-url and --nats-space")
	case len(is.Position) != s.source.Partitions:
		return s.refuse(fmt.Sprintf("is a replica of %d partitions, and %s has %d", len(is.Position), is.Source, s.source.Partitions),
			"choose another folder with --data")
	}
	s.position = is.Position
	return nil
}

// beginReplica makes a replica of a folder without lists.
func (s *Store) beginReplica() error {
	for h, err := range rawHeads(context.Background(), s.db, "", "") {
		if len(h.name) > 0 {
			return s.refuse("holds lists of its own",
				"choose another folder with --data, or bring its lists into the cluster with: todoshell upload "+s.disk.dir)
		}
		if err != nil {
			return err
		}
	}
	s.position = make(todo.Position, s.source.Partitions)
	return s.db.Set(replicaKey, s.replica(s.position), pebble.Sync)
}

func (s *Store) refuse(what, hint string) error {
	return &todo.Error{Code: CantOpen, Message: fmt.Sprintf("the data folder %s %s", s.disk.dir, what), Hint: hint}
}

// replica returns the value that says how far the replica has followed its source.
func (s *Store) replica(at todo.Position) []byte {
	return codec.Replica{Source: s.source.ID, Position: at}.Encode()
}

// embed makes an embedded folder of a copy of a replica.
func (s *Store) embed(dir string) error {
	copied := &Store{disk: &disk{fs: s.disk.fs, dir: dir}, background: make(chan struct{}, 1)}
	db, err := pebble.Open(dir, copied.options())
	if err != nil {
		return err
	}
	err = db.Delete(replicaKey, pebble.Sync)
	if fatal := copied.fatal.Load(); fatal != nil {
		err = errors.Join(err, *fatal)
	}
	return errors.Join(err, db.Close())
}
