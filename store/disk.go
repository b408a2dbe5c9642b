package store

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"todoshell/todo"
)

// Room on the disk is asked for before a write when this much time has gone
// by, or this much has been written.
const (
	roomEvery = 100 * time.Millisecond
	roomBytes = 1 << 20
)

// A disk sees to it that the store runs out of room for appends before the
// files run out of room for what has been appended. Appends end while less
// than the reserve is free; if the disk fills up all the same between two
// looks, a ballast file gives way to the writes that are under way.
type disk struct {
	fs  vfs.FS
	dir string

	written atomic.Int64 // since the last look

	mu      sync.Mutex
	looked  time.Time
	verdict error
	ballast bool // the file is there
}

const ballastFile = "BALLAST"

// room returns an error while there is too little room to append.
func (d *disk) room() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.verdict == nil && d.written.Load() < roomBytes && time.Since(d.looked) < roomEvery {
		return nil
	}
	d.written.Store(0)
	d.looked, d.verdict = time.Now(), nil
	usage, err := d.fs.GetDiskUsage(d.dir)
	if err != nil {
		return nil //nolint:nilerr // a file system that can't tell has no reserve
	}
	reserve := reserveOf(usage)
	if !d.ballast {
		reserve *= 2 // room for the ballast, too
	}
	if usage.AvailBytes < reserve {
		d.verdict = &todo.Error{Code: DiskFull,
			Message: fmt.Sprintf("the disk with %s is full: %d KiB are free", d.dir, usage.AvailBytes>>10),
			Hint:    fmt.Sprintf("make room for %d KiB; nothing was changed", reserve>>10)}
		return d.verdict
	}
	d.fillBallast(usage)
	return nil
}

// wrote counts what is written between two looks at the disk.
func (d *disk) wrote(bytes int) { d.written.Add(int64(bytes)) }

// reserveOf is how much is to stay free: 8 MiB, or a sixteenth of a small disk.
func reserveOf(usage vfs.DiskUsage) uint64 { return min(8<<20, usage.TotalBytes/16) }

// fillBallast makes the ballast file where there is none.
func (d *disk) fillBallast(usage vfs.DiskUsage) {
	path := d.fs.PathJoin(d.dir, ballastFile)
	if d.ballast {
		return
	}
	size := int64(reserveOf(usage))
	if info, err := d.fs.Stat(path); err == nil && info.Size() >= size {
		d.ballast = true
		return
	}
	f, err := d.fs.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return // the next look tries again
	}
	zeros := make([]byte, 256<<10)
	for ; size > 0 && err == nil; size -= int64(len(zeros)) {
		_, err = f.Write(zeros[:min(size, int64(len(zeros)))])
	}
	if closing := f.Close(); err != nil || closing != nil {
		_ = d.fs.Remove(path) // half a ballast is none
		return
	}
	d.ballast = true
}

// full is called when a write has found the disk full, and before it is tried
// again.
func (d *disk) full() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.written.Store(roomBytes) // look before the next append
	if d.ballast && d.fs.Remove(d.fs.PathJoin(d.dir, ballastFile)) == nil {
		d.ballast = false
	}
}

// private is the file system of the machine, with files and folders that only
// their owner can read.
type private struct{ vfs.FS }

func (fs private) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := fs.FS.Create(name, category)
	return restrict(name, f, err)
}

func (fs private) ReuseForWrite(from, to string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := fs.FS.ReuseForWrite(from, to, category)
	return restrict(to, f, err)
}

func (fs private) OpenReadWrite(name string, category vfs.DiskWriteCategory, opts ...vfs.OpenOption) (vfs.File, error) {
	f, err := fs.FS.OpenReadWrite(name, category, opts...)
	return restrict(name, f, err)
}

func (fs private) MkdirAll(dir string, _ os.FileMode) error { return fs.FS.MkdirAll(dir, 0o700) }

func (fs private) Unwrap() vfs.FS { return fs.FS }

func restrict(name string, f vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(name, 0o600); err != nil {
		_ = f.Close()
		return nil, err
	}
	return lean{f}, nil
}

// A lean file takes no room before it is needed: a log would ask for the size
// of a memtable at once, which is more than most lists ever need.
type lean struct{ vfs.File }

func (lean) Preallocate(int64, int64) error { return nil }

// readPID returns the number of the process that holds the folder, or "".
func readPID(fs vfs.FS, dir string) string {
	f, err := fs.Open(fs.PathJoin(dir, pidFile))
	if err != nil {
		return ""
	}
	defer f.Close()
	text, _ := io.ReadAll(f)
	return strings.TrimSpace(string(text))
}

func writePID(fs vfs.FS, dir string) error {
	f, err := fs.Create(fs.PathJoin(dir, pidFile), vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = f.Write([]byte(strconv.Itoa(os.Getpid()) + "\n"))
	if closing := f.Close(); err == nil {
		err = closing
	}
	return err
}
