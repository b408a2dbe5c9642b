package cache_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/todo"
)

// seen returns the titles of the changes that a watch has come to.
func seen(w *cache.Watch) (all []string) {
	for e, ok := w.Next(); ok; e, ok = w.Next() {
		all = append(all, e.List+" "+e.Came()[0].Title)
	}
	return all
}

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := open(t, 100)
		require.NoError(t, c.Call(t.Context(), "Bob", add("before")))
		bob, err := c.Watch("Bob")
		require.NoError(t, err)
		defer bob.Close()
		all, some := c.WatchAll(""), c.WatchAll("Al")
		for _, name := range []string{"Bob", "Alice", "Bob"} {
			require.NoError(t, c.Call(t.Context(), name, add("one")))
		}
		<-bob.Ready()
		synctest.Wait()
		assert.Equal(t, 2, bob.Behind())
		assert.Equal(t, []string{"Bob one", "Bob one"}, seen(bob))
		assert.Equal(t, []string{"Bob one", "Alice one", "Bob one"}, seen(all))
		assert.Equal(t, []string{"Alice one"}, seen(some))
		assert.Zero(t, bob.Behind())
		select {
		case <-bob.Ready():
			assert.Fail(t, "nothing is ready")
		default:
		}
		bob.Close()
		bob.Close()
		require.NoError(t, c.Call(t.Context(), "Bob", add("after")))
	})
}

// A change that fails is no event.
func TestWatchSeesOnlyWhatIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, j := open(t, 100)
		w, err := c.Watch("Bob")
		require.NoError(t, err)
		defer w.Close()
		j.onAppend = func(string) error { return todo.ErrOutcomeUnknown }
		require.Error(t, c.Call(t.Context(), "Bob", add("lost")))
		j.onAppend = nil
		require.NoError(t, c.Call(t.Context(), "Bob", add("kept")))
		synctest.Wait()
		assert.Equal(t, []string{"Bob kept"}, seen(w))
	})
}

// Whoever comes back goes on where they were, unless that is long ago.
func TestBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := open(t, 100)
		first := c.WatchAll("")
		for i := range cache.Recent + 10 {
			require.NoError(t, c.Call(t.Context(), "Bob", add(fmt.Sprint(i+1))))
		}
		synctest.Wait()
		assert.True(t, first.Lost(), "it has never looked")
		for _, number := range []uint64{10, 11, cache.Recent, cache.Recent + 10} {
			w := c.WatchAll("")
			require.True(t, w.Back(number), number)
			assert.Equal(t, cache.Recent+10-int(number), w.Behind())
			if e, ok := w.Next(); ok {
				assert.Equal(t, fmt.Sprint(number+1), e.Came()[0].Title)
			}
		}
		for _, number := range []uint64{0, 9, cache.Recent + 11} {
			assert.False(t, c.WatchAll("").Back(number), number)
		}
	})
}

// What is kept for those who don't look has a bound, also in bytes. They are told that it is lost, and no one else is.
func TestSlowWatchesHoldLittle(t *testing.T) {
	held := func(watches int) (held int64) {
		synctest.Test(t, func(t *testing.T) {
			c, _ := open(t, 100)
			var slow []*cache.Watch
			for range watches {
				w, err := c.Watch("Bob")
				require.NoError(t, err)
				defer w.Close()
				slow = append(slow, w, c.WatchAll("Bob"))
			}
			quick, err := c.Watch("Bob")
			require.NoError(t, err)
			defer quick.Close()
			before := heap()
			all := make([]todo.Entry, 4000)
			for i := range all {
				all[i].Title = strings.Repeat("x", 100)
			}
			for range 60 {
				require.NoError(t, c.Call(t.Context(), "Bob", func(d *todo.Draft) error { return d.Import(all) }))
				<-quick.Ready()
				e, ok := quick.Next()
				require.True(t, ok)
				assert.False(t, e.Long)
				assert.NotEmpty(t, e.Encoded(func(e cache.Event) []byte { return make([]byte, e.Size()) }))
				assert.False(t, quick.Lost())
			}
			held = heap() - before
			for _, w := range slow {
				assert.True(t, w.Lost())
				_, ok := w.Next()
				assert.False(t, ok)
			}
		})
		return held
	}
	many, none := held(100), held(0)
	t.Log(many>>10, "KiB held for many", none>>10, "for none")
	assert.Less(t, many-none, int64(cache.RecentBytes))
}

