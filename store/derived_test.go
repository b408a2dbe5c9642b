package store

import (
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/store/codec"
	"todoshell/todo"
)

// What is known besides the journals can be wrong: a check tells it, and the next opening
// puts it right.
func TestWrongOverview(t *testing.T) {
	changeHead := func(change func(h *codec.Head)) func(testing.TB, *Store) {
		return func(tb testing.TB, s *Store) {
			tb.Helper()
			h, err := codec.DecodeHead(valueOf(tb, s, headKey("Bob")))
			require.NoError(tb, err)
			change(&h)
			put(tb, s, headKey("Bob"), h.Encode())
		}
	}
	totals := func(totals codec.Totals) func(testing.TB, *Store) {
		return func(tb testing.TB, s *Store) { tb.Helper(); put(tb, s, totalsKey, totals.Encode()) }
	}
	const later = 2 * unseen
	var day todo.Date // Bob's first open one
	for _, c := range []struct {
		name   string
		damage func(tb testing.TB, s *Store)
		check  string
	}{
		{"entries", changeHead(func(h *codec.Head) { h.Entries++ }), `list "Bob": the head is wrong`},
		{"open", changeHead(func(h *codec.Head) { h.Open-- }), `list "Bob": the head is wrong`},
		{"day", changeHead(func(h *codec.Head) { h.FirstOpen++ }), `list "Bob": the head is wrong`},
		{"counted lists", totals(codec.Totals{Version: later, Totals: todo.Totals{Lists: 1, Open: 3}}), "the totals are wrong"},
		{"counted entries", totals(codec.Totals{Version: later, Totals: todo.Totals{Lists: 2, Open: 4}}), "the totals are wrong"},
		{"version", totals(codec.Totals{Version: 2, Totals: todo.Totals{Lists: 2, Open: 3}}), "the totals are wrong"},
		{"damaged totals", func(tb testing.TB, s *Store) { tb.Helper(); put(tb, s, totalsKey, flipped(valueOf(tb, s, totalsKey))) }, ""},
		{"no totals", func(tb testing.TB, s *Store) { tb.Helper(); require.NoError(tb, s.db.Delete(totalsKey, pebble.Sync)) }, ""},
		{"not in the index", func(tb testing.TB, s *Store) {
			tb.Helper()
			require.NoError(tb, s.db.Delete(dueKey(day, "Bob"), pebble.Sync))
		}, `list "Bob": it is missing in the index by days`},
		{"twice in the index", func(tb testing.TB, s *Store) { tb.Helper(); put(tb, s, dueKey(day+1, "Bob"), nil) },
			"the index by days has 3 keys, but only 2 belong to lists"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openIn(t, "data", vfs.NewMem())
			s.last.Version = later - 4
			add(t, s, "Alice", "one")
			dropped := add(t, s, "Carol", "one")
			_, err := run(s, "Carol", dropped, (*todo.Draft).Drop)
			require.NoError(t, err)
			bob := add(t, s, "Bob", "one", "two")
			day = bob.FirstOpen()
			s = reopen(t, s)
			c.damage(t, s)
			s = reopen(t, s)
			if c.check != "" { // else it has noticed
				_, all := problems(t, s)
				require.NotEmpty(t, all)
				assert.Contains(t, all[0], c.check)
				s = reopen(t, s)
			}
			checkClean(t, s)
			assertSame(t, bob, loaded(t, s, "Bob"))
			assert.Equal(t, todo.Totals{Lists: 2, Open: 3}, totalsOf(t, s))
			assert.Equal(t, []string{"Alice", "Bob"}, dueOfAll(t, s, todo.MaxDate))
			s = reopen(t, s)
			checkClean(t, s)
			assert.Greater(t, add(t, s, "Bob", "three").Version, bob.Version)
		})
	}
}

// The totals are on disk while nothing is appended. After a crash they are counted anew.
func TestTotalsAfterACrash(t *testing.T) {
	mem := vfs.NewCrashableMem()
	s := openIn(t, "data", mem)
	kept := func(s *Store) bool {
		found, err := get(s.db, totalsKey, func([]byte) error { return nil })
		require.NoError(t, err)
		return found
	}
	add(t, s, "Alice", "one")
	carol := add(t, s, "Carol", "one")
	require.NoError(t, s.Close())
	s = openIn(t, "data", mem)
	assert.True(t, kept(s))
	dropped, err := run(s, "Carol", carol, (*todo.Draft).Drop)
	require.NoError(t, err)
	assert.False(t, kept(s))
	bob := add(t, s, "Bob", "one", "two")
	want := todo.Totals{Lists: 2, Open: 3}
	assert.Equal(t, want, totalsOf(t, s))

	s = openIn(t, "data", mem.CrashClone(vfs.CrashCloneCfg{}))
	assert.False(t, kept(s))
	assert.Equal(t, want, totalsOf(t, s))
	checkClean(t, s)
	assert.Greater(t, add(t, s, "Carol", "two").Version, max(bob.Version, dropped.Version)+unseen)
	s = reopen(t, s)
	assert.True(t, kept(s))
	assert.Equal(t, todo.Totals{Lists: 3, Open: 4}, totalsOf(t, s))
}

// A check that has found nothing wrong, or that was ended, changes nothing.
func TestCheckChangesNothing(t *testing.T) {
	s := openMemory(t)
	add(t, s, "Bob", "one")
	checkClean(t, s)
	found, err := get(s.db, rebuildKey, func([]byte) error { return nil })
	require.NoError(t, err)
	assert.False(t, found)
}

// A record that is missing, or another one in its place, breaks the chain of versions.
func TestBrokenChain(t *testing.T) {
	s := openIn(t, "data", vfs.NewMem())
	list := add(t, s, "Bob", "one")
	add(t, s, "Bob", "two")
	a, err := codec.DecodeRecord(valueOf(t, s, recordKey("Bob", 2)))
	require.NoError(t, err)
	put(t, s, recordKey("Bob", 2), codec.EncodeRecord(list.Version-1, a.Batch).Value(a.Version))
	_, all := problems(t, s)
	require.Len(t, all, 1)
	assert.Contains(t, all[0], `list "Bob": revision 2 is damaged: it does not follow the version before it`)
}
