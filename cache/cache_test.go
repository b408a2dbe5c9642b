package cache_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/server"
	"todoshell/store"
	"todoshell/todo"
)

func TestStartedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := open(t, 100)
		const goroutines = 64
		var found [goroutines]*server.Server
		gate := make(chan struct{})
		for i := range goroutines {
			go func() {
				<-gate
				s, err := c.Server("Bob")
				assert.NoError(t, err)
				found[i] = s
			}()
		}
		synctest.Wait()
		close(gate)
		synctest.Wait()
		for _, s := range found {
			assert.Same(t, found[0], s)
		}
		alice, err := c.Server("Alice")
		require.NoError(t, err)
		assert.Equal(t, uint64(1), found[0].Number())
		assert.Equal(t, uint64(2), alice.Number(), "no others were started")
	})
}

func TestBadName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := open(t, 100)
		for _, name := range []string{"", ".", "a\nb", "\xff", strings.Repeat("a", todo.MaxName+1)} {
			_, err := c.Server(name)
			require.ErrorIs(t, err, todo.CheckName(name))
			require.ErrorIs(t, c.Call(t.Context(), name, add("a")), todo.CheckName(name))
			r := &request{title: "a"}
			require.ErrorIs(t, c.Post(name, r), todo.CheckName(name))
			assert.Zero(t, r.ends.Load())
		}
		assert.Empty(t, c.Servers())
	})
}

func TestOverAStoppedServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, j := open(t, 100)
		s, err := c.Server("Bob")
		require.NoError(t, err)
		s.Stop()
		require.NoError(t, c.Call(t.Context(), "Bob", add("a")))
		s, err = c.Server("Bob")
		require.NoError(t, err)
		assert.Equal(t, uint64(2), s.Number())

		gate := make(chan struct{})
		j.onAppend = func(string) error { <-gate; return nil }
		first, second := &request{title: "b"}, &request{title: "c"}
		require.NoError(t, c.Post("Bob", first))
		go s.Stop()
		synctest.Wait()
		posted := make(chan error, 1)
		go func() { posted <- c.Post("Bob", second) }()
		synctest.Wait()
		assert.Empty(t, posted, "while the server is being stopped")
		require.NoError(t, c.Call(t.Context(), "Alice", func(*todo.Draft) error { return nil }))
		close(gate)
		synctest.Wait()
		require.NoError(t, <-posted)
		assert.Equal(t, int32(1), first.ends.Load())
		assert.Equal(t, int32(1), second.ends.Load())
		assert.Equal(t, []string{"a", "b", "c"}, j.titles(t, "Bob"))
	})
}

func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, j := open(t, 100)
		assert.False(t, c.Stop("Bob"))
		r := &request{title: "a"}
		require.NoError(t, c.Post("Bob", r))
		assert.True(t, c.Stop("Bob"))
		assert.Equal(t, int32(1), r.ends.Load(), "what was accepted is done")
		assert.Empty(t, c.Servers())
		assert.False(t, c.Stop("Bob"))
		require.NoError(t, c.Call(t.Context(), "Bob", add("b")))
		assert.Equal(t, []string{"a", "b"}, j.titles(t, "Bob"))
	})
}

func TestServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := open(t, 1000)
		want := []string{}
		for i := range 100 {
			name := fmt.Sprint(99 - i)
			want = append(want, name)
			require.NoError(t, c.Call(t.Context(), name, add("a")))
		}
		assert.Equal(t, want, names(c))
		synctest.Wait()
		assert.Equal(t, server.Info{Name: "99", Number: 1, State: "idle", Entries: 1, Handled: 1}, c.Servers()[0])

		r := &request{bad: true}
		require.NoError(t, c.Post("99", r))
		synctest.Wait()
		require.ErrorIs(t, r.err, server.ErrCrashed)
		assert.Equal(t, append(want[1:], "99"), names(c), "a restarted server is a new one")
	})
}

func TestView(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, j := open(t, 100)
		view := func() []string {
			list, err := c.View(t.Context(), "Bob")
			require.NoError(t, err)
			return titles(list)
		}
		assert.Empty(t, view())
		require.NoError(t, c.Call(t.Context(), "Bob", add("a")))
		assert.Equal(t, []string{"a"}, view())
		c.Stop("Bob")
		assert.Equal(t, []string{"a"}, view())
		assert.Empty(t, c.Servers(), "a look starts no server")

		s, err := c.Server("Bob") // has not loaded the list
		require.NoError(t, err)
		assert.Equal(t, []string{"a"}, view())
		assert.Equal(t, "idle", s.Info().State, "it has loaded the list")

		require.NoError(t, c.Call(t.Context(), "Bob", add("b")))
		gate := make(chan struct{})
		j.onAppend = func(string) error { <-gate; return nil }
		require.NoError(t, c.Post("Bob", &request{title: "c"}))
		synctest.Wait()
		assert.Equal(t, []string{"a", "b"}, view(), "what is not answered is not seen")
		close(gate)
		synctest.Wait()
		assert.Equal(t, []string{"a", "b", "c"}, view())
	})
}

