//go:build linux

package torture

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// A diskNode is a file or a folder of a disk.
type diskNode struct {
	fs.LoopbackNode
	disk *disk
}

// A diskFile is an open one.
type diskFile struct {
	disk   *disk
	file   *fs.LoopbackFile
	path   string // of what is open, whatever its name is now
	synced bool   // as each write is
}

// WrapChild makes what is below a folder nodes of the disk, too.
func (n *diskNode) WrapChild(context.Context, fs.InodeEmbedder) fs.InodeEmbedder {
	return &diskNode{LoopbackNode: fs.LoopbackNode{RootData: n.RootData}, disk: n.disk}
}

func (n *diskNode) path() string { return filepath.Join(n.RootData.Path, n.Path(n.Root())) }

// open opens the file at a path.
func (n *diskNode) open(path string, flags uint32, mode uint32) (*os.File, *diskFile, syscall.Errno) {
	if flags&syscall.O_TRUNC != 0 {
		n.disk.writes(path, 0, math.MaxInt)
	}
	f, err := os.OpenFile(path, int(flags)&^(syscall.O_APPEND|syscall.O_DIRECT|syscall.O_SYNC|syscall.O_DSYNC|fuse.FMODE_EXEC), os.FileMode(mode))
	if err != nil {
		return nil, nil, fs.ToErrno(err)
	}
	return f, &diskFile{disk: n.disk, file: fs.NewLoopbackFileFromOS(f), path: "/proc/self/fd/" + strconv.Itoa(int(f.Fd())),
		synced: flags&(syscall.O_SYNC|syscall.O_DSYNC) != 0}, fs.OK
}

func (n *diskNode) Open(_ context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	_, f, errno := n.open(n.path(), flags, 0)
	if errno != fs.OK {
		return nil, 0, errno
	}
	return f, 0, fs.OK
}

func (n *diskNode) Create(ctx context.Context, name string, flags, mode uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	if errno := n.disk.room(); errno != fs.OK {
		return nil, nil, 0, errno
	}
	_, f, errno := n.open(filepath.Join(n.path(), name), flags|syscall.O_CREAT, mode)
	if errno != fs.OK {
		return nil, nil, 0, errno
	}
	child, errno := n.Lookup(ctx, name, out)
	return child, f, 0, errno
}

func (n *diskNode) Mkdir(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	if errno := n.disk.room(); errno != fs.OK {
		return nil, errno
	}
	return n.LoopbackNode.Mkdir(ctx, name, mode, out)
}

func (n *diskNode) Setattr(ctx context.Context, f fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	if size, ok := in.GetSize(); ok {
		n.disk.writes(n.path(), int64(size), math.MaxInt)
	}
	if open, ok := f.(*diskFile); ok {
		return open.file.Setattr(ctx, in, out)
	}
	return n.LoopbackNode.Setattr(ctx, nil, in, out)
}

func (n *diskNode) Getattr(ctx context.Context, f fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	if open, ok := f.(*diskFile); ok {
		return open.file.Getattr(ctx, out)
	}
	return n.LoopbackNode.Getattr(ctx, nil, out)
}

func (n *diskNode) CopyFileRange(context.Context, fs.FileHandle, uint64, *fs.Inode, fs.FileHandle, uint64, uint64, uint64) (uint32, syscall.Errno) {
	return 0, syscall.ENOSYS // it is copied by reads and writes then
}

func (n *diskNode) Statx(context.Context, fs.FileHandle, uint32, uint32, *fuse.StatxOut) syscall.Errno {
	return syscall.ENOSYS
}

func (n *diskNode) Statfs(ctx context.Context, out *fuse.StatfsOut) syscall.Errno {
	errno := n.LoopbackNode.Statfs(ctx, out)
	if n.disk.full.Load() {
		out.Bfree, out.Bavail = 0, 0
	}
	return errno
}

func (f *diskFile) Read(ctx context.Context, b []byte, at int64) (fuse.ReadResult, syscall.Errno) {
	return f.file.Read(ctx, b, at)
}

func (f *diskFile) Write(ctx context.Context, b []byte, at int64) (uint32, syscall.Errno) {
	if errno := f.disk.room(); errno != fs.OK {
		return 0, errno
	}
	if !f.synced {
		f.disk.writes(f.path, at, len(b))
	}
	return f.file.Write(ctx, b, at)
}

func (f *diskFile) Fsync(context.Context, uint32) syscall.Errno {
	f.disk.synced(f.path) // the machine itself goes on: there is no need to wait for its disk
	return fs.OK
}

func (f *diskFile) Allocate(ctx context.Context, at, size uint64, mode uint32) syscall.Errno {
	if errno := f.disk.room(); errno != fs.OK {
		return errno
	}
	return f.file.Allocate(ctx, at, size, mode)
}

func (f *diskFile) Flush(context.Context) syscall.Errno { return fs.OK }

func (f *diskFile) Release(ctx context.Context) syscall.Errno { return f.file.Release(ctx) }
