package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

// Updates that do not continue their lists are refused with all that came with them.
func TestUpdatesThatDoNotFit(t *testing.T) {
	s := streamOf(t, openMemory(t))
	for _, name := range []string{"Bob", "Ann", "Bob", "Bob", "Bob"} {
		add(t, s.Store, name, "milk")
	}
	u := slices.Clone(s.updates)
	_, err := run(s.Store, "Bob", loaded(t, s.Store, "Bob"), func(d *todo.Draft) error { _, err := d.Finish(1); return err })
	require.NoError(t, err)
	finish := s.updates[len(s.updates)-1]
	wrong := func(u Update, f func(u *Update)) Update {
		u.Changes = slices.Clone(u.Changes)
		f(&u)
		return u
	}
	for name, last := range map[string]Update{
		"one is left out":         u[3],
		"it is another revision":  wrong(u[2], func(u *Update) { u.Changes[0].Rev++ }),
		"it is another partition": wrong(u[2], func(u *Update) { u.Partition = (u.Partition + 1) % someSource.Partitions }),
		"it is empty":             wrong(u[2], func(u *Update) { u.Changes = nil }),
		"its version is older":    wrong(u[2], func(u *Update) { u.After = u.Version }),
		"a drop is inside": wrong(u[2], func(u *Update) {
			u.Changes = append([]todo.Change{{Kind: todo.Drop, Rev: 2}}, u.Changes...)
		}),
		"it takes what is not there": wrong(u[2], func(u *Update) {
			entry := todo.Entry{ID: 7, Title: "a"}
			u.Changes[0].Edits = []todo.Edit{{Before: entry}, {Before: entry}}
		}),
		"it follows another list": wrong(finish, func(u *Update) { u.List, u.Partition = "Ann", PartitionOf("Ann", 4) }),
	} {
		t.Run(name, func(t *testing.T) {
			r := openReplica(t, vfs.NewMem())
			a := &audience{}
			stop, err := r.Follow(ctx, nil, a.hear)
			require.NoError(t, err)
			t.Cleanup(stop)
			require.NoError(t, r.Apply(ctx, u[:1], nil))
			before := r.Latest()
			err = r.Apply(ctx, []Update{u[1], last}, nil)
			require.ErrorIs(t, err, code(todo.Damaged))
			assert.Contains(t, err.Error(), last.List)
			assert.Equal(t, before, r.Latest())
			assert.Equal(t, before, r.position)
			assert.Zero(t, loaded(t, r, "Ann").Version)
			assert.Equal(t, 1, a.len())
			require.NoError(t, r.Apply(ctx, u, s.position), "it goes on with the right ones")
			assert.Equal(t, len(u), a.len())
			checkClean(t, r)
		})
	}
}

// A drop need not continue the list: of what was before it, the stream keeps nothing.
func TestDropSkipsWhatIsGone(t *testing.T) {
	s := streamOf(t, openMemory(t))
	add(t, s.Store, "Bob", "milk")
	add(t, s.Store, "Bob", "bread")
	drop := func(d *todo.Draft) error { _, err := d.Once(&todo.Operation{Key: [16]byte{7}}, d.Drop); return err }
	_, err := run(s.Store, "Bob", loaded(t, s.Store, "Bob"), drop)
	require.NoError(t, err)
	add(t, s.Store, "Bob", "eggs")
	for known := range 3 {
		r := openReplica(t, vfs.NewMem())
		require.NoError(t, r.Apply(ctx, s.updates[:known], nil))
		require.NoError(t, r.Apply(ctx, s.updates[2:], nil))
		assertReplica(t, s, r)
	}
}

// Without updates a replica only moves on.
func TestOnlyThePositionMoves(t *testing.T) {
	fs := vfs.NewMem()
	r := openReplica(t, fs)
	require.NoError(t, r.Apply(ctx, nil, todo.Position{0, 7}))
	require.NoError(t, r.Apply(ctx, nil, todo.Position{3, 5}))
	assert.Equal(t, todo.Position{3, 7, 0, 0}, r.Latest())
	require.NoError(t, r.Close())
	assert.Equal(t, todo.Position{3, 7, 0, 0}, openReplica(t, fs).Latest())
}

// What a replica does not know of a list's days after a start, it finds out when it must.
func TestFirstOpenDayAfterAStart(t *testing.T) {
	s := streamOf(t, openMemory(t))
	fs := vfs.NewMem()
	r := openReplica(t, fs)
	random := rand.New(rand.NewPCG(1, 1))
	add(t, s.Store, "Bob", "a", "a", "bb")
	for _, done := range [][]uint64{{3}, {1}, {2}} {
		s.to(t, r, random)
		require.NoError(t, r.Close())
		r = openReplica(t, fs)
		_, err := run(s.Store, "Bob", loaded(t, s.Store, "Bob"), func(d *todo.Draft) error { _, err := d.Finish(done...); return err })
		require.NoError(t, err)
		s.to(t, r, random)
		assertReplica(t, s, r)
	}
}

