//go:build linux

package torture

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A disk loses what is not synced, and nothing else.
func TestDisk(t *testing.T) {
	at := filepath.Join(t.TempDir(), "disk")
	d, err := mountDisk(at, at+".files")
	if err != nil {
		t.Skipf("a FUSE folder can't be mounted here: %v", err)
	}
	defer d.close()
	f, err := os.Create(filepath.Join(at, "file"))
	require.NoError(t, err)
	write := func(text string, at int64) {
		_, err = f.WriteAt([]byte(text), at)
		require.NoError(t, err)
	}
	write("synced", 0)
	require.NoError(t, f.Sync())
	write("SY", 0)
	write(" and more", 6)
	require.NoError(t, f.Truncate(3))
	require.NoError(t, f.Close())
	read := func() string {
		b, err := os.ReadFile(filepath.Join(at, "file"))
		require.NoError(t, err)
		return string(b)
	}
	assert.Equal(t, "SYn", read())
	d.cut(rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0)))
	assert.Contains(t, []string{"synced", "SYnced", "SYnced and more", "SYn"}, read())
	d.full.Store(true)
	assert.ErrorContains(t, os.WriteFile(filepath.Join(at, "other"), nil, 0o600), "no space left")
}