// A change that is too long to be kept is an event without its edits.
func TestLongEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := open(t, 100)
		bob, err := c.Watch("Bob")
		require.NoError(t, err)
		defer bob.Close()
		require.NoError(t, c.Call(t.Context(), "Bob", func(d *todo.Draft) error {
			all := make([]todo.Entry, 50_000)
			for i := range all {
				all[i].Title = "one"
			}
			return d.Import(all)
		}))
		require.NoError(t, c.Call(t.Context(), "Bob", add("two")))
		synctest.Wait()
		for _, w := range []bool{true, false} {
			e, ok := bob.Next()
			require.True(t, ok)
			assert.Equal(t, w, e.Long)
			assert.Equal(t, w, len(e.Edits) == 0)
		}
	})
}

func TestWithin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := open(t, 100)
		for _, name := range []string{"team-a/x", "team-a/y", "team-ab", "team"} {
			require.NoError(t, c.Call(t.Context(), name, add("one")))
		}
		ours := c.Within(todo.Grant{Prefix: "team-a/"})
		forbidden := &todo.Error{Code: todo.Forbidden}
		for _, name := range []string{"team-ab", "team", "", "TEAM-A/x"} {
			_, err := ours.Server(name)
			require.ErrorIs(t, err, forbidden)
			_, err = ours.View(t.Context(), name)
			require.ErrorIs(t, err, forbidden)
			_, err = ours.Watch(name)
			require.ErrorIs(t, err, forbidden)
			require.ErrorIs(t, ours.Call(t.Context(), name, add("two")), forbidden)
			require.ErrorIs(t, ours.Post(name, &request{title: "two"}), forbidden)
			for _, err := range ours.History(t.Context(), name, 1) {
				require.ErrorIs(t, err, forbidden)
			}
		}
		list := func(prefix string) (all []string) {
			for name, err := range ours.Names(t.Context(), prefix, "") {
				require.NoError(t, err)
				all = append(all, name)
			}
			return all
		}
		for _, prefix := range []string{"", "team", "team-a/"} {
			assert.Equal(t, []string{"team-a/x", "team-a/y"}, list(prefix))
		}
		assert.Equal(t, []string{"team-a/y"}, list("team-a/y"))
		assert.Empty(t, list("team-ab"))
		assert.Len(t, ours.Servers(), 2)
		for name := range ours.Live() {
			assert.Contains(t, name, "team-a/")
		}
		other, everywhere := ours.WatchAll("team-ab"), ours.WatchAll("")
		require.NoError(t, ours.Call(t.Context(), "team-a/z", add("two")))
		require.NoError(t, c.Call(t.Context(), "team-ab", add("two")))
		synctest.Wait()
		assert.Empty(t, seen(other))
		assert.Equal(t, []string{"team-a/z two"}, seen(everywhere))
	})
}

func TestReadOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := open(t, 100)
		require.NoError(t, c.Call(t.Context(), "Bob", add("one")))
		reader := c.Within(todo.Grant{ReadOnly: true})
		refused := &todo.Error{Code: todo.ReadOnly}
		require.ErrorIs(t, reader.Call(t.Context(), "Bob", add("two")), refused)
		r := &request{title: "two"}
		require.NoError(t, reader.Post("Bob", r))
		synctest.Wait()
		require.ErrorIs(t, r.err, refused)
		require.ErrorIs(t, reader.MayChange("Bob"), refused)
		list, err := reader.View(t.Context(), "Bob")
		require.NoError(t, err)
		assert.Equal(t, []string{"one"}, titles(list))
		require.NoError(t, c.Call(t.Context(), "Bob", add("three")), "for others")
	})
}

// What is appended but not yet durable is not told.
func TestHistoryOfWhatIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, j := open(t, 100)
		require.NoError(t, c.Call(t.Context(), "Bob", add("one")))
		list, err := c.View(t.Context(), "Bob")
		require.NoError(t, err)
		d := list.Draft()
		_, err = d.Add(0, "appended behind the server's back, as one that is not answered yet")
		require.NoError(t, err)
		require.NoError(t, j.Store.Append(t.Context(), "Bob", d.Snapshot(), d.Changes))
		var revs []uint64
		for change, err := range c.History(t.Context(), "Bob", 1) {
			require.NoError(t, err)
			revs = append(revs, change.Rev)
		}
		assert.Equal(t, []uint64{1}, revs)
	})
}
