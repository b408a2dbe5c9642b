package cache_test

import (
	"context"
	"errors"
	"iter"
	"reflect"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/server"
	"todoshell/store"
	"todoshell/todo"
)

// A place is where a call with a context that has ended comes.
type place struct {
	cache  *cache.Cache
	server *server.Server // another list's
	store  *store.Store
	ran    int // functions that were given to calls
}

func (p *place) run(*todo.Draft) error { p.ran++; return nil }

// failure returns how an iterator ends that yields nothing else.
func failure[T any](t *testing.T, all iter.Seq2[T, error]) (err error) {
	t.Helper()
	n := 0
	for value, failed := range all {
		assert.Zero(t, value)
		n, err = n+1, failed
	}
	assert.LessOrEqual(t, n, 1, "an error is the last that there is")
	return err
}

// calls are all methods that take a context.
var calls = map[reflect.Type]map[string]func(t *testing.T, ctx context.Context, p *place) error{
	reflect.TypeFor[*cache.Cache](): {
		"Call": func(_ *testing.T, ctx context.Context, p *place) error { return p.cache.Call(ctx, "Bob", p.run) },
		"Do": func(_ *testing.T, ctx context.Context, p *place) error {
			_, err := p.cache.Do(ctx, "Bob", p.run)
			return err
		},
		"Heads": func(t *testing.T, ctx context.Context, p *place) error {
			t.Helper()
			return failure(t, p.cache.Heads(ctx, "", ""))
		},
		"List": func(_ *testing.T, ctx context.Context, p *place) error {
			_, err := p.cache.List(ctx, "Bob")
			return err
		},
		"View": func(_ *testing.T, ctx context.Context, p *place) error {
			_, err := p.cache.View(ctx, "Bob")
			return err
		},
		"Names": func(t *testing.T, ctx context.Context, p *place) error {
			t.Helper()
			return failure(t, p.cache.Names(ctx, "", ""))
		},
		"History": func(t *testing.T, ctx context.Context, p *place) error {
			t.Helper()
			return failure(t, p.cache.History(ctx, "Bob", 1))
		},
		"Everywhere": func(t *testing.T, ctx context.Context, p *place) error {
			t.Helper()
			return failure(t, p.cache.Everywhere(ctx, "", todo.Always))
		},
		"Find": func(t *testing.T, ctx context.Context, p *place) error {
			t.Helper()
			return failure(t, p.cache.Find(ctx, "", "i"))
		},
		"Fresh": func(_ *testing.T, ctx context.Context, p *place) error { return p.cache.Fresh(ctx, "Bob") },
		"Upload": func(t *testing.T, ctx context.Context, p *place) error {
			t.Helper()
			u := p.cache.Upload(ctx, iotest.ErrReader(errors.New("nothing is read")), true)
			defer u.Close()
			n, err := u.Read(make([]byte, 1))
			assert.Zero(t, n)
			return err
		},
	},
	reflect.TypeFor[*server.Server](): {
		"Call": func(_ *testing.T, ctx context.Context, p *place) error { return p.server.Call(ctx, p.run) },
		"Do":   func(_ *testing.T, ctx context.Context, p *place) error { _, err := p.server.Do(ctx, p.run); return err },
		"List": func(_ *testing.T, ctx context.Context, p *place) error { _, err := p.server.List(ctx); return err },
	},
	reflect.TypeFor[*store.Store](): {
		"Load": func(_ *testing.T, ctx context.Context, p *place) error {
			_, err := p.store.Load(ctx, "Bob")
			return err
		},
		"Append": func(t *testing.T, ctx context.Context, p *place) error {
			t.Helper()
			list, err := p.store.Load(t.Context(), "Bob")
			require.NoError(t, err)
			d := list.Draft()
			require.NoError(t, add("late")(d))
			_, err = p.store.Append(ctx, "Bob", list.Version, d.Snapshot(), todo.NewBatch(d.Changes))
			return err
		},
		"Records": func(_ *testing.T, ctx context.Context, p *place) error {
			_, err := p.store.Records(ctx, func(string) error { return nil })
			return err
		},
		"Apply": func(_ *testing.T, ctx context.Context, p *place) error { return p.store.Apply(ctx, nil, nil) },
		"Fresh": func(_ *testing.T, ctx context.Context, p *place) error { return p.store.Fresh(ctx, "Bob") },
		"Since": func(t *testing.T, ctx context.Context, p *place) error {
			t.Helper()
			return failure(t, p.store.Since(ctx, "Bob", 0))
		},
		"Heads": func(t *testing.T, ctx context.Context, p *place) error {
			t.Helper()
			return failure(t, p.store.Heads(ctx, "", ""))
		},
		"Find": func(t *testing.T, ctx context.Context, p *place) error {
			t.Helper()
			return failure(t, p.store.Find(ctx, "", "", func([]byte) bool { return true }))
		},
		"Due": func(t *testing.T, ctx context.Context, p *place) error {
			t.Helper()
			return failure(t, p.store.Due(ctx, "", todo.MaxDate))
		},
		"Totals": func(_ *testing.T, ctx context.Context, p *place) error {
			_, err := p.store.Totals(ctx)
			return err
		},
		"Follow": func(t *testing.T, ctx context.Context, p *place) error {
			t.Helper()
			_, err := p.store.Follow(ctx, nil, func(todo.Append) { assert.Fail(t, "nothing is told") })
			return err
		},
		"History": func(t *testing.T, ctx context.Context, p *place) error {
			t.Helper()
			return failure(t, p.store.History(ctx, "Bob", 1))
		},
		"Check": func(t *testing.T, ctx context.Context, p *place) error {
			t.Helper()
			_, err := p.store.Check(ctx, func(err error) { assert.NoError(t, err, "no problem of the store") })
			return err
		},
	},
}