// A slowLog holds up the first load, and lets an append be seen before it ends.
type slowLog struct {
	*store.Store
	loads          atomic.Int32
	load, appended chan struct{}
}

func (l *slowLog) Load(ctx context.Context, name string) (todo.List, error) {
	if l.loads.Add(1) == 1 {
		<-l.load
	}
	return l.Store.Load(ctx, name)
}

func (l *slowLog) Append(ctx context.Context, name string, after todo.Version, next todo.List, b todo.Batch) (todo.Version, error) {
	defer func() { <-l.appended }()
	return l.Store.Append(ctx, name, after, next, b)
}

// A look that finds no server sees what one that started meanwhile shows, or else the
// next look could be older.
func TestViewWhileAServerStarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		data, err := store.OpenMemory()
		require.NoError(t, err)
		log := &slowLog{Store: data, load: make(chan struct{}), appended: make(chan struct{})}
		c := cache.New(&server.System{Now: time.Now}, log, 100)
		seen := make(chan []string)
		go func() {
			list, failed := c.View(t.Context(), "Bob")
			assert.NoError(t, failed)
			seen <- titles(list)
		}()
		synctest.Wait()
		r := &request{title: "a"}
		require.NoError(t, c.Post("Bob", r))
		synctest.Wait()
		close(log.load)
		first := <-seen
		list, err := c.View(t.Context(), "Bob")
		require.NoError(t, err)
		assert.Subset(t, titles(list), first)
		assert.Zero(t, r.ends.Load())
		close(log.appended)
		c.Close()
		require.NoError(t, data.Close())
	})
}

func TestNamesAndHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := open(t, 100)
		for _, name := range []string{"b", "aß", "a", "ab"} {
			require.NoError(t, c.Call(t.Context(), name, add(name)))
		}
		_, err := c.Server("aaa") // holds nothing
		require.NoError(t, err)
		list := func(prefix string) (all []string) {
			for name, err := range c.Names(t.Context(), prefix, "") {
				require.NoError(t, err)
				all = append(all, name)
			}
			return all
		}
		assert.Equal(t, []string{"a", "ab", "aß", "b"}, list(""))
		assert.Equal(t, []string{"a", "ab", "aß"}, list("a"))
		assert.Empty(t, list("c"))
		for change, err := range c.History(t.Context(), "ab", 1) {
			require.NoError(t, err)
			assert.Equal(t, "ab", change.EntriesAfter()[0].Title)
		}
	})
}

func TestListsDoNotWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, j := open(t, 100)
		gate := make(chan struct{})
		j.onAppend = func(name string) error {
			if name == "Bob" {
				<-gate
			}
			return nil
		}
		require.NoError(t, c.Post("Bob", &request{title: "a"}))
		require.NoError(t, c.Call(t.Context(), "Alice", add("a")))
		stopped := make(chan bool, 1)
		go func() { stopped <- c.Stop("Bob") }()
		synctest.Wait()
		require.NoError(t, c.Call(t.Context(), "Alice", add("b")), "while another one is being stopped")
		bad := &request{bad: true}
		require.NoError(t, c.Post("Carol", bad))
		synctest.Wait()
		require.ErrorIs(t, bad.err, server.ErrCrashed)
		alice, err := c.Server("Alice")
		require.NoError(t, err)
		assert.Zero(t, alice.Info().Restarts, "after another one's panic")
		close(gate)
		assert.True(t, <-stopped)
	})
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, j := open(t, 100)
		gate := make(chan struct{})
		j.onAppend = func(string) error { <-gate; return nil }
		requests := make([]*request, 20)
		for i := range requests {
			requests[i] = &request{title: "a"}
			require.NoError(t, c.Post(fmt.Sprint(i%5), requests[i]))
			synctest.Wait() // so each list has one batch in the log and one waiting
		}
		var closing sync.WaitGroup
		for range 2 {
			closing.Go(func() {
				c.Close()
				for _, r := range requests {
					assert.Equal(t, int32(1), r.ends.Load())
					assert.NoError(t, r.err)
				}
			})
		}
		synctest.Wait()
		require.ErrorIs(t, c.Post("new", &request{title: "late"}), cache.ErrClosed)
		assert.Zero(t, requests[0].ends.Load())
		close(gate)
		closing.Wait()
		c.Close()

		_, err := c.Server("0")
		require.ErrorIs(t, err, cache.ErrClosed)
		require.ErrorIs(t, c.Call(t.Context(), "0", add("b")), cache.ErrClosed)
		require.ErrorIs(t, c.Post("0", &request{title: "b"}), cache.ErrClosed)
		_, err = c.View(t.Context(), "0")
		require.ErrorIs(t, err, cache.ErrClosed)
		for _, err = range c.Names(t.Context(), "", "") {
			require.ErrorIs(t, err, cache.ErrClosed)
		}
		for _, err = range c.History(t.Context(), "0", 1) {
			require.ErrorIs(t, err, cache.ErrClosed)
		}
		assert.False(t, c.Stop("0"))
		assert.Empty(t, c.Servers())
		assert.Equal(t, slices.Repeat([]string{"a"}, 4), j.titles(t, "0"))
	})
}

