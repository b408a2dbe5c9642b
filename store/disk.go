package store

import (
	"crypto/rand"
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

// A disk sees to it that the store runs out of room for appends and for tables
// before the files run out of room for what has been appended. Both end while
// less than the reserve is free; if others fill the disk up all the same, a
// ballast file gives way to the writes that are under way.
type disk struct {
	fs      vfs.FS
	dir     string
	reserve atomic.Bool // kept: not while the store is being opened

	mu      sync.Mutex
	looked  time.Time
	written int // since the last look
	verdict error
	ballast bool // the file is there
}

const ballastFile = "BALLAST"

// room returns an error while there is too little room to append so many bytes.
func (d *disk) room(bytes int) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.written += bytes
	if d.verdict == nil && d.written < roomBytes && time.Since(d.looked) < roomEvery {
		return nil
	}
	d.written, d.looked, d.verdict = 0, time.Now(), nil
	usage, err := d.fs.GetDiskUsage(d.dir)
	if err != nil {
		return nil // a file system that can't tell has no reserve
	}
	reserve := reserveOf(usage)
	need := reserve + uint64(bytes)
	if !d.hasBallast(reserve) {
		need += reserve
	}
	if usage.AvailBytes < need {
		d.verdict = &todo.Error{Code: DiskFull,
			Message: fmt.Sprintf("the disk with %s is full: %d KiB are free", d.dir, usage.AvailBytes>>10),
			Hint:    fmt.Sprintf("make room for %d KiB; nothing was changed", need>>10)}
		return d.verdict
	}
	d.fillBallast(reserve)
	return nil
}

// low tells whether only the reserve is left.
func (d *disk) low() bool {
	if !d.reserve.Load() {
		return false
	}
	usage, err := d.fs.GetDiskUsage(d.dir)
	return err == nil && usage.AvailBytes < reserveOf(usage)
}

// reserveOf is how much is to stay free: 8 MiB, or a sixteenth of a small disk.
func reserveOf(usage vfs.DiskUsage) uint64 { return min(8<<20, usage.TotalBytes/16) }

func (d *disk) ballastPath() string { return d.fs.PathJoin(d.dir, ballastFile) }

// hasBallast tells whether the ballast is there, perhaps from an earlier run.
func (d *disk) hasBallast(size uint64) bool {
	if !d.ballast {
		info, err := d.fs.Stat(d.ballastPath())
		d.ballast = err == nil && uint64(info.Size()) >= size
	}
	return d.ballast
}

// fillBallast makes the ballast file where there is none.
func (d *disk) fillBallast(size uint64) {
	if d.ballast {
		return
	}
	f, err := d.fs.Create(d.ballastPath(), vfs.WriteCategoryUnspecified)
	if err != nil {
		return // the next look tries again
	}
	noise := make([]byte, min(size, 256<<10))
	_, _ = rand.Read(noise) // zeros take no room where the file system compresses
	for left := size; left > 0 && err == nil; {
		var n int
		n, err = f.Write(noise[:min(left, uint64(len(noise)))])
		left -= uint64(n)
	}
	if closing := f.Close(); err != nil || closing != nil {
		_ = d.fs.Remove(d.ballastPath()) // half a ballast is none
		return
	}
	d.ballast = true
}

// full is called when a write has found the disk full, and before it is tried
// again.
func (d *disk) full() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.written = roomBytes // look before the next append
	if d.fs.Remove(d.ballastPath()) == nil {
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

func (fs private) Lock(name string) (io.Closer, error) {
	lock, err := fs.FS.Lock(name)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(name, 0o600); err != nil {
		_ = lock.Close()
		return nil, err
	}
	return lock, nil
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
	return f, nil
}

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
