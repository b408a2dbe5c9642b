//go:build linux

package torture

import (
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// A disk is a folder that can be full, and whose power can be cut: then what was written and
// not synced since is as it was before. Which files there are is on disk at once.
type disk struct {
	server *fuse.Server
	full   atomic.Bool

	mu    sync.Mutex
	dirty map[uint64]*dirtyFile // by their inodes
}

// A dirtyFile has been written to and not been synced.
type dirtyFile struct {
	file   *os.File
	writes []unsynced // oldest first
}

// An unsynced write knows what it has replaced, and how long the file was.
type unsynced struct {
	at   int64
	old  []byte
	size int64
}

// canMount tells whether the tests may mount disks, or why not.
func canMount() error {
	dir, err := os.MkdirTemp("", "torture")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	d, err := mountDisk(dir+"/disk", dir+"/files")
	if err == nil {
		d.close()
	}
	return err
}

// mountDisk mounts a disk at a path, and keeps its files in another folder.
func mountDisk(at, files string) (*disk, error) {
	for _, dir := range []string{at, files} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
	}
	var st syscall.Stat_t
	if err := syscall.Stat(files, &st); err != nil {
		return nil, err
	}
	d := &disk{dirty: make(map[uint64]*dirtyFile)}
	backing := &fs.LoopbackRoot{Path: files, Dev: st.Dev}
	root := &diskNode{LoopbackNode: fs.LoopbackNode{RootData: backing}, disk: d}
	backing.RootNode = root
	var err error
	d.server, err = fs.Mount(at, root, &fs.Options{MountOptions: fuse.MountOptions{DirectMount: true, Name: "torture", MaxWrite: 1 << 20}})
	return d, err
}

func (d *disk) close() { _ = d.server.Unmount() }

// cut cuts the power. Nobody must have files open. Of what is not synced all is lost, or some of
// each file.
func (d *disk) cut(random *rand.Rand) (lost int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := random.IntN(2) == 0
	for inode, f := range d.dirty {
		kept := 0
		if !all {
			kept = random.IntN(len(f.writes) + 1)
		}
		for i := len(f.writes) - 1; i >= kept; i-- {
			w := f.writes[i]
			_, _ = f.file.WriteAt(w.old, w.at)
			_ = f.file.Truncate(w.size)
			lost++
		}
		_ = f.file.Close()
		delete(d.dirty, inode)
	}
	return lost
}

// writes notes what a write is going to replace.
func (d *disk) writes(path string, at int64, n int) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return
	}
	w := unsynced{at: at, size: info.Size()}
	if n = int(min(int64(n), w.size-at)); n > 0 {
		w.old = make([]byte, n)
		_, _ = f.ReadAt(w.old, at)
	}
	inode := info.Sys().(*syscall.Stat_t).Ino //nolint:errcheck // it is one on this system
	d.mu.Lock()
	defer d.mu.Unlock()
	if known := d.dirty[inode]; known != nil {
		_ = f.Close()
		known.writes = append(known.writes, w)
		return
	}
	d.dirty[inode] = &dirtyFile{file: f, writes: []unsynced{w}}
}

// synced forgets what a file's writes have replaced.
func (d *disk) synced(path string) {
	var st syscall.Stat_t
	if syscall.Stat(path, &st) != nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if f := d.dirty[st.Ino]; f != nil {
		_ = f.file.Close()
		delete(d.dirty, st.Ino)
	}
}

// room returns an error where there is none.
func (d *disk) room() syscall.Errno {
	if d.full.Load() {
		return syscall.ENOSPC
	}
	return fs.OK
}