// A list that is damaged on this machine keeps nobody from following the others.
func TestApplyOverDamage(t *testing.T) {
	s := streamOf(t, openMemory(t))
	addMany(t, s.Store, "Bob", 10)
	add(t, s.Store, "Ann", "milk")
	fs := vfs.NewMem()
	r := openReplica(t, fs)
	random := rand.New(rand.NewPCG(1, 1))
	s.to(t, r, random)
	require.NoError(t, r.Close())
	r = openReplica(t, fs)
	put(t, r, recordKey("Bob", 1), flipped(valueOf(t, r, recordKey("Bob", 1))))
	was := loaded(t, s.Store, "Bob").FirstOpen()
	_, err := run(s.Store, "Bob", loaded(t, s.Store, "Bob"), func(d *todo.Draft) error { _, err := d.Delete(1, 3); return err })
	require.NoError(t, err)
	add(t, s.Store, "Ann", "bread")
	s.to(t, r, random)
	addMany(t, s.Store, "Bob", snapshotEvery)
	s.to(t, r, random)
	assertSame(t, loaded(t, s.Store, "Ann"), loaded(t, r, "Ann"))
	_, err = r.Load(ctx, "Bob")
	require.ErrorIs(t, err, code(todo.Damaged))
	for h, err := range r.Heads(ctx, "Bob", "") {
		require.NoError(t, err)
		assert.LessOrEqual(t, h.FirstOpen, was, "whoever looks for entries looks into it")
	}
}

// While updates are applied, readers see lists as they were at some time, and followers who come
// meanwhile miss nothing and hear nothing twice.
func TestReadersOfABusyReplica(t *testing.T) {
	s := streamOf(t, openMemory(t))
	random := rand.New(rand.NewPCG(3, 3))
	s.change(t, random, 200)
	want := map[string][]todo.Version{}
	for _, u := range s.updates {
		want[u.List] = append(want[u.List], u.Version)
	}
	r := openReplica(t, vfs.NewMem())
	done := make(chan struct{})
	var group sync.WaitGroup
	read := func(f func() error) {
		group.Go(func() {
			for {
				if err := f(); !assert.NoError(t, err) {
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	early := &audience{}
	stop, err := r.Follow(ctx, nil, early.hear)
	require.NoError(t, err)
	t.Cleanup(stop)
	read(func() error {
		for h, err := range r.Heads(ctx, "", "") {
			if err != nil {
				return err
			}
			if list, err := r.Load(ctx, h.Name); err != nil || list.Version < h.Version {
				return fmt.Errorf("%q: version %d, not %d: %w", h.Name, list.Version, h.Version, err)
			}
			for _, err := range r.Since(ctx, h.Name, h.Version) {
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
	read(func() error {
		for _, err := range r.Find(ctx, "", "", func([]byte) bool { return true }) {
			if err != nil {
				return err
			}
		}
		_, err := r.Totals(ctx)
		return err
	})
	read(func() error {
		late := &audience{}
		stop, err := r.Follow(ctx, nil, late.hear)
		stop()
		for name, versions := range late.told {
			if !slices.IsSorted(versions) || len(slices.Compact(versions)) < len(late.told[name]) {
				return fmt.Errorf("%q: %v", name, versions)
			}
		}
		return err
	})
	s.to(t, r, random)
	close(done)
	group.Wait()
	assert.Equal(t, want, early.told)
	assertReplica(t, s, r)
}

// When the log can't be written, nothing is applied any more, and reads go on.
func TestApplyWithAFailingLog(t *testing.T) {
	s := streamOf(t, openMemory(t))
	add(t, s.Store, "Bob", "milk")
	mem := vfs.NewMem()
	fs, fault := faulty(mem, ".log", errorfs.OpFileWrite, errorfs.OpFileSync, errorfs.OpFileSyncData)
	r, err := openTelling("data", fs, &someSource, func(string) {})
	require.NoError(t, err)
	random := rand.New(rand.NewPCG(1, 1))
	s.to(t, r, random)
	fault.On()
	var failed error
	for failed == nil {
		add(t, s.Store, "Bob", strings.Repeat("x", todo.MaxTitle))
		failed = r.Apply(ctx, s.updates[len(s.updates)-1:], nil)
	}
	require.ErrorIs(t, failed, code(Broken))
	require.ErrorIs(t, r.Apply(ctx, nil, todo.Position{1 << 20}), code(Broken))
	loaded(t, r, "Bob")
	require.Error(t, r.Close())
	fault.Off()
	r = openReplica(t, mem)
	s.updates = s.all
	s.to(t, r, random)
	assertReplica(t, s, r)
}

// On a full disk nothing is applied, and where there is room again, it goes on.
func TestApplyOnAFullDisk(t *testing.T) {
	s := streamOf(t, openMemory(t))
	add(t, s.Store, "Bob", "milk")
	small := newSmallDisk(64 << 20)
	r := openReplica(t, small)
	small.others(1 << 20)
	before := r.Latest()
	require.ErrorIs(t, r.Apply(ctx, s.updates, s.position), code(DiskFull))
	assert.Equal(t, before, r.Latest())
	assert.Zero(t, loaded(t, r, "Bob").Version)
	small.others(40 << 20)
	s.to(t, r, rand.New(rand.NewPCG(1, 1)))
	assertReplica(t, s, r)
}

func TestOnlyReplicasTakeUpdates(t *testing.T) {
	s := streamOf(t, openMemory(t))
	list := add(t, s.Store, "Bob", "milk")
	require.ErrorIs(t, s.Apply(ctx, s.updates, nil), errEmbedded)
	r := openReplica(t, vfs.NewMem())
	_, err := run(r, "Bob", todo.List{}, adding("milk"))
	require.ErrorIs(t, err, errReplica)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	require.ErrorIs(t, r.Apply(ended, s.updates, nil), context.Canceled)
	require.NoError(t, r.Apply(ctx, s.updates, nil))
	assertSame(t, list, loaded(t, r, "Bob"))
}
