package cache_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/server"
	"todoshell/todo"
)

// seen returns the titles of the changes that a watch has come to.
func seen(w *cache.Watch) (all []string) {
	for e, ok := w.Next(); ok; e, ok = w.Next() {
		all = append(all, title(e))
	}
	return all
}

// title tells of an event: the title that has come, or what was done.
func title(e cache.Event) string {
	if came := e.EntriesAfter(); len(came) > 0 {
		return e.List + " " + came[0].Title
	}
	return e.List + " " + e.Kind.String()
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

// from returns the titles of the changes since a place, and those that Next goes on with.
func from(t *testing.T, w *cache.Watch, place cache.Place) (all []string, err error) {
	t.Helper()
	for e, err := range w.From(t.Context(), place) {
		if err != nil {
			return nil, err
		}
		all = append(all, title(e))
	}
	return append(all, seen(w)...), nil
}

// Whoever comes back goes on where they were, unless too much has happened since.
func TestBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := open(t, 100)
		first := c.WatchAll("")
		places := []cache.Place{first.Place()}
		quick := c.WatchAll("")
		for i := range cache.Recent + 10 {
			require.NoError(t, c.Call(t.Context(), "Bob", add(fmt.Sprint(i+1))))
			<-quick.Ready()
			_, ok := quick.Next()
			require.True(t, ok)
			place := quick.Place().Clone()
			places = append(places, place)
		}
		assert.True(t, first.Lost(), "it has never looked")
		for _, n := range []int{10, 11, cache.Recent, cache.Recent + 10} {
			w := c.WatchAll("")
			for _, err := range w.From(t.Context(), places[n]) {
				require.NoError(t, err)
			}
			assert.Equal(t, cache.Recent+10-n, w.Behind(), "what they have seen does not count")
			all := seen(w)
			require.Len(t, all, cache.Recent+10-n)
			if len(all) > 0 {
				assert.Equal(t, fmt.Sprint("Bob ", n+1), all[0])
			}
		}
		_, err := from(t, c.WatchAll(""), places[0])
		require.ErrorIs(t, err, &todo.Error{Code: cache.UnknownPlace})
		bob, err := c.Watch("Bob")
		require.NoError(t, err)
		defer bob.Close()
		all, err := from(t, bob, places[1])
		require.NoError(t, err, "the journal of one list has it all")
		assert.Len(t, all, cache.Recent+9)

		ahead := places[len(places)-1]
		ahead.Position = todo.Position{ahead.Position[0] + 1}
		for _, w := range []*cache.Watch{c.WatchAll(""), bob} {
			_, err = from(t, w, ahead)
			require.ErrorIs(t, err, &todo.Error{Code: cache.UnknownPlace}, "of another store")
		}
	})
}

// Nobody who comes back after a restart misses a change, or is told of one twice, at
// whichever of an append's changes they were.
func TestBackAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, j := open(t, 100)
		all := c.WatchAll("")
		bob, err := c.Watch("Bob")
		require.NoError(t, err)
		type seen struct {
			title string
			place cache.Place
		}
		var told, toldOfBob []seen
		look := func(w *cache.Watch, told *[]seen) {
			for e, ok := w.Next(); ok; e, ok = w.Next() {
				place := w.Place().Clone()
				*told = append(*told, seen{title(e), place})
			}
		}
		begin := all.Place().Clone()
		for i := range 3 {
			for _, name := range []string{"Bob", "Alice", "Carol"} {
				s, err := c.Server(name)
				require.NoError(t, err)
				gate := make(chan struct{})
				require.NoError(t, s.Post(&held{gate}))
				synctest.Wait()
				for n := range 3 { // one append
					require.NoError(t, s.Post(&request{title: fmt.Sprint(i, n)}))
				}
				close(gate)
				synctest.Wait()
			}
		}
		require.NoError(t, c.Call(t.Context(), "Carol", (*todo.Draft).Drop))
		require.NoError(t, c.Call(t.Context(), "Alice", (*todo.Draft).Drop))
		require.NoError(t, c.Call(t.Context(), "Alice", add("anew")))
		synctest.Wait()
		look(all, &told)
		look(bob, &toldOfBob)
		require.Len(t, told, 30)
		require.Len(t, toldOfBob, 9)
		bob.Close()

		again := cache.New(&server.System{Now: time.Now}, j, 100)
		defer again.Close()
		gone := func(list string) bool { return list == "Alice" || list == "Carol" } // what was before a drop can't be told
		titles := func(told []seen) (all []string) {
			for _, s := range told {
				list, _, _ := strings.Cut(s.title, " ")
				if !gone(list) || s.title == list+" drop" || s.title == list+" anew" {
					all = append(all, s.title)
				}
			}
			return all
		}
		for i, at := range append([]seen{{place: begin}}, told...) {
			back, err := from(t, again.WatchAll(""), at.place)
			require.NoError(t, err)
			assert.Equal(t, titles(told[i:]), back, "after %d", i)
		}
		for i, at := range toldOfBob {
			w, err := again.Watch("Bob")
			require.NoError(t, err)
			back, err := from(t, w, at.place)
			require.NoError(t, err)
			assert.Equal(t, titles(toldOfBob[i+1:]), back, "after %d", i)
			w.Close()
		}
	})
}

// A held request keeps its server at work until its gate is closed.
type held struct{ gate chan struct{} }

func (h *held) Run(*todo.Draft) error    { <-h.gate; return nil }
func (h *held) Done(todo.Version, error) {}

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

// What another process, or another cache, appends is seen and told as what one appends
// oneself.
func TestAppendsFromElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, j := open(t, 100)
		other := cache.New(&server.System{Now: time.Now}, j, 100)
		defer other.Close()
		require.NoError(t, c.Call(t.Context(), "Bob", add("one")))
		bob, err := c.Watch("Bob")
		require.NoError(t, err)
		defer bob.Close()
		all := c.WatchAll("")
		require.NoError(t, other.Call(t.Context(), "Bob", add("theirs")))
		require.NoError(t, other.Call(t.Context(), "Alice", add("theirs")))
		synctest.Wait()
		assert.Equal(t, []string{"Bob theirs"}, seen(bob))
		assert.Equal(t, []string{"Bob theirs", "Alice theirs"}, seen(all))
		s, err := c.Server("Bob")
		require.NoError(t, err)
		list, loaded := s.Loaded()
		assert.True(t, loaded)
		assert.Equal(t, []string{"one", "theirs"}, titles(list))
		require.NoError(t, c.Call(t.Context(), "Bob", add("two")))
		assert.Equal(t, []string{"one", "theirs", "two"}, j.titles(t, "Bob"))
		synctest.Wait()
		assert.Equal(t, []string{"Bob two"}, seen(bob))
	})
}

// A change says who made it, and only what they made.
func TestBy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := open(t, 100)
		ann := c.Within(todo.Grant{By: "ann"})
		require.NoError(t, ann.Call(t.Context(), "Bob", add("one")))
		require.NoError(t, c.Call(t.Context(), "Bob", add("two")))
		require.NoError(t, ann.Post("Bob", &request{title: "three"}))
		require.NoError(t, c.Post("Bob", &request{title: "four"}))
		synctest.Wait()
		var by []string
		for change, err := range c.History(t.Context(), "Bob", 1) {
			require.NoError(t, err)
			by = append(by, change.By)
		}
		assert.Equal(t, []string{"ann", "", "ann", ""}, by)
	})
}
