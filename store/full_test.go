package store

import (
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/internal/await"
	"todoshell/todo"
)

// A small disk holds so many bytes, and tells how many are free, or lies.
type smallDisk struct {
	vfs.FS
	mu    sync.Mutex
	size  int64
	lies  bool // tells of room that isn't there
	other int64
}

func newSmallDisk(size int64) *smallDisk { return &smallDisk{FS: vfs.NewMem(), size: size} }

func (d *smallDisk) used() int64 {
	used := d.other
	files, _ := d.List("data")
	for _, name := range files {
		if info, err := d.Stat("data/" + name); err == nil {
			used += info.Size()
		}
	}
	return used
}

// others lets others take so many bytes, of those that are free.
func (d *smallDisk) others(free int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.other = 0
	d.other = d.size - d.used() - free
}

func (d *smallDisk) lie(lies bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lies = lies
}

func (d *smallDisk) GetDiskUsage(string) (vfs.DiskUsage, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	free := max(d.size-d.used(), 0)
	if d.lies {
		free = d.size
	}
	return vfs.DiskUsage{AvailBytes: uint64(free), TotalBytes: uint64(d.size), UsedBytes: uint64(d.size - free)}, nil
}

func (d *smallDisk) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := d.FS.Create(name, category)
	return smallFile{f, d}, err
}

func (d *smallDisk) ReuseForWrite(from, to string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := d.FS.ReuseForWrite(from, to, category)
	return smallFile{f, d}, err
}

type smallFile struct {
	vfs.File
	disk *smallDisk
}

func (f smallFile) Write(p []byte) (int, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if f.disk.used()+int64(len(p)) > f.disk.size {
		return 0, syscall.ENOSPC
	}
	return f.File.Write(p)
}

func hasBallast(fs vfs.FS) bool {
	_, err := fs.Stat("data/" + ballastFile)
	return err == nil
}

func TestFullDisk(t *testing.T) {
	fs := newSmallDisk(64 << 20)
	s := openIn(t, "data", fs)
	list := add(t, s, "Bob", "one")
	assert.True(t, hasBallast(fs))

	fs.others(1 << 20)
	list, err := fillUp(s, list)
	require.ErrorIs(t, err, code(DiskFull))
	require.ErrorContains(t, err, "nothing was changed")
	for range 3 {
		_, err = run(s, "Bob", list, adding("no room"))
		require.ErrorIs(t, err, code(DiskFull))
		_, err = run(s, "Alice", todo.List{}, adding("no room"))
		require.ErrorIs(t, err, code(DiskFull))
	}
	assertSame(t, list, loaded(t, s, "Bob"))
	assert.Equal(t, []string{"Bob"}, namesOf(t, s, ""))
	checkClean(t, s)

	await.End(t, "Close", func() { require.NoError(t, s.Close()) })
	s = openIn(t, "data", fs)
	assertSame(t, list, loaded(t, s, "Bob"))
	_, err = run(s, "Bob", list, adding("no room"))
	require.ErrorIs(t, err, code(DiskFull))

	fs.others(40 << 20)
	list, err = run(s, "Bob", list, adding("room again"))
	require.NoError(t, err)
	s = reopen(t, s)
	assertSame(t, list, loaded(t, s, "Bob"))
	assert.True(t, hasBallast(fs))
}

// fillUp appends until that fails.
func fillUp(s *Store, list todo.List) (todo.List, error) {
	for {
		more, err := run(s, "Bob", list, adding(strings.Repeat("x", todo.MaxTitle)))
		if err != nil {
			return list, err
		}
		list = more
	}
}

// A change that is larger than what is left is refused, and a smaller one not.
func TestChangeTooLargeForTheDisk(t *testing.T) {
	fs := newSmallDisk(64 << 20)
	s := openIn(t, "data", fs)
	list := add(t, s, "Bob", "one")
	fs.others(7 << 20)
	large := make([]todo.Entry, 1000)
	for i := range large {
		large[i].Title = strings.Repeat("x", todo.MaxTitle)
	}
	_, err := run(s, "Bob", list, func(d *todo.Draft) error { return d.Import(large) })
	require.ErrorIs(t, err, code(DiskFull))
	list, err = run(s, "Bob", list, adding("small"))
	require.NoError(t, err)
	assertSame(t, list, loaded(t, s, "Bob"))
}

// Others fill up the disk between two looks: the ballast makes room for the
// write that is under way.
func TestBallast(t *testing.T) {
	fs := newSmallDisk(64 << 20)
	s := openIn(t, "data", fs)
	list := add(t, s, "Bob", "one")
	require.True(t, hasBallast(fs))
	fs.lie(true)
	fs.others(0)
	list, err := run(s, "Bob", list, adding("two"))
	require.NoError(t, err)
	assert.False(t, hasBallast(fs))

	fs.lie(false)
	list, err = fillUp(s, list)
	require.ErrorIs(t, err, code(DiskFull))
	assertSame(t, list, loaded(t, s, "Bob"))
	fs.others(32 << 20)
	list, err = run(s, "Bob", list, adding("three"))
	require.NoError(t, err)
	assert.True(t, hasBallast(fs), "it is back")
	s = reopen(t, s)
	assertSame(t, list, loaded(t, s, "Bob"))
	checkClean(t, s)
}

