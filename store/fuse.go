package store

import (
	"errors"
	"strings"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// A fuse stands between Pebble and the files of the data folder.
//
// Pebble ends the process when it cannot write its log or its manifest: what
// they hold is unknown from then on. The fuse blows instead. Once it is blown,
// nothing that follows from a failed write is done: the disk stays as it was at
// the failure, as after a power cut, and Pebble, whose writes end in memory,
// goes on to serve reads and can be closed.
//
// Tables are another matter: none is used before all of it is on disk. One that
// finds the disk full is an error to Pebble, which tries it again.
type fuse struct {
	vfs.FS
	store  *Store
	home   string // the folder, as PathDir has it
	memory vfs.FS // for files that are made after the fuse has blown
}

func newFuse(s *Store) *fuse {
	fs := vfs.OnDiskFull(s.disk.fs, s.disk.full)
	return &fuse{FS: fs, store: s, home: fs.PathDir(fs.PathJoin(s.disk.dir, "x")), memory: vfs.NewMem()}
}

// try does what changes the disk, unless the fuse has blown, and blows it on an
// error. It tells whether it was done.
func (fs *fuse) try(do func() error) bool {
	if fs.store.fatal.Load() != nil {
		return false
	}
	err := do()
	if err != nil {
		fs.store.broke(err)
	}
	return err == nil
}

// guards tells whether a file is one of the folder, and not of a backup.
func (fs *fuse) guards(name string) bool { return fs.PathDir(name) == fs.home }

const tableSuffix = ".sst"

func isTable(name string) bool { return strings.HasSuffix(name, tableSuffix) }

func (fs *fuse) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	create := func() (vfs.File, error) { return fs.FS.Create(name, category) }
	if !fs.guards(name) {
		return create()
	}
	if isTable(name) && fs.store.fatal.Load() == nil {
		f, err := create()
		if err != nil {
			if !fs.store.disk.reserve.Load() { // while the store is being opened, Pebble waits for its tables
				fs.store.broke(err)
			}
			return nil, later(err)
		}
		return table{f, fs}, nil
	}
	// A marker must not outlive the new file that it names: Pebble creates both
	// before it syncs their folder.
	if strings.HasPrefix(fs.PathBase(name), "marker.") {
		fs.try(func() error { return syncFolder(fs.FS, fs.home) })
	}
	return fs.open(name, create)
}

func (fs *fuse) ReuseForWrite(from, to string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return fs.open(to, func() (vfs.File, error) { return fs.FS.ReuseForWrite(from, to, category) })
}

// Open finds what was made after the fuse has blown in memory.
func (fs *fuse) Open(name string, opts ...vfs.OpenOption) (vfs.File, error) {
	if fs.store.fatal.Load() != nil && fs.guards(name) {
		if f, err := fs.memory.Open(fs.PathBase(name), opts...); err == nil {
			return f, nil
		}
	}
	return fs.FS.Open(name, opts...)
}

func (fs *fuse) OpenDir(name string) (vfs.File, error) {
	f, err := fs.FS.OpenDir(name)
	if err != nil || !fs.guards(fs.PathJoin(name, "x")) {
		return f, err
	}
	return guarded{f, fs}, nil
}

func (fs *fuse) open(name string, do func() (vfs.File, error)) (f vfs.File, err error) {
	if fs.try(func() error { f, err = do(); return err }) {
		return guarded{f, fs}, nil
	}
	return fs.memory.Create(fs.PathBase(name), vfs.WriteCategoryUnspecified)
}

func (fs *fuse) Remove(name string) error {
	if !fs.guards(name) {
		return fs.FS.Remove(name)
	}
	if fs.store.fatal.Load() != nil {
		return nil
	}
	return fs.FS.Remove(name)
}

func (fs *fuse) Rename(from, to string) error {
	if !fs.guards(to) {
		return fs.FS.Rename(from, to)
	}
	fs.try(func() error { return fs.FS.Rename(from, to) })
	return nil
}

func (fs *fuse) Unwrap() vfs.FS { return fs.FS }

// A guarded file is any but a table: its errors blow the fuse.
type guarded struct {
	vfs.File
	fuse *fuse
}

func (f guarded) Write(p []byte) (int, error) {
	f.fuse.try(func() error { _, err := f.File.Write(p); return err })
	return len(p), nil
}

func (f guarded) Sync() error {
	f.fuse.try(f.File.Sync)
	return nil
}

func (f guarded) SyncData() error {
	f.fuse.try(f.File.SyncData)
	return nil
}

func (f guarded) SyncTo(length int64) (full bool, err error) {
	f.fuse.try(func() error { full, err = f.File.SyncTo(length); return err })
	return full, nil
}

func (f guarded) Close() error {
	if err := f.File.Close(); err != nil {
		f.fuse.store.broke(err)
	}
	return nil
}

// Preallocate does nothing: a log would ask for the size of a memtable at once,
// which is more than most lists ever need.
func (guarded) Preallocate(int64, int64) error { return nil }

// A table leaves the reserve of the disk to the other files.
type table struct {
	vfs.File
	fuse *fuse
}

// tableAgain is how long a table that could not be written waits: Pebble tries
// it again at once, for ever.
const tableAgain = 100 * time.Millisecond

func later(err error) error {
	<-time.After(tableAgain)
	return err
}

func (f table) check(err error) error {
	if err == nil {
		return nil
	}
	// While the store is being opened, Pebble waits for its tables.
	if !errors.Is(err, syscall.ENOSPC) || !f.fuse.store.disk.reserve.Load() {
		f.fuse.store.broke(err)
	}
	return later(err)
}

func (f table) Write(p []byte) (int, error) {
	if f.fuse.store.disk.low() {
		return 0, later(syscall.ENOSPC)
	}
	n, err := f.File.Write(p)
	return n, f.check(err)
}

func (f table) Sync() error     { return f.check(f.File.Sync()) }
func (f table) SyncData() error { return f.check(f.File.SyncData()) }
func (f table) Close() error    { return f.check(f.File.Close()) }

func (f table) SyncTo(length int64) (bool, error) {
	full, err := f.File.SyncTo(length)
	return full, f.check(err)
}
