package store

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

// A writer appends to one list, and knows what was answered.
type writer struct {
	name     string
	list     todo.List
	started  atomic.Uint64 // the revision of the change that is under way
	answered atomic.Uint64
}

// titleOf says what belongs into the change of a revision, so that it can be
// told whether all of it is there.
func titleOf(name string, rev uint64, i int) string { return fmt.Sprintf("%s %d.%d", name, rev, i) }

// edits is how many entries the change of a revision adds.
func editsOf(rev uint64) int { return 1 + int(rev*7%5) }

// append appends one change.
func (w *writer) append(s *Store) error {
	rev := w.list.Rev + 1
	added := make([]todo.Entry, editsOf(rev))
	for i := range added {
		added[i].Title = titleOf(w.name, rev, i)
	}
	w.started.Store(rev)
	list, err := run(s, w.name, w.list, func(d *todo.Draft) error { return d.Import(added) })
	if err == nil {
		w.list = list
		w.answered.Store(rev)
	}
	return err
}

// assertWhole tells whether a list holds whole changes, at least those up to a
// revision and none after another.
func assertWhole(tb testing.TB, s *Store, name string, atLeast, atMost uint64) todo.List {
	tb.Helper()
	list := loaded(tb, s, name)
	assert.GreaterOrEqual(tb, list.Rev, atLeast, "%s: what was answered is there", name)
	assert.LessOrEqual(tb, list.Rev, atMost, "%s: what was not asked for is not", name)
	id := uint64(0)
	for rev := uint64(1); rev <= list.Rev; rev++ {
		for i := range editsOf(rev) {
			id++
			entry, _ := list.Entry(id)
			assert.Equal(tb, titleOf(name, rev, i), entry.Title)
		}
	}
	assert.Equal(tb, int(id), list.Len())
	return list
}

// The power is cut at random moments while many lists append.
func TestPowerCut(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range 2 {
		mem := vfs.NewCrashableMem()
		s := openIn(t, "data", mem)
		writers := make([]*writer, 32)
		var stop atomic.Bool
		var group sync.WaitGroup
		for i := range writers {
			w := &writer{name: fmt.Sprint("list ", i)}
			writers[i] = w
			group.Go(func() {
				for !stop.Load() {
					if err := w.append(s); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		for range 4 {
			<-time.After(time.Duration(random.Int64N(int64(10 * time.Millisecond))))
			if random.IntN(3) == 0 {
				require.NoError(t, s.db.Flush())
			}
			atLeast := make([]uint64, len(writers))
			for i, w := range writers {
				atLeast[i] = w.answered.Load()
			}
			crashed := mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: random.IntN(101), RNG: random})
			again := openIn(t, "data", crashed)
			checkClean(t, again)
			for i, w := range writers {
				assertWhole(t, again, w.name, atLeast[i], w.started.Load())
				add(t, again, w.name, "life goes on")
			}
			require.NoError(t, again.Close())
		}
		stop.Store(true)
		group.Wait()
		require.NoError(t, s.Close())
	}
}

// The power is cut at every moment of an opening that follows a cut, and some of
// what was not synced is kept, in any order.
func TestPowerCutWhileOpening(t *testing.T) {
	unclosed := vfs.NewCrashableMem()
	s := openIn(t, "data", unclosed)
	want := add(t, s, "Bob", "one")
	crashed := unclosed.CrashClone(vfs.CrashCloneCfg{})
	require.NoError(t, s.Close())
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	var cuts []*vfs.MemFS
	var cutting sync.Mutex
	mem := crashed.CrashClone(vfs.CrashCloneCfg{})
	s = openIn(t, "data", errorfs.Wrap(mem, errorfs.InjectorFunc(func(errorfs.Op) error {
		cutting.Lock()
		defer cutting.Unlock()
		for range 10 {
			cuts = append(cuts, mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50, RNG: random}))
		}
		return nil
	})))
	require.NoError(t, s.Close())
	for _, cut := range cuts {
		s := openIn(t, "data", cut)
		assertSame(t, want, loaded(t, s, "Bob"))
		require.NoError(t, s.Close())
	}
}
