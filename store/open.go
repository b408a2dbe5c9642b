package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"

	"todoshell/todo"
)

// pidFile names the process that holds the folder: a lock can't be asked.
const pidFile = "PID"

// Open opens the data folder, and makes it where there is none. One process at
// a time can hold it: another gets an error of the code [InUse].
func Open(dir string) (*Store, error) { return OpenTelling(dir, func(string) {}) }

// OpenTelling is Open for those who want to be told why, where it takes a while.
func OpenTelling(dir string, tell func(why string)) (*Store, error) {
	return openTelling(dir, private{vfs.Default}, nil, tell)
}

// OpenMemory opens an empty store that keeps everything in memory.
func OpenMemory() (*Store, error) { return open("", vfs.NewMem()) }

// OpenFS opens a folder of another file system, such as one whose power can be
// cut.
func OpenFS(fs vfs.FS, dir string) (*Store, error) { return open(dir, fs) }

func open(dir string, fs vfs.FS) (*Store, error) {
	return openTelling(dir, fs, nil, func(string) {})
}

// openTelling opens the folder dir of a file system, as a replica of a source if there is one.
func openTelling(dir string, fs vfs.FS, source *Source, tell func(why string)) (*Store, error) {
	if err := makeFolder(dir, fs); err != nil {
		return nil, cantOpen(dir, err)
	}
	lock, err := pebble.LockDirectory(dir, fs)
	if err != nil {
		return nil, cantLock(dir, fs, err)
	}
	defer lock.Close() // the database holds it from here on
	if err = writePID(fs, dir); err != nil {
		return nil, cantOpen(dir, err)
	}
	s := &Store{disk: &disk{fs: fs, dir: dir}, heads: newHeadCache(), source: source, background: make(chan struct{}, 1)}
	options := s.options()
	options.Lock = lock
	options.EnsureDefaults()
	s.tables = options.MakeReaderOptions()
	if s.db, err = pebble.Open(dir, options); err != nil {
		return nil, cantRead(dir, err)
	}
	if err = cmp.Or(s.readReplica(), s.readSecret(), s.begin(tell)); err != nil {
		return nil, cantRead(dir, errors.Join(err, s.db.Close()))
	}
	s.disk.reserve.Store(true)
	s.close = sync.OnceValue(func() error {
		s.feed.close()
		before := s.fatal.Load()
		s.keepTotals()
		s.flush()
		err := s.db.Close()
		fatal := s.fatal.Load()
		switch {
		case fatal == nil:
			return err
		case before == nil && errors.Is(*fatal, syscall.ENOSPC):
			return nil // it lacked the room to tidy up: all that was appended is in the log
		}
		return fmt.Errorf("the data could not be written: %w", *fatal)
	})
	return s, nil
}

// Close ends the store. Unless the disk is full, it leaves nothing to be
// replayed by the next Open.
func (s *Store) Close() error { return s.close() }

// flush writes tables of all that is in the log. One that fails would be tried
// for ever, and is not needed.
func (s *Store) flush() {
	if s.fatal.Load() != nil {
		return
	}
	select {
	case <-s.background:
	default:
	}
	done, err := s.db.AsyncFlush()
	if err != nil {
		return
	}
	select {
	case <-done:
	case <-s.background:
	}
}

// makeFolder makes the folder and those above it durable, where they are new.
func makeFolder(dir string, fs vfs.FS) error {
	var above []string
	for d := dir; ; d = fs.PathDir(d) {
		if _, err := fs.Stat(d); err == nil || d == fs.PathDir(d) {
			break
		}
		above = append(above, fs.PathDir(d))
	}
	if err := fs.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, d := range above {
		if err := syncFolder(fs, d); err != nil {
			return err
		}
	}
	return nil
}

// syncFolder makes the names of a folder's files durable.
func syncFolder(fs vfs.FS, dir string) error {
	f, err := fs.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (s *Store) options() *pebble.Options {
	o := &pebble.Options{
		FS:     newFuse(s),
		Logger: logger{s},

		FormatMajorVersion:          pebble.FormatNewest,
		CacheSize:                   128 << 20,
		MemTableSize:                16 << 20,
		MemTableStopWritesThreshold: 4,
		L0CompactionThreshold:       8,
		MaxOpenFiles:                256, // of the 1,024 that a process usually has
	}
	o.EventListener = &pebble.EventListener{
		DataCorruption: func(pebble.DataCorruptionInfo) {}, // whoever reads gets the error, too
		BackgroundError: func(error) {
			select {
			case s.background <- struct{}{}:
			default:
			}
		},
	}
	// The deeper levels take these from the first. Blocks of the usual 4 KiB make a walk through
	// all lists, and loads of lists here and there, a fifth slower.
	o.Levels[0].FilterPolicy = bloom.FilterPolicy(10)
	o.Levels[0].BlockSize, o.Levels[0].IndexBlockSize = 32<<10, 256<<10
	return o
}

// A logger takes Pebble's messages. Its Fatalf must not end the process.
type logger struct{ *Store }

func (logger) Infof(string, ...any)                   {}
func (logger) Errorf(string, ...any)                  {}
func (logger) Eventf(context.Context, string, ...any) {}
func (logger) IsTracingEnabled(context.Context) bool  { return false }
func (l logger) Fatalf(format string, args ...any)    { l.broke(fmt.Errorf(format, args...)) }

// cantLock tells a folder that is in use, whose lock's file was opened but not
// locked, from one without locks.
func cantLock(dir string, fs vfs.FS, err error) error {
	_, unopened := errors.AsType[*os.PathError](err)
	for _, other := range []error{os.ErrPermission, errors.ErrUnsupported, syscall.ENOLCK} {
		unopened = unopened || errors.Is(err, other)
	}
	if unopened {
		return cantOpen(dir, err)
	}
	holder := "another process"
	if pid := readPID(fs, dir); pid != "" {
		holder = "process " + pid
	}
	return &todo.Error{Code: InUse, Message: fmt.Sprintf("the data folder %s is in use by %s", dir, holder),
		Hint: "end that one, or choose another folder with --data"}
}

func cantOpen(dir string, err error) error {
	if refused, ok := errors.AsType[*todo.Error](err); ok && refused.Code == CantOpen {
		return refused
	}
	return &todo.Error{Code: CantOpen, Message: fmt.Sprintf("the data folder %s cannot be opened: %v", dir, err),
		Hint: "check the folder and its permissions, or choose another with --data"}
}
