package server_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/server"
	"todoshell/todo"
)

// appended makes changes to Bob's list beside its server, and returns how a feed tells
// of them.
func (j *journal) appended(t *testing.T, titles ...string) todo.Append {
	t.Helper()
	list, err := j.Store.Load(t.Context(), "Bob")
	require.NoError(t, err)
	d := list.Draft()
	for _, title := range titles {
		require.NoError(t, add(title)(d))
	}
	b := todo.NewBatch(d.Changes)
	v, err := j.Store.Append(t.Context(), "Bob", list.Version, d.Snapshot(), b)
	require.NoError(t, err)
	return todo.Append{List: "Bob", After: list.Version, Version: v, Batch: b}
}

// loaded returns what the server shows without asking its journal.
func loaded(t *testing.T, s *server.Server) []string {
	t.Helper()
	list, ok := s.Loaded()
	if !ok {
		return nil
	}
	return titles(list)
}

// What was appended elsewhere is seen as soon as the feed tells of it, and only where
// it continues the list.
func TestFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, sys := open(t)
		s := sys.Start("Bob")
		require.NoError(t, s.Call(t.Context(), add("mine")))
		one := j.appended(t, "one")
		s.Follow(one)
		s.Follow(one)
		assert.Equal(t, []string{"mine", "one"}, loaded(t, s), "an append is applied once")
		list, _ := s.Loaded()
		assert.Equal(t, one.Version, list.Version)

		j.appended(t, "missed")
		two := j.appended(t, "two", "three")
		s.Follow(two)
		assert.Nil(t, loaded(t, s), "what lies between is not known")
		loads := j.loads
		list, err := s.List(t.Context())
		require.NoError(t, err)
		assert.Equal(t, []string{"mine", "one", "missed", "two", "three"}, titles(list))
		assert.Equal(t, loads+1, j.loads)
		s.Follow(one)
		assert.Equal(t, titles(list), loaded(t, s), "what is older is known")

		drop, err := j.Store.Load(t.Context(), "Bob")
		require.NoError(t, err)
		d := drop.Draft()
		require.NoError(t, d.Drop())
		b := todo.NewBatch(d.Changes)
		v, err := j.Store.Append(t.Context(), "Bob", drop.Version, d.Snapshot(), b)
		require.NoError(t, err)
		s.Follow(todo.Append{List: "Bob", After: drop.Version, Version: v, Batch: b})
		assert.Empty(t, loaded(t, s))
		assert.NotNil(t, loaded(t, s))
		r := adding("anew")
		together(t, s, r)
		require.NoError(t, r.ends[0])
		assert.Equal(t, 1, r.runs, "the list is right without a look at the journal")
		assert.Greater(t, r.seen, v)
	})
}

// The feed may tell of a server's own append before the append returns. Whoever
// learns of it from there finds it.
func TestFollowOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, sys := open(t)
		s := sys.Start("Bob")
		require.NoError(t, s.Call(t.Context(), add("one")))
		var shown []string
		j.onAppend = func(after todo.Version, next todo.List, b todo.Batch) error {
			v, err := j.Store.Append(t.Context(), "Bob", after, next, b)
			require.NoError(t, err)
			s.Follow(todo.Append{List: "Bob", After: after, Version: v, Batch: b})
			shown = loaded(t, s)
			return todo.ErrOutcomeUnknown // it is there
		}
		require.NoError(t, s.Call(t.Context(), add("two")))
		assert.Equal(t, []string{"one", "two"}, shown)
		assert.Equal(t, shown, loaded(t, s))
		assert.Equal(t, 1, j.loads)
		synctest.Wait()
	})
}

// While a list is being loaded, the feed may tell of what the load has not seen.
func TestFollowWhileLoading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, sys := open(t)
		j.appended(t, "one")
		s := sys.Start("Bob")
		read := j.readBefore(t, func() { s.Follow(j.appended(t, "two")) })
		list, err := s.List(t.Context())
		require.NoError(t, err)
		assert.Equal(t, []string{"one", "two"}, titles(list))
		assert.Equal(t, []string{"one"}, *read)
		synctest.Wait()
	})
}

// A request is told the version that the list has with it; that of one that looked
// before any change of its batch is the one that it saw.
func TestVersions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, sys := open(t)
		s := sys.Start("Bob")
		first, err := s.Do(t.Context(), add("first"))
		require.NoError(t, err)
		look, change, again := &request{run: nothing}, adding("two"), &request{run: nothing}
		together(t, s, look, change, again)
		assert.Equal(t, first, look.seen)
		assert.Greater(t, change.seen, first)
		assert.Equal(t, change.seen, again.seen)

		drop, anew := &request{run: (*todo.Draft).Drop}, adding("anew")
		together(t, s, drop, anew)
		assert.Greater(t, drop.seen, change.seen)
		assert.Greater(t, anew.seen, drop.seen, "a drop is the last change of its append")
		list, err := s.List(t.Context())
		require.NoError(t, err)
		assert.Equal(t, anew.seen, list.Version)
	})
}

func nothing(*todo.Draft) error { return nil }
