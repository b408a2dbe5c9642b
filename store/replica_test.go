package store

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
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

var someSource = Source{ID: "todo since 2026-01-01T00:00:00Z", Partitions: 4}

// A stream makes the updates of an embedded store's appends, as a cluster would tell them.
type stream struct {
	*Store
	mu       sync.Mutex
	lists    map[string]todo.List
	all      []Update
	updates  []Update // that have not been applied
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
	tb.Helper()
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
	s.all, s.updates = append(s.all, u), append(s.updates, u)
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
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	s := streamOf(t, openMemory(t))
	fs := vfs.NewCrashableMem()
	r := openReplica(t, fs)
	followed := &audience{}
	stop, err := r.Follow(ctx, nil, followed.hear)
	require.NoError(t, err)
	s.change(t, random, 100)
	updates := len(s.updates)
	s.to(t, r, random)
	stop()
	assert.Equal(t, updates, followed.len(), "each is told once")
	for range 10 {
		assertReplica(t, s, r)
		if random.IntN(2) == 0 {
			require.NoError(t, r.Close())
			r = openReplica(t, fs)
			assert.Equal(t, s.position, r.Latest())
			assertReplica(t, s, r)
		}
		s.change(t, random, 20)
		s.to(t, r, random)
	}

	s.change(t, random, 50)
	s.to(t, r, random)
	crashed := fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50, RNG: random})
	r = openReplica(t, crashed)
	checkClean(t, r)
	for _, u := range s.all {
		if u.Version > r.Latest().Of(u.Partition) {
			s.updates = append(s.updates, u)
		}
	}
	s.to(t, r, random)
	assertReplica(t, s, r)
}

// What a folder is, it stays.
func TestRefusedFolders(t *testing.T) {
	fs := vfs.NewMem()
	as := func(source *Source) error {
		s, err := openTelling("data", fs, source, func(string) {})
		if err == nil {
			err = s.Close()
		}
		return err
	}
	refused := func(err error, words ...string) {
		t.Helper()
		require.ErrorIs(t, err, code(CantOpen))
		for _, word := range append(words, "data folder data") {
			assert.Contains(t, err.Error(), word)
		}
	}
	require.NoError(t, as(nil))
	require.NoError(t, as(nil))
	require.NoError(t, as(&someSource), "an empty folder becomes a replica")
	require.NoError(t, as(&someSource))
	refused(as(nil), "is a replica of the cluster "+someSource.ID, "--nats-url", "todoshell backup")
	refused(as(&Source{ID: "another", Partitions: 4}), "replica of another cluster", "another", someSource.ID)
	refused(as(&Source{ID: someSource.ID, Partitions: 8}), "4 partitions", "8")
	require.NoError(t, as(&someSource), "nothing of that has changed it")

	fs = vfs.NewMem()
	s := openIn(t, "data", fs)
	list := add(t, s, "Bob", "milk")
	require.NoError(t, s.Close())
	refused(as(&someSource), "holds lists of its own", "todoshell upload data", "--data")
	s = openIn(t, "data", fs)
	assertSame(t, list, loaded(t, s, "Bob"))
	_, err := run(s, "Bob", list, (*todo.Draft).Drop)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	refused(as(&someSource), "holds lists of its own")

	fs = vfs.NewMem()
	r := openReplica(t, fs)
	put(t, r, replicaKey, flipped(valueOf(t, r, replicaKey)))
	require.NoError(t, r.Close())
	refused(as(&someSource), "checksum")
	refused(as(nil), "checksum")
}

// A backup of a replica is an embedded folder: its lists have the versions that they had, and go on
// above all of them.
func TestBackupOfAReplica(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	s := streamOf(t, openMemory(t))
	s.change(t, random, 60)
	for name, fs := range map[string]vfs.FS{"memory": vfs.NewMem(), "disk": private{vfs.Default}} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			r, err := openTelling(filepath.Join(dir, "data"), fs, &someSource, func(string) {})
			require.NoError(t, err)
			t.Cleanup(func() { _ = r.Close() })
			require.NoError(t, r.Apply(ctx, s.updates, s.position))
			backup := filepath.Join(dir, "backup")
			require.NoError(t, r.Backup(backup))
			require.ErrorIs(t, r.Backup(backup), os.ErrExist)
			assertReplica(t, s, r)

			copied := openIn(t, backup, fs)
			checkClean(t, copied)
			largest := todo.Version(0)
			for h, err := range s.Heads(ctx, "", "") {
				require.NoError(t, err)
				assertSame(t, loaded(t, s.Store, h.Name), loaded(t, copied, h.Name))
				largest = max(largest, h.Version)
			}
			assert.Equal(t, todo.Position{largest}, copied.Latest())
			assert.Greater(t, add(t, copied, "list 1", "it goes its own way").Version, largest)
			checkClean(t, copied)
			require.NoError(t, copied.Close())
			_, err = openTelling(backup, fs, &someSource, func(string) {})
			require.ErrorIs(t, err, code(CantOpen))
		})
	}
}

// A backup of a replica that fails leaves nothing, and does the replica no harm.
func TestFailingBackupOfAReplica(t *testing.T) {
	s := streamOf(t, openMemory(t))
	list := add(t, s.Store, "Bob", "milk")
	mem := vfs.NewMem()
	var n, k atomic.Int64
	r := openReplica(t, errorfs.Wrap(mem, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if strings.HasPrefix(op.Path, "backup") && op.Kind.ReadOrWrite() == errorfs.OpIsWrite && n.Add(1) == k.Load() {
			return errorfs.ErrInjected
		}
		return nil
	})))
	require.NoError(t, r.Apply(ctx, s.updates, nil))
	for {
		n.Store(0)
		k.Add(1)
		err := r.Backup("backup")
		require.NoError(t, r.Ready())
		if n.Load() < k.Load() {
			require.NoError(t, err)
			break
		}
		if err == nil { // a failure that does no harm
			copied := openIn(t, "backup", mem)
			assertSame(t, list, loaded(t, copied, "Bob"))
			require.NoError(t, copied.Close())
			require.NoError(t, mem.RemoveAll("backup"))
		}
		_, err = mem.Stat("backup")
		require.ErrorIs(t, err, os.ErrNotExist, "operation %d left something", k.Load())
	}
	assertReplica(t, s, r)
}

func TestPartitionOf(t *testing.T) {
	for name, sum := range map[string]uint32{"": 0x811c9dc5, "a": 0xe40c292c, "foobar": 0xbf9cf968} { // of the specification
		for _, partitions := range []int{1, 4, 7, 64} {
			assert.Equal(t, int(sum%uint32(partitions)), PartitionOf(name, partitions))
		}
	}
}
