package server_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/server"
	"todoshell/todo"
)

func panicking(value any) *request {
	return &request{run: func(*todo.Draft) error { panic(value) }}
}

func TestPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, sys := open(t)
		var panics []any
		sys.Panicked = func(name string, value any, stack []byte) {
			assert.Equal(t, "Bob", name)
			assert.Contains(t, string(stack), "fault_test.go")
			panics = append(panics, value)
		}
		s, alice := sys.Start("Bob"), sys.Start("Alice")
		require.NoError(t, s.Call(t.Context(), add("first")))
		require.NoError(t, alice.Call(t.Context(), add("first")))

		a, b := adding("a"), adding("b")
		wrong := &request{run: func(d *todo.Draft) error { _, err := d.Finish(77); return err }}
		var seen []string
		look := &request{run: func(d *todo.Draft) error { seen = titles(d.List); return nil }}
		bad, worse := panicking("on purpose"), panicking(nil)
		change := &request{run: func(d *todo.Draft) error {
			_, err := d.Delete(1)
			require.NoError(t, err)
			panic("after a change")
		}}
		together(t, s, a, bad, wrong, change, look, worse, b)

		require.NoError(t, a.ends[0])
		require.NoError(t, b.ends[0])
		require.NoError(t, look.ends[0])
		require.ErrorIs(t, wrong.ends[0], &todo.Error{Code: todo.UnknownID})
		require.ErrorIs(t, bad.ends[0], server.ErrCrashed)
		require.ErrorContains(t, bad.ends[0], "on purpose")
		require.ErrorIs(t, change.ends[0], server.ErrCrashed)
		require.ErrorIs(t, worse.ends[0], server.ErrCrashed)
		assert.Equal(t, []string{"first", "a"}, seen)
		assert.Equal(t, []string{"first", "a", "b"}, j.titles(t))
		assert.Equal(t, 1, bad.runs, "a request that crashed is not tried again")
		assert.Len(t, panics, 3)

		list, err := s.List(t.Context())
		require.NoError(t, err)
		assert.Equal(t, []string{"first", "a", "b"}, titles(list))
		assert.Equal(t, 3, s.Info().Restarts)
		assert.Equal(t, uint64(2+3), s.Number(), "a new server each time")
		assert.Equal(t, uint64(1+1+7), s.Info().Handled)
		assert.Equal(t, 2+3, j.loads, "the journal is the truth")
		assert.Equal(t, uint64(2), alice.Number())
	})
}

func TestFailedAppend(t *testing.T) {
	unknown := fmt.Errorf("%w: %w", todo.ErrOutcomeUnknown, errDisk)
	for _, c := range []struct {
		name string
		err  error
		kept bool // what the append was of
		look error
		want error
	}{
		{"nothing kept", errDisk, false, nil, errDisk},
		{"unknown, not kept", unknown, false, nil, nil},
		{"unknown, kept", unknown, true, nil, nil},
		{"unknown, not kept, for good", unknown, false, errDisk, todo.ErrOutcomeUnknown},
		{"unknown, kept, for good", unknown, true, errDisk, todo.ErrOutcomeUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j, sys := open(t)
				s := sys.Start("Bob")
				require.NoError(t, s.Call(t.Context(), add("first")))
				j.onAppend = func(after todo.Version, next todo.List, b todo.Batch) error {
					j.onAppend = nil
					if c.kept {
						_, err := j.Store.Append(t.Context(), "Bob", after, next, b)
						require.NoError(t, err)
					}
					return c.err
				}
				j.onSince = func() error { return c.look }
				var seen []string
				look := &request{run: func(d *todo.Draft) error { seen = titles(d.List); return nil }}
				wrong := &request{run: func(d *todo.Draft) error { _, err := d.Finish(77); return err }}
				// What it answers depends on a change before it.
				finish := &request{run: func(d *todo.Draft) error { _, err := d.Finish(2); return err }}
				a := adding("a")
				together(t, s, a, look, wrong, finish)

				require.ErrorIs(t, a.ends[0], c.want)
				require.ErrorIs(t, finish.ends[0], c.want)
				require.NoError(t, look.ends[0])
				require.ErrorIs(t, wrong.ends[0], &todo.Error{Code: todo.UnknownID})
				want := []string{"first"}
				if c.kept || c.want == nil {
					want = append(want, "a")
				}
				assert.Equal(t, want, seen, "the journal is the truth")
				assert.Equal(t, want, j.titles(t))
				require.NoError(t, s.Call(t.Context(), add("b")))
				assert.Equal(t, append(want, "b"), j.titles(t))
				assert.Zero(t, s.Info().Restarts)
				synctest.Wait()
			})
		})
	}
}

