package store

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"os"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"

	"todoshell/todo"
)

// pidFile names the process that holds the folder: a lock can't be asked.
const pidFile = "PID"

// Open opens the data folder, and makes it where there is none. One process at
// a time can hold it: another gets an error of the code [InUse].
func Open(dir string) (*Store, error) {
	return open(dir, private{vfs.Default})
}

// OpenMemory opens an empty store that keeps everything in memory.
func OpenMemory() (*Store, error) { return open("", vfs.NewMem()) }

// open opens the folder dir of a file system.
func open(dir string, fs vfs.FS) (*Store, error) {
	if err := fs.MkdirAll(dir, 0o700); err != nil {
		return nil, cantOpen(dir, err)
	}
	lock, err := pebble.LockDirectory(dir, fs)
	if err != nil {
		if holder := readPID(fs, dir); holder != "" && !errors.Is(err, os.ErrPermission) {
			return nil, &todo.Error{Code: InUse,
				Message: fmt.Sprintf("the data folder %s is in use by process %s", dir, holder),
				Hint:    "end that one, or choose another folder with --data"}
		}
		return nil, cantOpen(dir, err)
	}
	defer lock.Close() // the database holds it from here on
	if err := writePID(fs, dir); err != nil {
		return nil, cantOpen(dir, err)
	}
	s := &Store{seed: maphash.MakeSeed(), disk: &disk{fs: fs, dir: dir}}
	options := s.options()
	options.Lock = lock
	if s.db, err = pebble.Open(dir, options); err != nil {
		return nil, cantOpen(dir, err)
	}
	s.close = sync.OnceValue(func() error {
		if err := s.fatal.Load(); err != nil {
			return fmt.Errorf("the data could not be written: %w", *err) // and must not be now
		}
		return errors.Join(s.db.Flush(), s.db.Close())
	})
	return s, nil
}

// Close ends the store. It leaves nothing to be replayed by the next Open.
func (s *Store) Close() error { return s.close() }

func (s *Store) options() *pebble.Options {
	o := &pebble.Options{
		FS:     vfs.OnDiskFull(s.disk.fs, s.disk.full),
		Logger: logger{s},

		FormatMajorVersion:          pebble.FormatNewest,
		CacheSize:                   32 << 20,
		MemTableSize:                32 << 20,
		MemTableStopWritesThreshold: 4,
		L0CompactionThreshold:       4,
		MaxOpenFiles:                256, // of the 1,024 that a process usually has
	}
	o.Levels[0].FilterPolicy = bloom.FilterPolicy(10) // the deeper levels take it from there
	return o
}

// A logger takes Pebble's messages. Its Fatalf must not end the process: the
// store goes on to serve what it has read, and refuses to write.
type logger struct{ *Store }

func (logger) Infof(string, ...any)                   {}
func (logger) Errorf(string, ...any)                  {}
func (logger) Eventf(context.Context, string, ...any) {}
func (logger) IsTracingEnabled(context.Context) bool  { return false }
func (l logger) Fatalf(format string, args ...any)    { l.broke(fmt.Errorf(format, args...)) }

func cantOpen(dir string, err error) error {
	return &todo.Error{Code: CantOpen, Message: fmt.Sprintf("the data folder %s cannot be opened: %v", dir, err),
		Hint: "check the folder and its permissions, or choose another with --data"}
}
