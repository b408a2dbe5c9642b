package store

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/store/storetest"
)

func TestSuite(t *testing.T) {
	again := func(t *testing.T, log cache.Log) cache.Log {
		t.Helper()
		s, ok := log.(*Store)
		require.True(t, ok)
		checkClean(t, s)
		return reopen(t, s)
	}
	t.Run("in memory", func(t *testing.T) {
		open := func(t *testing.T) cache.Log { t.Helper(); return openIn(t, "data", vfs.NewMem()) }
		storetest.Run(t, storetest.Engine{Open: open, Reopen: again})
	})
	t.Run("on disk", func(t *testing.T) {
		open := func(t *testing.T) cache.Log { t.Helper(); return openOnDisk(t, t.TempDir()) }
		storetest.Run(t, storetest.Engine{Open: open, Reopen: again})
	})
}
