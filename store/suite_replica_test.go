package store

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/store/storetest"
	"todoshell/todo"
)

// A looped replica is told of what is appended to it, as a cluster of one node would be.
type looped struct {
	*Store
	mu sync.Mutex
}

func (l *looped) Append(ctx context.Context, name string, after todo.Version, next todo.List, b todo.Batch) (todo.Version, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h, err := l.readHead(name)
	if err != nil {
		return 0, err
	}
	partition := PartitionOf(name, someSource.Partitions)
	if h.Version != after || b.Changes[0].Rev != h.Rev+1 {
		return 0, todo.ErrConflict
	}
	u := Update{Append: todo.Append{List: name, Partition: partition, After: after, Version: l.Latest()[partition] + 1, Batch: b}}
	if u.drops() {
		u.Dropped = next
	}
	u.Changes = slices.Clone(b.Changes)
	return u.Version, l.Apply(ctx, []Update{u}, nil)
}

func TestSuiteOnAReplica(t *testing.T) {
	fss := map[cache.Log]vfs.FS{}
	start := func(t *testing.T, fs vfs.FS) cache.Log {
		t.Helper()
		l := &looped{Store: openReplica(t, fs)}
		fss[l] = fs
		return l
	}
	storetest.Run(t, storetest.Engine{
		Open: func(t *testing.T) cache.Log { t.Helper(); return start(t, vfs.NewMem()) },
		Reopen: func(t *testing.T, log cache.Log) cache.Log {
			t.Helper()
			l, ok := log.(*looped)
			require.True(t, ok)
			checkClean(t, l.Store)
			require.NoError(t, l.Close())
			return start(t, fss[log])
		},
	})
}