// Not even the ballast helps: that is like any other failure to write.
func TestDiskFullForGood(t *testing.T) {
	fs := newSmallDisk(64 << 20)
	s := openIn(t, "data", fs)
	list := add(t, s, "Bob", "one")
	fs.lie(true)
	fs.others(-32 << 20)
	_, err := run(s, "Bob", list, adding("two"))
	require.ErrorIs(t, err, todo.ErrOutcomeUnknown)
	require.ErrorIs(t, err, syscall.ENOSPC)
	_, err = run(s, "Bob", list, adding("two"))
	require.ErrorIs(t, err, code(Broken))
	assert.NotEmpty(t, titles(loaded(t, s, "Bob")))
	await.End(t, "Close", func() { require.Error(t, s.Close()) })
	fs.others(40 << 20)
	s = openIn(t, "data", fs)
	assert.Equal(t, "one", titles(loaded(t, s, "Bob"))[0])
	checkClean(t, s)
}

// Tables leave the reserve to the log: one that would need it waits until there
// is room, and the log goes on.
func TestTablesLeaveTheReserve(t *testing.T) {
	fs := newSmallDisk(64 << 20)
	s := openIn(t, "data", fs)
	list := addMany(t, s, "Bob", 10_000)
	fs.others(4 << 20)
	await.End(t, "flush", s.flush)
	_, err := run(s, "Bob", list, adding("no room"))
	require.ErrorIs(t, err, code(DiskFull))
	fs.others(40 << 20)
	list, err = run(s, "Bob", list, adding("room"))
	require.NoError(t, err)
	require.NoError(t, s.db.Flush(), "Pebble has tried again")
	assertSame(t, list, loaded(t, s, "Bob"))
}

// What the log holds has to become a table before the store is open.
func TestOpenOnFullDisk(t *testing.T) {
	fs := newSmallDisk(64 << 20)
	s := openIn(t, "data", fs)
	many := entries(20_000)
	for i := range many {
		many[i].Title = rand.Text() + rand.Text() // compression gains nothing
	}
	list, err := run(s, "Bob", todo.List{}, func(d *todo.Draft) error { return d.Import(many) })
	require.NoError(t, err)
	fs.others(0)
	await.End(t, "Close", func() { require.NoError(t, s.Close()) })
	_ = fs.Remove("data/" + ballastFile) // it may have given way already
	fs.others(64 << 10)
	await.End(t, "Open", func() {
		_, err = open("data", fs)
		require.ErrorIs(t, err, code(CantOpen))
		require.ErrorContains(t, err, "no space left")
	})
	fs.others(40 << 20)
	s = openIn(t, "data", fs)
	assertSame(t, list, loaded(t, s, "Bob"))
	checkClean(t, s)
}

// Others have taken even the room of the ballast: the log can't be ended well,
// and nothing is lost by that.
func TestCloseWithoutRoom(t *testing.T) {
	fs := newSmallDisk(64 << 20)
	s := openIn(t, "data", fs)
	list := addMany(t, s, "Bob", 10_000)
	require.NoError(t, fs.Remove("data/"+ballastFile))
	fs.others(0)
	await.End(t, "Close", func() { require.NoError(t, s.Close()) })
	fs.others(40 << 20)
	s = openIn(t, "data", fs)
	assertSame(t, list, loaded(t, s, "Bob"))
	checkClean(t, s)
}

func TestSmallFileSystem(t *testing.T) {
	dir := t.TempDir()
	mount := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", dir)
	if output, err := mount.CombinedOutput(); err != nil {
		t.Skipf("a small file system can't be mounted: %v %s", err, output)
	}
	t.Cleanup(func() { _ = exec.CommandContext(ctx, "umount", dir).Run() })
	other := filepath.Join(dir, "other")
	s := openOnDisk(t, filepath.Join(dir, "data"))
	list := add(t, s, "Bob", "one")
	for round := range 2 {
		var err error
		list, err = fillUp(s, list)
		require.ErrorIs(t, err, code(DiskFull))
		junk, _ := os.Create(other)
		for err = nil; err == nil; {
			_, err = junk.Write(make([]byte, 4096))
		}
		require.NoError(t, junk.Close())
		_, err = run(s, "Bob", list, adding("no room"))
		require.ErrorIs(t, err, code(DiskFull))
		assertSame(t, list, loaded(t, s, "Bob"))
		if round == 0 {
			await.End(t, "Close", func() { require.NoError(t, s.Close()) })
			s = openOnDisk(t, filepath.Join(dir, "data"))
			assertSame(t, list, loaded(t, s, "Bob"))
		}
		require.NoError(t, os.Remove(other))
		require.NoError(t, drop(s, "Bob"))
		require.NoError(t, s.db.Flush())
		list = add(t, s, "Bob", "room again")
	}
	checkClean(t, s)
}

func drop(s *Store, name string) error {
	list, err := s.Load(ctx, name)
	if err != nil {
		return err
	}
	_, err = run(s, name, list, (*todo.Draft).Drop)
	return err
}
