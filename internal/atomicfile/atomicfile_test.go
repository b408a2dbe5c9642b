package atomicfile_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/internal/atomicfile"
)

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for _, text := range []string{"a first text", "another"} {
		require.NoError(t, atomicfile.Replace(path, 0o600, func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			return err
		}))
		read, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, text, string(read))
		assertAlone(t, dir)
	}
	require.NoError(t, atomicfile.Replace(path, 0o640, func(io.Writer) error { return nil }))
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Zero(t, info.Size())
	if runtime.GOOS != "windows" {
		assert.Equal(t, os.FileMode(0o640), info.Mode())
	}
}

func TestReplaceThatFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(path, []byte("as it was"), 0o600))
	full := errors.New("the disk is full")
	err := atomicfile.Replace(path, 0o600, func(w io.Writer) error {
		_, err := io.WriteString(w, "half of a te")
		return errors.Join(err, full)
	})
	require.ErrorIs(t, err, full)
	read, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "as it was", string(read))
	assertAlone(t, dir)

	nowhere := filepath.Join(dir, "nowhere", "file")
	err = atomicfile.Replace(nowhere, 0o600, func(io.Writer) error { return nil })
	require.ErrorIs(t, err, os.ErrNotExist)
	e, ok := errors.AsType[*os.PathError](err)
	require.True(t, ok)
	assert.Equal(t, nowhere, e.Path)
}

// assertAlone looks for files that were only for a while.
func assertAlone(t *testing.T, dir string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, files, 1)
}
