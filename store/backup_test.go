package store

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/stretchr/testify/require"
)

func TestBackup(t *testing.T) {
	for name, fs := range map[string]vfs.FS{"memory": vfs.NewMem(), "disk": private{vfs.Default}} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := openIn(t, filepath.Join(dir, "data"), fs)
			writers := make([]*writer, 16)
			var stop atomic.Bool
			var group sync.WaitGroup
			for i := range writers {
				w := &writer{name: fmt.Sprint("list ", i)}
				writers[i] = w
				require.NoError(t, w.append(s))
				group.Go(func() {
					for !stop.Load() {
						if err := w.append(s); err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			for i := range 3 {
				atLeast := make([]uint64, len(writers))
				for i, w := range writers {
					atLeast[i] = w.answered.Load()
				}
				backup := filepath.Join(dir, fmt.Sprint("backup ", i))
				require.NoError(t, s.Backup(backup))
				require.ErrorIs(t, s.Backup(backup), os.ErrExist)
				copied := openIn(t, backup, fs)
				checkClean(t, copied)
				for i, w := range writers {
					assertWhole(t, copied, w.name, atLeast[i], w.started.Load())
					add(t, copied, w.name, "it goes its own way")
				}
				require.NoError(t, copied.Close())
			}
			stop.Store(true)
			group.Wait()
			for _, w := range writers {
				assertWhole(t, s, w.name, w.answered.Load(), w.started.Load())
			}
			checkClean(t, s)
		})
	}
}

// A backup that fails is an error, leaves nothing, and does the store no harm.
func TestFailingBackup(t *testing.T) {
	mem := vfs.NewMem()
	for k := int64(1); ; k++ {
		var n atomic.Int64
		s := openIn(t, "data", errorfs.Wrap(mem, errorfs.InjectorFunc(func(op errorfs.Op) error {
			if strings.HasPrefix(op.Path, "backup") && op.Kind.ReadOrWrite() == errorfs.OpIsWrite && n.Add(1) == k {
				return errorfs.ErrInjected
			}
			return nil
		})))
		list := add(t, s, "Bob", "one")
		err := s.Backup("backup")
		if n.Load() < k {
			require.NoError(t, err)
			return
		}
		if err == nil {
			require.NoError(t, mem.RemoveAll("backup")) // a failure that does no harm
		}
		_, err = run(s, "Bob", list, adding("two"))
		require.NoError(t, err)
		require.NoError(t, s.Backup("backup"), "operation %d left something", k)
		require.NoError(t, mem.RemoveAll("backup"))
		require.NoError(t, s.Close())
	}
}

// A backup can be opened wherever the latest opening of the store was cut off:
// Pebble may go on without a file that a checkpoint would copy.
func TestBackupAfterACutOpening(t *testing.T) {
	closed := vfs.NewCrashableMem()
	s := openIn(t, "data", closed)
	add(t, s, "Bob", "one")
	require.NoError(t, s.Close())
	for k := int64(1); ; k++ {
		mem := closed.CrashClone(vfs.CrashCloneCfg{})
		var cut *vfs.MemFS
		var n atomic.Int64
		s, err := open("data", errorfs.Wrap(mem, errorfs.InjectorFunc(func(errorfs.Op) error {
			if n.Add(1) == k {
				cut = mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: rand.New(rand.NewPCG(0, 0))})
			}
			return nil
		})))
		require.NoError(t, err)
		opened := n.Load()
		require.NoError(t, s.Close())
		if k > opened {
			break
		}
		for _, change := range []bool{false, true} {
			fs := cut.CrashClone(vfs.CrashCloneCfg{})
			s := openIn(t, "data", fs)
			want := loaded(t, s, "Bob")
			if change {
				want = add(t, s, "Bob", "two")
			}
			require.NoError(t, s.Backup("backup"))
			copied, err := open("backup", fs)
			require.NoError(t, err, "cut at %d of %d, changed since: %v", k, opened, change)
			assertSame(t, want, loaded(t, copied, "Bob"))
			require.NoError(t, copied.Close())
			require.NoError(t, s.Close())
		}
	}
}
