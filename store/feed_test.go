package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

// An audience notes which versions of which lists it was told.
type audience struct {
	mu   sync.Mutex
	told map[string][]todo.Version
	all  []todo.Version
}

func (a *audience) hear(one todo.Append) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.told == nil {
		a.told = map[string][]todo.Version{}
	}
	a.told[one.List] = append(a.told[one.List], one.Version)
	a.all = append(a.all, one.Version)
}

func (a *audience) len() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.all)
}

// follows has an audience follow from a version on, until the test ends or stop is called.
func follows(tb testing.TB, s *Store, from todo.Version) (a *audience, stop func()) {
	tb.Helper()
	a = &audience{}
	stop, err := s.Follow(ctx, todo.Position{from}, a.hear)
	require.NoError(tb, err)
	tb.Cleanup(stop)
	return a, stop
}

// An append is told before it is answered, also that of many lists at a time, in the order of
// the versions.
func TestToldBeforeAnswered(t *testing.T) {
	s := openMemory(t)
	a, _ := follows(t, s, 0)
	var group sync.WaitGroup
	for i := range 64 {
		group.Go(func() {
			name, list := fmt.Sprint("list ", i), todo.List{}
			for range 20 {
				next, err := run(s, name, list, adding("one"))
				if err != nil {
					t.Error(err)
					return
				}
				list = next
				a.mu.Lock()
				told := a.told[name]
				assert.Equal(t, list.Version, told[len(told)-1])
				assert.True(t, s.Latest().Includes(0, list.Version))
				a.mu.Unlock()
			}
		})
	}
	group.Wait()
	assert.IsIncreasing(t, a.all)
	assert.Len(t, a.all, 64*20)
}

// Those who come from long ago look through all lists, from a short while ago through those
// that were changed, and from now through none. In any case they miss nothing.
func TestFollowersCatchUp(t *testing.T) {
	s := openMemory(t)
	var versions []todo.Version
	for i := range 3 * len(s.feed.recent.ring) / 2 {
		versions = append(versions, add(t, s, fmt.Sprint("list ", i%7), "one").Version)
	}
	for _, known := range []int{0, 1, len(versions) / 4, len(versions)/3 - 1, len(versions) / 3, len(versions)/3 + 1, len(versions) - 1, len(versions)} {
		from := todo.Version(0)
		if known > 0 {
			from = versions[known-1]
		}
		a, stop := follows(t, s, from)
		assert.Equal(t, len(versions)-known, a.len(), "after %d", known)
		versions = append(versions, add(t, s, "list 3", "live").Version)
		assert.Equal(t, len(versions)-known, a.len())
		for _, told := range a.told {
			assert.IsIncreasing(t, told)
		}
		stop()
		versions = append(versions, add(t, s, "list 3", "unheard").Version)
		assert.Equal(t, len(versions)-1-known, a.len())
	}
}

// While followers catch up, others go on.
func TestFollowersCatchUpWithABusyStore(t *testing.T) {
	s := openMemory(t)
	for i := range 2000 {
		add(t, s, fmt.Sprint("list ", i), "one")
	}
	stop := make(chan struct{})
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
					name := fmt.Sprint("list ", i+8*(n%300))
					list, err := s.Load(ctx, name)
					if err == nil {
						_, err = run(s, name, list, adding("more"))
					}
					if !assert.NoError(t, err) {
						return
					}
				}
			}
		})
	}
	var audiences []*audience
	for range 5 {
		a, _ := follows(t, s, 0)
		audiences = append(audiences, a)
	}
	close(stop)
	group.Wait()
	for _, a := range audiences {
		want := 0
		for h, err := range s.Heads(ctx, "", "") {
			require.NoError(t, err)
			n := 0
			for one, err := range s.Since(ctx, h.Name, 0) {
				require.NoError(t, err)
				require.Equal(t, one.Version, a.told[h.Name][n], h.Name)
				n++
			}
			require.Len(t, a.told[h.Name], n, "nothing twice")
			want += n
		}
		assert.Len(t, a.all, want)
	}
}

func TestFollowingEndsWithTheStore(t *testing.T) {
	s := openIn(t, "data", vfs.NewMem())
	add(t, s, "Bob", "one")
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_, err := s.Follow(ended, nil, func(todo.Append) {})
	require.ErrorIs(t, err, context.Canceled)
	_, stop := follows(t, s, 0)
	require.NoError(t, s.Close())
	stop()
	_, err = s.Follow(ctx, nil, func(todo.Append) {})
	require.ErrorIs(t, err, errClosed)
}

// A damaged journal keeps nobody from following the others.
func TestFollowingOverDamage(t *testing.T) {
	s := openIn(t, "data", vfs.NewMem())
	for i := range 2000 {
		add(t, s, fmt.Sprint("list ", i), "one")
	}
	put(t, s, recordKey("list 7", 1), flipped(valueOf(t, s, recordKey("list 7", 1))))
	put(t, s, headKey("list 8"), flipped(valueOf(t, s, headKey("list 8"))))
	a, _ := follows(t, s, 0)
	assert.Equal(t, 1998, a.len())
}

// Of those whose fsync fails nobody is told, and the journal says that it doesn't know.
func TestFailingFsyncIsNotTold(t *testing.T) {
	mem := vfs.NewCrashableMem()
	fs, fault := faulty(mem, ".log", errorfs.OpFileSync, errorfs.OpFileSyncData)
	s := openIn(t, "data", fs)
	before := map[string]todo.List{}
	for i := range 20 {
		before[fmt.Sprint("list ", i)] = add(t, s, fmt.Sprint("list ", i), "one")
	}
	other := add(t, s, "other", "one")
	a, _ := follows(t, s, other.Version)
	latest := s.Latest()
	fault.On()
	var group sync.WaitGroup
	var unknown sync.Map
	for name, list := range before {
		group.Go(func() {
			_, err := run(s, name, list, adding("two"))
			assert.True(t, errors.Is(err, todo.ErrOutcomeUnknown) || errors.Is(err, code(Broken)), "%v", err)
			if errors.Is(err, todo.ErrOutcomeUnknown) {
				unknown.Store(name, true)
			}
		})
	}
	group.Wait()
	assert.Zero(t, a.len())
	assert.Equal(t, latest, s.Latest())
	doubtful := 0
	for name, list := range before {
		appends, last := 0, error(nil)
		for _, err := range s.Since(ctx, name, 0) {
			if last = err; err == nil {
				appends++
			}
		}
		assert.Equal(t, 1, appends, "what is durable")
		if _, doubt := unknown.Load(name); doubt {
			doubtful++
			require.ErrorIs(t, last, code(Broken), name)
		} else {
			require.NoError(t, last)
		}
		assert.GreaterOrEqual(t, loadedOrNone(s, name).Version, list.Version)
	}
	assert.NotZero(t, doubtful)
	for a, err := range s.Since(ctx, "other", 0) {
		require.NoError(t, err, "there is no doubt about it")
		assert.Equal(t, other.Version, a.Version)
	}
}
