package store

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/internal/await"
	"todoshell/todo"
)

// reopen closes a store and opens its folder again.
func reopen(tb testing.TB, s *Store) *Store {
	tb.Helper()
	require.NoError(tb, s.Close())
	return openIn(tb, s.disk.dir, s.disk.fs)
}

func openOnDisk(tb testing.TB, dir string) *Store {
	tb.Helper()
	s, err := Open(dir)
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = s.Close() })
	return s
}

func TestReopen(t *testing.T) {
	s := openOnDisk(t, filepath.Join(t.TempDir(), "new", "data"))
	bob := add(t, s, "Bob", "one", "two")
	long := addMany(t, s, long, snapshotEvery+1)
	for range 2 {
		s = reopen(t, s)
		assertSame(t, bob, loaded(t, s, "Bob"))
		assertSame(t, long, loaded(t, s, strings.Repeat("長", todo.MaxName/3)))
		bob = add(t, s, "Bob", "more")
		checkClean(t, s)
	}
	require.NoError(t, s.Close())
	require.NoError(t, s.Close(), "twice")
}

// After Close the next Open has nothing to replay: the log is empty.
func TestCloseLeavesNothingToReplay(t *testing.T) {
	s := openOnDisk(t, t.TempDir())
	addMany(t, s, "Bob", 1000)
	s = reopen(t, s)
	replayed := s.db.Metrics().WAL.Size
	assert.Less(t, replayed, uint64(1000))
}

func TestFilesArePrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files have other permissions there")
	}
	dir := filepath.Join(t.TempDir(), "data")
	s := openOnDisk(t, dir)
	assertPrivate(t, dir)
	addMany(t, s, "Bob", 1000)
	s = reopen(t, s)
	require.NoError(t, s.db.Flush())
	assertPrivate(t, dir)
	backup := filepath.Join(t.TempDir(), "backup")
	require.NoError(t, s.Backup(backup))
	assertPrivate(t, backup)
}

func assertPrivate(t *testing.T, dir string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		assert.Equal(t, want, info.Mode().Perm(), path)
		return nil
	}))
}

func TestInUse(t *testing.T) {
	dir := t.TempDir()
	s := openOnDisk(t, dir)
	_, err := Open(dir)
	require.ErrorIs(t, err, code(InUse))
	require.ErrorContains(t, err, fmt.Sprintf("in use by process %d", os.Getpid()))
	add(t, s, "Bob", "one")

	output := openElsewhere(t, dir)
	assert.Equal(t, string(InUse)+fmt.Sprintf(": the data folder %s is in use by process %d", dir, os.Getpid()), output)
	require.NoError(t, os.Truncate(filepath.Join(dir, pidFile), 0))
	assert.Equal(t, string(InUse)+fmt.Sprintf(": the data folder %s is in use by another process", dir), openElsewhere(t, dir))

	require.NoError(t, s.Close())
	assert.Equal(t, "opened", openElsewhere(t, dir))
	s = openOnDisk(t, dir)
	assert.Equal(t, []string{"one"}, titles(loaded(t, s, "Bob")))
}

// openElsewhere opens a folder in another process, and returns what came of it.
func openElsewhere(t *testing.T, dir string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	command.Env = append(os.Environ(), "STORE_TEST_OPEN="+dir)
	output, err := command.CombinedOutput()
	require.NoError(t, err, "%s", output)
	return string(output)
}

func TestMain(m *testing.M) {
	if dir := os.Getenv("STORE_TEST_OPEN"); dir != "" {
		s, err := Open(dir)
		if e, ok := err.(*todo.Error); ok {
			fmt.Fprintf(os.Stdout, "%s: %s", e.Code, e.Message)
			os.Exit(0)
		}
		fmt.Fprint(os.Stdout, "opened")
		_ = s.Close()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestCannotOpen(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	locked := filepath.Join(dir, "locked")
	require.NoError(t, os.MkdirAll(filepath.Join(locked, "LOCK"), 0o700)) // a lock that can't be made, for root either
	noManifest := filepath.Join(dir, "no manifest")
	s := openOnDisk(t, noManifest)
	add(t, s, "Bob", "one")
	require.NoError(t, s.Close())
	manifests, err := filepath.Glob(filepath.Join(noManifest, "MANIFEST-*"))
	require.NoError(t, err)
	for _, manifest := range manifests {
		require.NoError(t, os.Remove(manifest))
	}
	for _, dir := range []string{file, filepath.Join(file, "below"), locked, noManifest} {
		_, err = Open(dir)
		require.ErrorIs(t, err, code(CantOpen), dir)
		require.ErrorContains(t, err, dir)
		_, err = Open(dir)
		require.ErrorIs(t, err, code(CantOpen), "a failure leaves no lock behind")
	}
}

func TestUnwritableFolder(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("no folder is unwritable for root")
	}
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o500))
	_, err := Open(filepath.Join(dir, "unwritable"))
	require.ErrorIs(t, err, code(CantOpen))
}

func TestOpenMemory(t *testing.T) {
	for range 2 {
		s, err := OpenMemory()
		require.NoError(t, err)
		assert.Empty(t, namesOf(t, s, ""))
		list := add(t, s, "Bob", "one")
		assertSame(t, list, loaded(t, s, "Bob"))
		require.NoError(t, s.Close())
		require.NoError(t, s.Close())
	}
}

// Nothing is left of a closed store, nor of one that could not be opened.
func TestCloseGivesEverythingBack(t *testing.T) {
	files := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip("only Linux tells")
		}
		return len(entries)
	}
	dir := t.TempDir()
	cycle := func() {
		s, err := Open(dir)
		require.NoError(t, err)
		for i := range 20 {
			add(t, s, fmt.Sprint(i), "one")
		}
		checkClean(t, s)
		_, err = Open(dir)
		require.ErrorIs(t, err, code(InUse))
		require.NoError(t, s.Close())
		_, err = Open(filepath.Join(dir, "LOCK"))
		require.ErrorIs(t, err, code(CantOpen))
	}
	cycle() // what is made once and stays
	goroutines, handles := runtime.NumGoroutine(), files()
	for range 5 {
		cycle()
	}
	// Close doesn't wait for those that it tells to end.
	if !await.Until(t, func() bool { return runtime.NumGoroutine() <= goroutines && files() <= handles }) {
		assert.Fail(t, "goroutines or files are left", "%d files before and %d now\n%s", handles, files(), await.Stacks())
	}
}

// The folders above the data folder are as durable as what is in it.
func TestNewFoldersAreDurable(t *testing.T) {
	mem := vfs.NewCrashableMem()
	s := openIn(t, "home/share/todo", mem)
	list := add(t, s, "Bob", "one")
	crashed := openIn(t, "home/share/todo", mem.CrashClone(vfs.CrashCloneCfg{}))
	assertSame(t, list, loaded(t, crashed, "Bob"))
}