// Whatever is called with a context that has ended does nothing, starts nothing,
// and returns the context's error, whichever servers there are.
func TestEndedContext(t *testing.T) {
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	late, stop := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer stop()
	states := map[string]func(*testing.T, *cache.Cache){
		"no server": func(*testing.T, *cache.Cache) {},
		"a server": func(t *testing.T, c *cache.Cache) {
			t.Helper()
			_, err := c.Server("Bob")
			require.NoError(t, err)
		},
		"a server with a list": func(t *testing.T, c *cache.Cache) {
			t.Helper()
			_, err := c.List(t.Context(), "Bob")
			require.NoError(t, err)
		},
		"a server that stopped": func(t *testing.T, c *cache.Cache) {
			t.Helper()
			s, err := c.Server("Bob")
			require.NoError(t, err)
			s.Stop()
		},
		"a closed cache": func(_ *testing.T, c *cache.Cache) { c.Close() },
	}
	for of, calls := range calls {
		for name := range withContext(of) {
			require.Contains(t, calls, name, "of %v", of)
		}
		for name, call := range calls {
			for state, begin := range states {
				for _, ctx := range []context.Context{canceled, late} {
					synctest.Test(t, func(t *testing.T) {
						c, j := open(t, 10)
						for _, list := range []string{"Alice", "Bob"} {
							require.NoError(t, c.Call(t.Context(), list, add("first")))
							require.NoError(t, c.Call(t.Context(), list, add("milk")))
							c.Stop(list)
						}
						alice, err := c.Server("Alice")
						require.NoError(t, err)
						begin(t, c)
						before := c.Stats()

						p := &place{cache: c, server: alice, store: j.Store}
						assert.Equal(t, ctx.Err(), call(t, ctx, p), "%v.%s where there is %s", of, name, state)
						synctest.Wait()
						assert.Equal(t, before, c.Stats(), "%v.%s where there is %s", of, name, state)
						assert.Zero(t, p.ran, "%v.%s where there is %s", of, name, state)
						assert.Equal(t, []string{"first", "milk"}, j.titles(t, "Bob"))
					})
				}
			}
		}
	}
}

// withContext goes through the names of the methods that take a context.
func withContext(of reflect.Type) iter.Seq[string] {
	return func(yield func(string) bool) {
		for m := range of.Methods() {
			if m.Type.NumIn() > 1 && m.Type.In(1) == reflect.TypeFor[context.Context]() && !yield(m.Name) {
				return
			}
		}
	}
}

// An iterator whose context ends yields its error next, and nothing more.
func TestContextEndsUnderway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, j := open(t, 10)
		for _, list := range []string{"Alice", "Bob", "Carol"} {
			require.NoError(t, c.Call(t.Context(), list, func(d *todo.Draft) error { // one record of three changes
				return d.Import([]todo.Entry{{ID: 1, Title: "milk"}, {ID: 2, Title: "milk"}, {ID: 3, Title: "milk"}})
			}))
			for range 3 {
				require.NoError(t, c.Call(t.Context(), list, add("bread")))
			}
		}
		underway(t, "Cache.Names", func(ctx context.Context) iter.Seq2[string, error] { return c.Names(ctx, "", "") })
		underway(t, "Cache.Everywhere", func(ctx context.Context) iter.Seq2[todo.Found, error] { return c.Everywhere(ctx, "", todo.Always) })
		underway(t, "Cache.Find", func(ctx context.Context) iter.Seq2[todo.Found, error] { return c.Find(ctx, "", "milk") })
		underway(t, "Cache.History", func(ctx context.Context) iter.Seq2[todo.Change, error] { return c.History(ctx, "Bob", 1) })
		underway(t, "Cache.Heads", func(ctx context.Context) iter.Seq2[todo.Head, error] { return c.Heads(ctx, "", "") })
		underway(t, "Store.Heads", func(ctx context.Context) iter.Seq2[todo.Head, error] { return j.Heads(ctx, "", "") })
		underway(t, "Store.Since", func(ctx context.Context) iter.Seq2[todo.Append, error] { return j.Since(ctx, "Bob", 0) })
		underway(t, "Store.History", func(ctx context.Context) iter.Seq2[todo.Change, error] { return j.History(ctx, "Bob", 1) })
	})
}

func underway[T any](t *testing.T, what string, all func(context.Context) iter.Seq2[T, error]) {
	t.Helper()
	for after := 1; after <= 2; after++ {
		ctx, cancel := context.WithCancel(t.Context())
		var ends []error
		for _, err := range all(ctx) {
			if ends = append(ends, err); len(ends) == after {
				cancel()
			}
		}
		cancel()
		assert.Equal(t, append(make([]error, after), context.Canceled), ends, what)
	}
}

// Whoever gives up while a server stops starts no other one.
func TestContextEndsAsTheServerStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, j := open(t, 10)
		gate := make(chan struct{})
		j.onAppend = func(string) error { <-gate; return nil }
		go func() { _ = c.Call(t.Context(), "Bob", add("slow")) }()
		synctest.Wait()
		go c.Stop("Bob")
		synctest.Wait()
		before := c.Stats().Started

		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- c.Call(ctx, "Bob", add("late")) }()
		synctest.Wait()
		cancel()
		close(gate)
		assert.Equal(t, context.Canceled, <-ended)
		synctest.Wait()
		assert.Equal(t, before, c.Stats().Started)
		assert.Equal(t, []string{"slow"}, j.titles(t, "Bob"))
	})
}