// idle waits until no server has anything to do, and returns the live ones.
func idle(c *cache.Cache) []string {
	synctest.Wait()
	return names(c)
}

func TestLeastRecentlyUsedGoFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, j := open(t, 3)
		use := func(name string) []string {
			require.NoError(t, c.Call(t.Context(), name, add("x")))
			return idle(c)
		}
		use("a")
		use("b")
		assert.Equal(t, []string{"a", "b", "c"}, use("c"))
		use("a")
		assert.Equal(t, []string{"a", "c", "d"}, use("d"))
		use("a")
		assert.Equal(t, []string{"a", "d", "e"}, use("e"))
		use("a")
		assert.Equal(t, []string{"a", "e", "b"}, use("b"), "b comes back from the log")
		assert.Equal(t, []string{"x", "x"}, j.titles(t, "b"))
	})
}

// With room for many, a sixteenth of them goes at once.
func TestBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const bound = 64
		c, _ := open(t, bound)
		require.NoError(t, c.Call(t.Context(), "used", add("x")))
		for i := range 10 * bound {
			require.NoError(t, c.Call(t.Context(), fmt.Sprint(i), add("x")))
			require.NoError(t, c.Call(t.Context(), "used", add("x")))
			live := idle(c)
			require.LessOrEqual(t, len(live), bound)
			require.GreaterOrEqual(t, len(live), min(i, bound-bound/16))
			require.Equal(t, "used", live[0], "is still the first")
			require.Equal(t, fmt.Sprint(i), live[len(live)-1])
		}
	})
}

func TestBusyServersStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const bound, busy = 16, 160
		c, j := open(t, bound)
		gate := make(chan struct{})
		j.onAppend = func(string) error { <-gate; return nil }
		want := []string{}
		for i := range busy {
			want = append(want, fmt.Sprint(i))
			require.NoError(t, c.Post(want[i], &request{title: "x"}))
			require.Equal(t, want, idle(c))
		}
		close(gate)
		assert.Len(t, idle(c), busy)
		// Once they are idle the bound holds again, before many more were started.
		for i := range busy / 8 {
			c.Stop(want[i])
			require.NoError(t, c.Call(t.Context(), fmt.Sprint(busy+i), add("x")))
			synctest.Wait()
		}
		assert.LessOrEqual(t, len(idle(c)), bound)
	})
}

// Lists that push each other out go on all the same.
func TestBoundOfOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, j := open(t, 1)
		var wg sync.WaitGroup
		for g := range 8 {
			wg.Go(func() {
				for i := range 100 {
					assert.NoError(t, c.Call(t.Context(), fmt.Sprint((g+i)%5), add("x")))
				}
			})
		}
		wg.Wait()
		total := 0
		for i := range 5 {
			total += len(j.titles(t, fmt.Sprint(i)))
		}
		assert.Equal(t, 800, total)
		synctest.Wait()
		require.NoError(t, c.Call(t.Context(), "last", add("x")))
		assert.Equal(t, []string{"last"}, idle(c))
	})
}

// A list whose name shows nothing cannot be made, but one that is there since before that was refused can be used.
func TestBlankNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, j := open(t, 10)
		old := todo.List{}.Draft()
		change, err := old.Add(0, "old")
		require.NoError(t, err)
		_, err = j.Store.Append(t.Context(), " ", 0, old.Snapshot(), todo.NewBatch(old.Changes))
		require.NoError(t, err)
		require.NoError(t, c.Call(t.Context(), " ", func(d *todo.Draft) error { _, err := d.Finish(change.ID); return err }))
		require.NoError(t, c.Call(t.Context(), " ", func(d *todo.Draft) error { return d.Drop() }))
		assert.True(t, c.Stop(" "))
		for _, name := range []string{"", " ", "\u200b"} {
			require.ErrorIs(t, c.Call(t.Context(), name, add("new")), &todo.Error{Code: todo.BadName}, "%+q", name)
		}
	})
}
