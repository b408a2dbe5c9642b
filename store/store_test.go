package store

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/store/codec"
	"todoshell/todo"
)

func TestEmptyStore(t *testing.T) {
	s := openMemory(t)
	assertSame(t, todo.List{}, loaded(t, s, "Bob"))
	assert.Empty(t, namesOf(t, s, ""))
	for _, err := range s.History(ctx, "Bob", 1) {
		require.Fail(t, "there is no history", "%v", err)
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
		for c, err := range s.History(ctx, name, 1) {
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
			require.ErrorContains(t, err, fmt.Sprintf("list %q: revision %d", name, rev))
		}
	}
	for _, err := range s.History(ctx, "Bob", 1) {
		require.NoError(t, err)
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
			if failed := f(d); failed != nil {
				return failed
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

// Data folders out there hold these keys.
func TestKeysStayAsTheyAre(t *testing.T) {
	assert.Equal(t, "n\xe8\xb2\xb7", string(headKey("買")))
	assert.Equal(t, "s\xe8\xb2\xb7", string(snapshotKey("買")))
	assert.Equal(t, "j\xe8\xb2\xb7\x00\x00\x00\x00\x00\x00\x00\x01\x2c", string(recordKey("買", 300)))
}

func countOf(tb testing.TB, s *Store) keys {
	tb.Helper()
	all, err := count(ctx, s.db)
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
		s.heads[i].young = map[string]codec.Head{}
		for j := range maxHeads {
			s.heads[i].young[fmt.Sprint("not there ", j)] = codec.Head{Rev: 1}
		}
	}
	list := add(t, s, "Bob", "one", "two")
	_, err := run(s, "Bob", list, adding("three"))
	require.NoError(t, err)
	for i := range s.heads {
		assert.LessOrEqual(t, len(s.heads[i].young), maxHeads)
	}
}
