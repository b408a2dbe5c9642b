package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/internal/await"
	"todoshell/todo"
)

// faulty is a file system whose operations on some files fail while it is on.
func faulty(fs vfs.FS, suffix string, kinds ...errorfs.OpKind) (vfs.FS, *errorfs.Toggle) {
	toggle := &errorfs.Toggle{Injector: errorfs.InjectorFunc(func(op errorfs.Op) error {
		for _, kind := range kinds {
			if op.Kind == kind && strings.HasSuffix(op.Path, suffix) {
				return errorfs.ErrInjected
			}
		}
		return nil
	})}
	return errorfs.Wrap(fs, toggle), toggle
}

func TestFailingLog(t *testing.T) {
	for name, kinds := range map[string][]errorfs.OpKind{
		"write": {errorfs.OpFileWrite},
		"sync":  {errorfs.OpFileSync, errorfs.OpFileSyncData},
		"all":   {errorfs.OpFileWrite, errorfs.OpFileSync, errorfs.OpFileSyncData, errorfs.OpFileClose, errorfs.OpCreate},
	} {
		t.Run(name, func(t *testing.T) {
			mem := vfs.NewMem()
			fs, fault := faulty(mem, ".log", kinds...)
			s := openIn(t, "data", fs)
			writers := make([]*writer, 100)
			for i := range writers {
				writers[i] = &writer{name: fmt.Sprint("list ", i)}
				require.NoError(t, writers[i].append(s))
			}
			padding := strings.Repeat("x", todo.MaxTitle) // to fill the log's blocks while they fail
			var group sync.WaitGroup
			for i, w := range writers {
				group.Go(func() {
					if i == 50 {
						fault.On()
					}
					for n := 0; ; n++ {
						err := w.append(s)
						if err == nil {
							_, err = run(s, w.name+" padding", loadedOrNone(s, w.name+" padding"), adding(padding))
						}
						if err != nil {
							assert.True(t, errors.Is(err, todo.ErrOutcomeUnknown) || errors.Is(err, code(Broken)), "%v", err)
							return
						}
					}
				})
			}
			await.End(t, "append", group.Wait)
			fault.Off()

			require.ErrorIs(t, writers[0].append(s), code(Broken), "it stays so")
			require.ErrorContains(t, writers[0].append(s), "injected")
			require.ErrorIs(t, s.Backup("backup"), code(Broken))
			for _, w := range writers {
				assertWhole(t, s, w.name, w.answered.Load(), w.started.Load())
			}
			assert.Len(t, namesOf(t, s, "list "), len(namesOf(t, s, "")))
			await.End(t, "Close", func() { require.ErrorIs(t, s.Close(), errorfs.ErrInjected) })
			require.Error(t, s.Close(), "twice")

			s = openIn(t, "data", mem)
			checkClean(t, s)
			for _, w := range writers {
				w.list = assertWhole(t, s, w.name, w.answered.Load(), w.started.Load())
				require.NoError(t, w.append(s))
			}
		})
	}
}

func loadedOrNone(s *Store, name string) todo.List {
	list, _ := s.Load(ctx, name)
	return list
}

// The log is changed, and its successor can't be made.
func TestFailingNextLog(t *testing.T) {
	fs, fault := faulty(vfs.NewMem(), ".log", errorfs.OpCreate, errorfs.OpReuseForWrite)
	s := openIn(t, "data", fs)
	list := add(t, s, "Bob", "one")
	fault.On()
	await.End(t, "flush", s.flush)
	_, err := run(s, "Bob", list, adding("two"))
	require.ErrorIs(t, err, code(Broken))
	assertSame(t, list, loaded(t, s, "Bob"))
	await.End(t, "Close", func() { require.Error(t, s.Close()) })
}

// Tables that can't be written stay in the log.
func TestFailingTables(t *testing.T) {
	for name, kind := range map[string]errorfs.OpKind{"create": errorfs.OpCreate, "write": errorfs.OpFileWrite, "sync": errorfs.OpFileSync} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mem := vfs.NewMem()
			fs, fault := faulty(mem, ".sst", kind, errorfs.OpFileSyncData)
			s := openIn(t, "data", fs)
			list := add(t, s, "Bob", "one")
			fault.On()
			await.End(t, "flush", s.flush)
			assertSame(t, list, loaded(t, s, "Bob"))
			if more, err := run(s, "Bob", list, adding("two")); err == nil {
				list = more
			}
			await.End(t, "Close", func() { _ = s.Close() })
			s = openIn(t, "data", mem)
			assertSame(t, list, loaded(t, s, "Bob"))
			checkClean(t, s)
		})
	}
}

