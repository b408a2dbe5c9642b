package store

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

var someSource = Source{ID: "todo since 2026-01-01T00:00:00Z", Partitions: 4}

// A stream makes the updates of an embedded store's appends, as a cluster would tell them.
type stream struct {
	*Store
	mu       sync.Mutex
	lists    map[string]todo.List
	updates  []Update
	position todo.Position
}

func streamOf(tb testing.TB, s *Store) *stream {
	tb.Helper()
	all := &stream{Store: s, lists: map[string]todo.List{}, position: make(todo.Position, someSource.Partitions)}
	stop, err := s.Follow(ctx, nil, func(a todo.Append) { all.hear(tb, a) })
	require.NoError(tb, err)
	tb.Cleanup(stop)
	return all
}

func (s *stream) hear(tb testing.TB, a todo.Append) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a.Changes = slices.Clone(a.Changes)
	a.Partition = PartitionOf(a.List, someSource.Partitions)
	next, err := s.lists[a.List].Appended(a)
	if err != nil {
		tb.Error(err)
	}
	s.lists[a.List] = next
	u := Update{Append: a}
	if u.drops() {
		u.Dropped = next
	}
	s.updates = append(s.updates, u)
	s.position[a.Partition] = a.Version
}

// to applies all updates that there are to a replica, in batches of random size, some of
// them again.
func (s *stream) to(tb testing.TB, r *Store, random *rand.Rand) {
	tb.Helper()
	for len(s.updates) > 0 {
		n := min(1+random.IntN(40), len(s.updates))
		at := todo.Position{}
		for _, u := range s.updates[:n] {
			at = at.With(u.Partition, u.Version)
		}
		require.NoError(tb, r.Apply(ctx, s.updates[:n], at))
		if random.IntN(2) == 0 {
			n -= random.IntN(n)
		}
		s.updates = s.updates[n:]
	}
	require.Equal(tb, s.position, r.Latest())
}

// change runs random commands on random lists.
func (s *stream) change(tb testing.TB, random *rand.Rand, n int) {
	tb.Helper()
	for range n {
		name := fmt.Sprint("list ", random.IntN(12))
		if random.IntN(20) == 0 {
			addMany(tb, s.Store, name, 1+random.IntN(snapshotEvery))
		}
		o := todo.Operation{}
		o.Key[0] = byte(random.Uint64())
		_, err := run(s.Store, name, loaded(tb, s.Store, name), func(d *todo.Draft) error {
			f := func() error { return adding("keyed")(d) }
			if random.IntN(12) == 0 && d.Rev > 0 {
				f = d.Drop
			}
			_, _ = d.Once(&o, f) // unless the list remembers the key
			if len(d.Changes) > 0 && d.Rev == 0 {
				return nil
			}
			return commands(d, len(d.Changes)+1+random.IntN(5), random.Uint64())
		})
		require.NoError(tb, err)
	}
}

func openReplica(tb testing.TB, fs vfs.FS) *Store {
	tb.Helper()
	r, err := openTelling("data", fs, &someSource, func(string) {})
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = r.Close() })
	return r
}

// A replica of a store is the same to whoever reads.
func assertReplica(tb testing.TB, s *stream, r *Store) {
	tb.Helper()
	checkClean(tb, r)
	var want, got []todo.Head
	for h, err := range s.Heads(ctx, "", "") {
		require.NoError(tb, err)
		h.Partition = PartitionOf(h.Name, someSource.Partitions)
		want = append(want, h)
	}
	for h, err := range r.Heads(ctx, "", "") {
		require.NoError(tb, err)
		got = append(got, h)
	}
	require.Equal(tb, want, got)
	a := &audience{}
	stop, err := r.Follow(ctx, nil, a.hear)
	require.NoError(tb, err)
	stop()
	for _, h := range want {
		assertSame(tb, loaded(tb, s.Store, h.Name), loaded(tb, r, h.Name))
		assert.Equal(tb, collect(tb, s.History(ctx, h.Name, 1)), collect(tb, r.History(ctx, h.Name, 1)))
		since := collect(tb, s.Since(ctx, h.Name, 0))
		var versions []todo.Version
		for i := range since {
			since[i].Partition = h.Partition
			versions = append(versions, since[i].Version)
		}
		assert.Equal(tb, since, collect(tb, r.Since(ctx, h.Name, 0)))
		assert.Equal(tb, versions, a.told[h.Name])
	}
	assert.Equal(tb, collect(tb, s.Due(ctx, "", 0)), collect(tb, r.Due(ctx, "", 0)))
	all := func([]byte) bool { return true }
	assert.Equal(tb, collect(tb, s.Find(ctx, "", "", all)), collect(tb, r.Find(ctx, "", "", all)))
	assert.Equal(tb, totalsOf(tb, s.Store), totalsOf(tb, r))
}

func collect[T any](tb testing.TB, values iter.Seq2[T, error]) (all []T) {
	tb.Helper()
	for v, err := range values {
		require.NoError(tb, err)
		all = append(all, v)
	}
	return all
}

// A replica is what its source is, at any time, after an end and a start, and after a crash, from
// which it goes on at the position that was kept.
func TestReplica(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	s := streamOf(t, openMemory(t))
	fs := vfs.NewCrashableMem()
	r := openReplica(t, fs)
	followed := &audience{}
	stop, err := r.Follow(ctx, nil, followed.hear)
	require.NoError(t, err)
	for range 10 {
		s.change(t, random, 20)
		s.to(t, r, random)
		assertReplica(t, s, r)
	}
	stop()
	heard := followed.len()
	assert.NotZero(t, heard)
	require.NoError(t, r.Close())
	r = openReplica(t, fs)
	assert.Equal(t, s.position, r.Latest())
	assertReplica(t, s, r)

	since := slices.Clone(s.position)
	s.change(t, random, 50)
	missed := slices.Clone(s.updates)
	s.to(t, r, random)
	crashed := fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50, RNG: random})
	r = openReplica(t, crashed)
	for partition, v := range r.Latest() {
		assert.GreaterOrEqual(t, v, since.Of(partition))
	}
	for _, u := range missed {
		if u.Version > r.Latest().Of(u.Partition) {
			s.updates = append(s.updates, u)
		}
	}
	s.to(t, r, random)
	assertReplica(t, s, r)
}
