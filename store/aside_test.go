package store

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A folder that is put aside is as it was; an empty one is in its place, also where a link leads to it.
func TestPutAside(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s, err := Open(dir)
	require.NoError(t, err)
	add(t, s, "Bob", "milk")
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	_, err = PutAside(dir, now)
	require.ErrorIs(t, err, code(InUse))
	require.NoError(t, s.Close())

	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(dir, link))
	aside, err := PutAside(link, now)
	require.NoError(t, err)
	assert.Equal(t, "data.damaged-20260102T030405Z", filepath.Base(aside))
	s, err = Open(aside)
	require.NoError(t, err)
	assert.Equal(t, []string{"milk"}, titles(loaded(t, s, "Bob")))
	require.NoError(t, s.Close())
	s, err = Open(link)
	require.NoError(t, err)
	assert.Empty(t, namesOf(t, s, ""))
	require.NoError(t, s.Close())

	_, err = PutAside(dir, now)
	require.ErrorContains(t, err, "already")
	_, err = os.Stat(dir)
	require.NoError(t, err)
}