// What the log holds has to become a table before the store is open.
func TestFailingTablesWhileOpening(t *testing.T) {
	for name, kind := range map[string]errorfs.OpKind{"create": errorfs.OpCreate, "write": errorfs.OpFileWrite, "sync": errorfs.OpFileSync} {
		t.Run(name, func(t *testing.T) {
			mem := vfs.NewCrashableMem()
			list := add(t, openIn(t, "data", mem), "Bob", "one")
			crashed := mem.CrashClone(vfs.CrashCloneCfg{})
			fs, fault := faulty(crashed, ".sst", kind, errorfs.OpFileSyncData)
			fault.On()
			await.End(t, "Open", func() {
				_, err := open("data", fs)
				require.ErrorIs(t, err, code(CantOpen))
				require.ErrorContains(t, err, "injected")
			})
			assertSame(t, list, loaded(t, openIn(t, "data", crashed), "Bob"))
		})
	}
}

// One write after another fails, each on a new store: nothing that was answered
// is lost.
func TestEveryWriteFails(t *testing.T) {
	for _, forever := range []bool{false, true} {
		t.Run(fmt.Sprintf("forever=%v", forever), func(t *testing.T) {
			var at atomic.Int64
			var done atomic.Bool
			var group sync.WaitGroup
			for range 16 {
				group.Go(func() {
					for !done.Load() && !t.Failed() {
						if !failWriteAt(t, at.Add(1), forever) {
							done.Store(true)
						}
					}
				})
			}
			await.End(t, "a store", group.Wait)
			t.Logf("%d writes", at.Load())
			assert.Greater(t, at.Load(), int64(100))
		})
	}
}

// failWriteAt runs a workload in which the k-th write fails, and perhaps all
// after it, and tells whether there was one.
func failWriteAt(t *testing.T, k int64, forever bool) (failed bool) {
	t.Helper()
	mem := vfs.NewMem()
	var n atomic.Int64
	fs := errorfs.Wrap(mem, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind.ReadOrWrite() == errorfs.OpIsRead {
			return nil
		}
		if i := n.Add(1); i == k || forever && i > k {
			return &os.PathError{Op: "write", Path: op.Path, Err: syscall.EIO}
		}
		return nil
	}))
	writers := []*writer{{name: "a"}, {name: "ab"}, {name: "b"}}
	workload := func() {
		s, err := open("data", fs)
		if err != nil {
			assert.ErrorIs(t, err, code(CantOpen), "write %d", k)
			return
		}
		for _, w := range writers {
			w.list = assertWhole(t, s, w.name, w.answered.Load(), w.started.Load())
		}
		for range 3 {
			for _, w := range writers {
				if err := w.append(s); err != nil {
					assert.True(t, errors.Is(err, todo.ErrOutcomeUnknown) || errors.Is(err, code(Broken)), "write %d: %v", k, err)
				}
				assertWhole(t, s, w.name, w.answered.Load(), w.started.Load())
			}
			s.flush()
			if s.fatal.Load() == nil {
				limited, cancel := context.WithTimeout(ctx, 200*time.Millisecond) // it waits for tables for ever
				_ = s.db.Compact(limited, []byte{0}, []byte{0xff}, false)
				cancel()
			}
		}
		_ = s.Close()
	}
	workload()
	workload() // on what the failure left
	s, err := open("data", mem)
	if !assert.NoError(t, err, "write %d", k) { //nolint:testifylint // on a goroutine
		return false
	}
	_, err = s.Check(ctx, func(err error) { t.Errorf("write %d: check: %v", k, err) })
	assert.NoError(t, err)
	for _, w := range writers {
		w.list = assertWhole(t, s, w.name, w.answered.Load(), w.started.Load())
		assert.NoError(t, w.append(s), "write %d", k) //nolint:testifylint // on a goroutine
	}
	assert.NoError(t, s.Close())
	return n.Load() >= k
}