// A request that failed on account of a change that was not kept runs again.
func TestFailedAppendRunsTheOthersAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, sys := open(t)
		s := sys.Start("Bob")
		require.NoError(t, s.Call(t.Context(), add("first")))
		j.onAppend = func(todo.Version, todo.List, todo.Batch) error { j.onAppend = nil; return errDisk }
		drop := &request{run: (*todo.Draft).Drop}
		finish := &request{run: func(d *todo.Draft) error { _, err := d.Finish(1); return err }}
		together(t, s, drop, finish)
		require.ErrorIs(t, drop.ends[0], errDisk)
		require.NoError(t, finish.ends[0], "the list is still there")
		list, err := s.List(t.Context())
		require.NoError(t, err)
		assert.Zero(t, list.Open())
	})
}

func TestConflict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, sys := open(t)
		other := &server.System{Log: j.Store, Now: sys.Now}
		s := sys.Start("Bob")
		require.NoError(t, s.Call(t.Context(), add("a")))
		require.NoError(t, other.Start("Bob").Call(t.Context(), add("theirs")))
		r := adding("b")
		together(t, s, r)
		require.NoError(t, r.ends[0])
		assert.Equal(t, 2, r.runs)
		assert.Equal(t, []string{"a", "theirs", "b"}, j.titles(t))
		assert.Equal(t, 2, j.loads)

		j.onAppend = func(todo.Version, todo.List, todo.Batch) error { return todo.ErrConflict }
		r = adding("c")
		look := &request{run: func(*todo.Draft) error { return nil }}
		together(t, s, r, look)
		require.ErrorIs(t, r.ends[0], todo.ErrConflict)
		require.NoError(t, look.ends[0])
		assert.Equal(t, 1001, r.runs, "it gives up")
		j.onAppend = nil
		require.NoError(t, s.Call(t.Context(), add("d")))
		assert.Equal(t, []string{"a", "theirs", "b", "d"}, j.titles(t))
		synctest.Wait()
	})
}

func TestFailedLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, sys := open(t)
		s := sys.Start("Bob")
		gate := make(chan struct{})
		j.onLoad = func() error { <-gate; return errDisk }
		requests := make([]*request, 10)
		for i := range requests {
			requests[i] = adding("a")
			post(t, s, requests[i])
			if i == 0 {
				synctest.Wait()
			}
		}
		close(gate)
		synctest.Wait()
		for _, r := range requests {
			require.Len(t, r.ends, 1)
			require.ErrorIs(t, r.ends[0], errDisk)
			assert.Zero(t, r.runs)
		}
		assert.Equal(t, 2, j.loads, "once for each batch")
		_, err := s.List(t.Context())
		require.ErrorIs(t, err, errDisk)
		synctest.Wait()
		assert.Equal(t, "new", s.Info().State)

		j.onLoad = nil
		require.NoError(t, s.Call(t.Context(), add("b")))
		assert.Equal(t, []string{"b"}, j.titles(t))
		synctest.Wait()
	})
}

