package store

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"todoshell/todo"
)

func TestEmptyStore(t *testing.T) {
	s := openMemory(t)
	assertSame(t, todo.List{}, loaded(t, s, "Bob"))
	assert.Empty(t, namesOf(t, s, ""))
	for range s.History(ctx, "Bob") {
		require.Fail(t, "there is no history")
	}
	_, err := s.Change(ctx, "Bob", 1)
	require.ErrorIs(t, err, code(todo.Damaged))
}

func TestAppendAndLoad(t *testing.T) {
	s := openMemory(t)
	list, changes := everyKind(t)
	require.NoError(t, s.Append(ctx, "Bob", list, changes), "all in one record")
	assertSame(t, list, loaded(t, s, "Bob"))

	d := todo.List{}.Draft()
	for _, c := range changes { // each in its own
		require.NoError(t, d.Apply(c))
		require.NoError(t, s.Append(ctx, "Alice", d.Snapshot(), []todo.Change{c}))
		assertSame(t, d.Snapshot(), loaded(t, s, "Alice"))
	}
	for _, name := range []string{"Alice", "Bob"} {
		var history []todo.Change
		for c, err := range s.History(ctx, name) {
			require.NoError(t, err)
			history = append(history, c)
		}
		assert.Equal(t, changes, history)
		for _, want := range changes {
			got, err := s.Change(ctx, name, want.Rev)
			require.NoError(t, err)
			assert.Equal(t, want, got)
		}
		for _, rev := range []uint64{0, uint64(len(changes)) + 1, 1 << 63} {
			_, err := s.Change(ctx, name, rev)
			require.ErrorIs(t, err, code(todo.Damaged))
			assert.ErrorContains(t, err, fmt.Sprintf("list %q: revision %d", name, rev))
		}
	}
	for range s.History(ctx, "Bob") {
		break // leaves nothing open: closing would tell
	}
}

func TestNames(t *testing.T) {
	s := openMemory(t)
	hostile := []string{"a", "a ", "a!", "aa", "ab", "b", "B", "..", "a/b", "买", "買い物", "買い物リスト", "🛒", "🛒🛒", "é", "n", "s", "j", long,
		"\U0010ffff", "\U0010ffff\U0010ffff"}
	for _, name := range hostile {
		require.NoError(t, todo.CheckName(name))
		add(t, s, name, name)
	}
	slices.Sort(hostile)
	assert.Equal(t, hostile, namesOf(t, s, ""))
	for _, name := range hostile {
		assert.Equal(t, []string{name}, titles(loaded(t, s, name)))
	}
	for _, prefix := range append(slices.Clone(hostile), "买 ", "z", "a\x00") {
		want := slices.DeleteFunc(slices.Clone(hostile), func(name string) bool { return !strings.HasPrefix(name, prefix) })
		assert.Equal(t, append([]string(nil), want...), namesOf(t, s, prefix), "prefix %q", prefix)
	}

	before := map[string]todo.List{}
	for _, name := range hostile {
		before[name] = loaded(t, s, name)
	}
	for _, name := range hostile { // one at a time: none takes a neighbour along
		_, err := run(s, name, before[name], (*todo.Draft).Drop)
		require.NoError(t, err)
		delete(before, name)
		assert.ElementsMatch(t, slices.Collect(maps.Keys(before)), namesOf(t, s, ""))
		for other, list := range before {
			assertSame(t, list, loaded(t, s, other))
		}
	}
}

func TestConflict(t *testing.T) {
	s := openMemory(t)
	first := add(t, s, "Bob", "one")
	second := add(t, s, "Bob", "two")
	for name, list := range map[string]todo.List{"behind": first, "new": {}} {
		_, err := run(s, "Bob", list, adding("three"))
		require.ErrorIs(t, err, todo.ErrConflict, name)
	}
	ahead, err := second.Apply(todo.Change{Rev: 3, Kind: todo.Add, Edits: []todo.Edit{{After: todo.Entry{ID: 3, Title: "x"}}}})
	require.NoError(t, err)
	_, err = run(s, "Bob", ahead, adding("four"))
	require.ErrorIs(t, err, todo.ErrConflict)
	_, err = run(s, "Alice", first, adding("of another list"))
	require.ErrorIs(t, err, todo.ErrConflict)
	assertSame(t, second, loaded(t, s, "Bob"))
	assert.Equal(t, []string{"Bob"}, namesOf(t, s, ""))

	_, err = run(s, "Bob", second, adding("three"))
	require.NoError(t, err, "a conflict spoils nothing")
}

func TestDrop(t *testing.T) {
	s := openMemory(t)
	list := add(t, s, "Bob", "one", "two")
	list, err := run(s, "Bob", list, (*todo.Draft).Drop)
	require.NoError(t, err)
	assertSame(t, todo.List{}, loaded(t, s, "Bob"))
	assert.Empty(t, namesOf(t, s, ""))
	_, err = s.Change(ctx, "Bob", 1)
	require.ErrorIs(t, err, code(todo.Damaged))

	list, err = run(s, "Bob", list, adding("three", "four"))
	require.NoError(t, err)
	assertSame(t, list, loaded(t, s, "Bob"))

	// All at once: what comes before the last drop leaves no trace.
	list, err = run(s, "Bob", list, func(d *todo.Draft) error {
		for _, f := range []func(*todo.Draft) error{adding("five"), (*todo.Draft).Drop, adding("six"), (*todo.Draft).Drop, adding("seven", "eight")} {
			if err := f(d); err != nil {
				return err
			}
		}
		return nil
	})
	require.NoError(t, err)
	assert.Equal(t, []string{"seven", "eight"}, titles(list))
	assertSame(t, list, loaded(t, s, "Bob"))
	again, err := replay(s, "Bob")
	require.NoError(t, err)
	assertSame(t, list, again)
	assert.Equal(t, 1, countOf(t, s).records)

	addMany(t, s, "Bob", snapshotEvery)
	assert.Equal(t, keys{records: 2, snapshots: 1}, countOf(t, s))
	list, err = run(s, "Bob", loaded(t, s, "Bob"), (*todo.Draft).Drop)
	require.NoError(t, err)
	assert.Equal(t, keys{}, countOf(t, s))
	_, err = run(s, "Bob", list, adding("nine"))
	require.NoError(t, err)
}

