package store

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

func TestEmptyStore(t *testing.T) {
	s := openMemory(t)
	assertSame(t, todo.List{}, loaded(t, s, "Bob"))
	assert.Empty(t, namesOf(t, s, ""))
	for _, err := range s.History(ctx, "Bob", 1) {
		require.Fail(t, "there is no history", "%v", err)
	}
}

func TestAppendAndLoad(t *testing.T) {
	s := openMemory(t)
	list, changes := everyKind(t)
	list, err := appendTo(s, "Bob", todo.List{}, list, changes)
	require.NoError(t, err, "all in one record")
	assertSame(t, list, loaded(t, s, "Bob"))

	d := todo.List{}.Draft()
	for _, c := range changes { // each in its own
		before := d.Snapshot()
		require.NoError(t, d.Apply(c))
		d.List, err = appendTo(s, "Alice", before, d.Snapshot(), []todo.Change{c})
		require.NoError(t, err)
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
			got, err := past(s, name, want.Rev)
			require.NoError(t, err)
			assert.Equal(t, want, got)
		}
		for _, rev := range []uint64{uint64(len(changes)) + 1, 1 << 63} {
			for _, err := range s.History(ctx, name, rev) {
				require.Fail(t, "there is no such revision", "%v", err)
			}
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
	dropped, err := run(s, "Bob", list, (*todo.Draft).Drop)
	require.NoError(t, err)
	assert.Greater(t, dropped.Version, list.Version)
	assertSame(t, todo.List{Version: dropped.Version}, loaded(t, s, "Bob"))
	assert.Empty(t, namesOf(t, s, ""))
	for _, err := range s.History(ctx, "Bob", 1) {
		require.Fail(t, "there is no history", "%v", err)
	}

	list, err = run(s, "Bob", dropped, adding("three", "four"))
	require.NoError(t, err)
	assertSame(t, list, loaded(t, s, "Bob"))
	assert.Equal(t, keys{records: 2, due: 1}, countOf(t, s), "of the drop and of what came after it")

	// All at once: what comes before the drop leaves no trace but in its record.
	list, err = run(s, "Bob", list, func(d *todo.Draft) error {
		return errors.Join(adding("five")(d), d.Drop())
	})
	require.NoError(t, err)
	assert.Empty(t, titles(list))
	assertSame(t, list, loaded(t, s, "Bob"))
	assert.Equal(t, keys{records: 1}, countOf(t, s))

	addMany(t, s, "Bob", snapshotEvery)
	assert.Equal(t, keys{records: 2, snapshots: 1, due: 1}, countOf(t, s))
	list, err = run(s, "Bob", loaded(t, s, "Bob"), (*todo.Draft).Drop)
	require.NoError(t, err)
	assert.Equal(t, keys{records: 1}, countOf(t, s))
	_, err = run(s, "Bob", list, adding("nine"))
	require.NoError(t, err)
}

// Data folders out there hold these keys.
func TestKeysStayAsTheyAre(t *testing.T) {
	assert.Equal(t, "n\xe8\xb2\xb7", string(headKey("買")))
	assert.Equal(t, "s\xe8\xb2\xb7", string(snapshotKey("買")))
	assert.Equal(t, "j\xe8\xb2\xb7\x00\x00\x00\x00\x00\x00\x00\x01\x2c", string(recordKey("買", 300)))
	assert.Equal(t, "d\x00\x0b\x42\xd0\xe8\xb2\xb7", string(dueKey(738_000, "買")))
	assert.Equal(t, "t", string(totalsKey))
	assert.Equal(t, "tr", string(rebuildKey))
}

func countOf(tb testing.TB, s *Store) keys {
	tb.Helper()
	all, err := countKeys(ctx, s.db)
	require.NoError(tb, err)
	return all
}

func TestSnapshots(t *testing.T) {
	s := openMemory(t)
	list := addMany(t, s, "Bob", snapshotEvery-1)
	assert.Equal(t, keys{records: 1, due: 1}, countOf(t, s))
	list, err := run(s, "Bob", list, adding("the one that is too many"))
	require.NoError(t, err)
	assert.Equal(t, keys{records: 2, snapshots: 1, due: 1}, countOf(t, s))
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
	heads := s.heads.of("Bob")
	for i := range maxHeads {
		heads.put(fmt.Sprint("not there ", i), nil)
	}
	list := add(t, s, "Bob", "one", "two")
	_, err := run(s, "Bob", list, adding("three"))
	require.NoError(t, err)
	assert.LessOrEqual(t, len(heads.young), maxHeads)
	assert.Len(t, heads.old, maxHeads)
	assert.True(t, heads.all)
	for i := range 2 * maxHeads {
		heads.put(fmt.Sprint("not there either ", i), nil)
	}
	assert.False(t, heads.all)
	assert.Equal(t, 3, loaded(t, s, "Bob").Len())
}

// Where there was no list when the store was opened, a new one is not looked for on disk.
func TestNewListsInANewFolder(t *testing.T) {
	s := openOnDisk(t, t.TempDir())
	first := add(t, s, "Bob", "one")
	assert.True(t, s.heads.of("Alice").all)
	assertSame(t, todo.List{}, loaded(t, s, "Alice"))
	_, err := run(s, "Bob", first, (*todo.Draft).Drop)
	require.NoError(t, err)
	s = reopen(t, s)
	assert.False(t, s.heads.of("Alice").all, "the head of what was dropped has a version")
	assert.Greater(t, add(t, s, "Bob", "again").Version, first.Version)
}

// A head that was read before others changed it is not taken for the latest, however
// many were put after that.
func TestHeadsReadBeforeAChange(t *testing.T) {
	for _, others := range []int{0, maxHeads / 2, maxHeads, 3 * maxHeads} {
		s := openMemory(t)
		first := add(t, s, "Bob", "one")
		s.heads = newHeadCache() // it is cold
		read, err := s.readHead("Bob")
		require.NoError(t, err)
		second, err := run(s, "Bob", first, adding("two"))
		require.NoError(t, err)
		for i := range others {
			s.heads.of("Bob").put(fmt.Sprint("another ", i), nil)
		}
		h, err := s.heads.of("Bob").current(s.db, "Bob", &read)
		require.NoError(t, err)
		assert.Equal(t, second.Version, h.Version)
	}
}

// Whoever loads a list while it is appended to gets it as it was at some time, however fast
// appends come.
func TestLoadBesideAppends(t *testing.T) {
	s := openMemory(t)
	first := add(t, s, "Bob", "one")
	h, err := s.readHead("Bob")
	require.NoError(t, err)
	add(t, s, "Bob", "two")
	list, further, err := load(ctx, s.db, "Bob", h.Head)
	require.NoError(t, err)
	assert.True(t, further)
	assertSame(t, first, list)

	now, err := s.readHead("Bob")
	require.NoError(t, err)
	s.heads.of("Bob").put("Bob", h.value) // an append is in the log, but not yet among the heads
	assertSame(t, first, loaded(t, s, "Bob"))
	s.heads.of("Bob").put("Bob", now.value)

	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 200 {
			list, err := s.Load(ctx, "Bob")
			if err == nil && uint64(list.Len()) != list.Rev {
				err = errDiffers
			}
			if !assert.NoError(t, err) {
				return
			}
		}
	}()
	for {
		select {
		case <-done:
			return
		default:
			list := loaded(t, s, "Bob")
			_, err := run(s, "Bob", list, adding("more"))
			require.NoError(t, err)
		}
	}
}