// The load after a panic may fail as well.
func TestFailedLoadAfterPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, sys := open(t)
		s := sys.Start("Bob")
		a, bad, b := adding("a"), panicking("on purpose"), adding("b")
		letGo := hold(t, s)
		j.onLoad = func() error { return errDisk }
		post(t, s, a, bad, b)
		letGo()
		for _, r := range []*request{a, bad, b} {
			require.Len(t, r.ends, 1)
		}
		require.ErrorIs(t, a.ends[0], errDisk)
		require.ErrorIs(t, bad.ends[0], server.ErrCrashed)
		require.ErrorIs(t, b.ends[0], errDisk)
		assert.Empty(t, j.titles(t))
	})
}

// A counted request is one of many that goroutines post.
type counted struct {
	title string // unless it only looks
	fault int    // 0: none; 1: an error; 2: a panic
	ends  atomic.Int32
	err   error
}

func (c *counted) Run(d *todo.Draft) error {
	switch {
	case c.fault == 1:
		_, err := d.Finish(0)
		return err
	case c.title != "":
		if _, err := d.Add(0, c.title); err != nil {
			return err
		}
	}
	if c.fault == 2 {
		panic(c.title)
	}
	return nil
}

func (c *counted) Done(_ todo.Version, err error) {
	c.err = err
	c.ends.Add(1)
}

// Whatever happens, each accepted request is answered once, and the journal
// holds what the answers say, in the order of posting.
func TestExactlyOnce(t *testing.T) {
	for range 5 {
		seed := rand.Uint64()
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { exactlyOnce(t, seed) })
		})
	}
}

func exactlyOnce(t *testing.T, seed uint64) {
	t.Helper()
	j, sys := open(t)
	const goroutines, each = 8, 300
	faults := rand.New(rand.NewPCG(seed, 0)) // used by the one server's goroutine at a time
	j.onLoad = func() error {
		if faults.IntN(8) == 0 {
			return errDisk
		}
		return nil
	}
	j.onAppend = func(after todo.Version, next todo.List, b todo.Batch) error {
		switch faults.IntN(8) {
		case 0:
			return errDisk
		case 1:
			return todo.ErrConflict
		case 2:
			return todo.ErrOutcomeUnknown
		case 3:
			if _, err := j.Store.Append(t.Context(), "Bob", after, next, b); err != nil {
				return err
			}
			return todo.ErrOutcomeUnknown
		}
		return nil
	}
	var current atomic.Pointer[server.Server]
	current.Store(sys.Start("Bob"))
	accepted := make([][]*counted, goroutines)
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(g+1)))
			for i := range each {
				c := &counted{fault: max(0, random.IntN(20)-17)}
				if random.IntN(4) > 0 {
					c.title = fmt.Sprintf("%d %03d", g, i)
				}
				for s := current.Load(); s.Post(c) != nil; s = current.Load() {
					s.Stop()
					current.CompareAndSwap(s, sys.Start("Bob"))
				}
				accepted[g] = append(accepted[g], c)
				if random.IntN(50) == 0 {
					current.Load().Stop()
				}
			}
		})
	}
	wg.Wait()
	current.Load().Stop()

	kept := j.titles(t)
	for g, requests := range accepted {
		var mine []string
		for _, title := range kept {
			if strings.HasPrefix(title, fmt.Sprintf("%d ", g)) {
				mine = append(mine, title)
			}
		}
		assert.True(t, slices.IsSorted(mine), "in the order of posting")
		assert.Equal(t, slices.Compact(slices.Clone(mine)), mine, "once")
		for _, c := range requests {
			require.Equal(t, int32(1), c.ends.Load(), "answers")
			unknown := errors.Is(c.err, todo.ErrOutcomeUnknown)
			_, found := slices.BinarySearch(mine, c.title)
			if !unknown {
				require.Equal(t, c.err == nil && c.title != "", found, "%q: %v", c.title, c.err)
			}
		}
	}
}
