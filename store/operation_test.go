package store

import (
	"errors"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

// once adds an entry as an operation and tells whether that was done before.
func once(tb testing.TB, s *Store, name string, o *todo.Operation, f func(*todo.Draft) error) bool {
	tb.Helper()
	d := loaded(tb, s, name).Draft()
	d.Time = someTime
	d.Past = func(rev uint64) (todo.Change, error) { return past(s, name, rev) }
	made, err := d.Once(o, func() error { return f(d) })
	if errors.Is(err, code(todo.UnknownList)) {
		return true // it has been dropped since
	}
	require.NoError(tb, err)
	if len(d.Changes) > 0 {
		_, err = appendTo(s, name, d.List, d.Snapshot(), d.Changes)
		require.NoError(tb, err)
	}
	return made != nil
}

// What a list was asked to do is remembered by its records, its snapshots, and
// in the place of a list that was dropped.
func TestOperationsAreRemembered(t *testing.T) {
	fs := vfs.NewMem()
	s := openIn(t, "data", fs)
	reopen := func() {
		checkClean(t, s)
		require.NoError(t, s.Close())
		s = openIn(t, "data", fs)
	}
	adds, drops := &todo.Operation{Key: [16]byte{1}}, &todo.Operation{Key: [16]byte{2}}
	for i := range 3 {
		assert.Equal(t, i > 0, once(t, s, "Bob", adds, adding("one")))
		reopen()
	}
	addMany(t, s, "Bob", 3*snapshotEvery)
	reopen()
	assert.True(t, once(t, s, "Bob", adds, adding("one")))
	for i := range 3 {
		assert.Equal(t, i > 0, once(t, s, "Bob", drops, (*todo.Draft).Drop))
		assert.Empty(t, namesOf(t, s, ""))
		reopen()
		assert.True(t, once(t, s, "Bob", adds, adding("one")))
		assert.Empty(t, namesOf(t, s, ""))
	}
	want := add(t, s, "Bob", "two")
	reopen()
	assert.Equal(t, []string{"Bob"}, namesOf(t, s, ""))
	assertSame(t, want, loaded(t, s, "Bob"))
	for range 2 {
		assert.True(t, once(t, s, "Bob", drops, (*todo.Draft).Drop))
		assert.True(t, once(t, s, "Bob", adds, adding("one")))
		assert.Equal(t, []string{"two"}, titles(loaded(t, s, "Bob")))
		reopen()
	}
}