func countOf(tb testing.TB, s *Store) keys {
	tb.Helper()
	all, err := count(s.db)
	require.NoError(tb, err)
	return all
}

func TestSnapshots(t *testing.T) {
	s := openMemory(t)
	list := addMany(t, s, "Bob", snapshotEvery-1)
	assert.Equal(t, keys{records: 1}, countOf(t, s))
	list, err := run(s, "Bob", list, adding("the one that is too many"))
	require.NoError(t, err)
	assert.Equal(t, keys{records: 2, snapshots: 1}, countOf(t, s))
	assertSame(t, list, loaded(t, s, "Bob"))

	for range 3 {
		list = add(t, s, "Bob", "after the snapshot")
	}
	// Load reads nothing from before the snapshot: not even that it is gone.
	require.NoError(t, s.db.DeleteRange(recordKey("Bob", 0), recordKey("Bob", 3), pebble.Sync))
	assertSame(t, list, loaded(t, s, "Bob"))
	_, err = replay(s, "Bob")
	require.ErrorIs(t, err, code(todo.Damaged))
	_, err = run(s, "Bob", list, (*todo.Draft).Drop)
	require.NoError(t, err, "for the check at the end")
}

// A snapshot comes only when as many edits have come as the list has entries.
func TestSnapshotsGrowApart(t *testing.T) {
	s := openMemory(t)
	addMany(t, s, "Bob", 3*snapshotEvery)
	first := valueOf(t, s, snapshotKey("Bob"))
	addMany(t, s, "Bob", 3*snapshotEvery-1)
	assert.Equal(t, first, valueOf(t, s, snapshotKey("Bob")))
	list := add(t, s, "Bob", "one more")
	assert.NotEqual(t, first, valueOf(t, s, snapshotKey("Bob")))
	assertSame(t, list, loaded(t, s, "Bob"))
}

// More lists than heads are kept of.
func TestHeadsComeAndGo(t *testing.T) {
	s := openMemory(t)
	for i := range s.heads {
		s.heads[i].of = map[string]head{}
		for j := range maxHeads {
			s.heads[i].of[fmt.Sprint("not there ", j)] = head{rev: 1}
		}
	}
	list := add(t, s, "Bob", "one", "two")
	_, err := run(s, "Bob", list, adding("three"))
	require.NoError(t, err)
	for i := range s.heads {
		assert.LessOrEqual(t, len(s.heads[i].of), maxHeads)
	}
}

// Random commands on random lists, with reopening, against lists in memory.
func TestModel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		fs := vfs.NewMem()
		s := openIn(t, "data", fs)
		model := map[string]todo.List{}
		name := rapid.SampledFrom([]string{"a", "ab", "b", "買"})
		r.Repeat(map[string]func(*rapid.T){
			"": func(r *rapid.T) {
				require.ElementsMatch(r, slices.Collect(maps.Keys(model)), namesOf(t, s, ""))
				name := name.Draw(r, "name")
				require.True(r, equal(model[name], loaded(t, s, name)))
			},
			"change": func(r *rapid.T) {
				name, n := name.Draw(r, "name"), rapid.IntRange(1, 8).Draw(r, "changes")
				seed := rapid.Uint64().Draw(r, "seed")
				list, err := run(s, name, model[name], func(d *todo.Draft) error { return commands(d, n, seed) })
				require.NoError(r, err)
				model[name] = list
				if list.Rev == 0 {
					delete(model, name)
				}
			},
			"import": func(r *rapid.T) {
				name := name.Draw(r, "name")
				model[name] = addMany(t, s, name, rapid.SampledFrom([]int{1, 2, 3, 4, 5, 6, 7, snapshotEvery}).Draw(r, "entries"))
			},
			"reopen": func(r *rapid.T) {
				require.NoError(r, s.Close())
				s = openIn(t, "data", fs)
			},
		})
		checkClean(t, s)
		for name, want := range model {
			got, err := replay(s, name)
			require.NoError(r, err)
			require.True(r, equal(want, got))
		}
		require.NoError(r, s.Close())
	})
}

// commands runs n random commands that change something.
func commands(d *todo.Draft, n int, seed uint64) error {
	random := rand.New(rand.NewPCG(seed, 0))
	for made := 0; made < n; made = len(d.Changes) {
		var err error
		switch id := 1 + random.Uint64N(d.LastID+1); random.IntN(8) {
		case 0, 1:
			_, err = d.Add(todo.Date(random.IntN(9)), fmt.Sprint(random.IntN(9)))
		case 2:
			_, err = d.Finish(id)
		case 3:
			_, err = d.SetTitle(id, fmt.Sprint(random.IntN(9)))
		case 4:
			_, err = d.Delete(id)
		case 5:
			_, err = d.Undo()
		case 6:
			_, err = d.Redo()
		case 7:
			if random.IntN(10) == 0 {
				err = d.Drop()
			}
		}
		if damaged := code(todo.Damaged); err != nil && err.(*todo.Error).Is(damaged) {
			return err
		}
	}
	return nil
}
