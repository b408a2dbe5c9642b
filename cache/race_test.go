package cache_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/server"
)

// Servers come and go while many ask for them: each request is answered once,
// and the journal, which open watches, has one user of a list at a time.
func TestComeAndGo(t *testing.T) {
	for range 3 {
		seed := rand.Uint64()
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { comeAndGo(t, seed) })
		})
	}
}

func comeAndGo(t *testing.T, seed uint64) {
	t.Helper()
	const lists, goroutines, each = 8, 16, 200
	c, j := open(t, 2)
	var accepted [goroutines][each]request
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(g)))
			for i := range each {
				name := fmt.Sprint(random.IntN(lists))
				r := &accepted[g][i]
				r.title, r.bad = fmt.Sprintf("%02d %03d in %s", g, i, name), random.IntN(20) == 0
				switch random.IntN(4) {
				case 0:
					r.Done(c.Do(t.Context(), name, r.Run))
				case 1:
					c.Stop(name)
					fallthrough
				default:
					assert.NoError(t, c.Post(name, r))
				}
			}
		})
	}
	wg.Wait()
	c.Close()

	var want, got []string
	for g := range accepted {
		for i := range accepted[g] {
			r := &accepted[g][i]
			require.Equal(t, int32(1), r.ends.Load(), "answers")
			if r.bad {
				require.ErrorIs(t, r.err, server.ErrCrashed)
				continue
			}
			require.NoError(t, r.err)
			want = append(want, r.title)
		}
	}
	for i := range lists {
		kept := j.titles(t, fmt.Sprint(i))
		got = append(got, kept...)
		byCaller := func(a, b string) int { return strings.Compare(a[:2], b[:2]) }
		slices.SortStableFunc(kept, byCaller)
		assert.True(t, slices.IsSorted(kept), "each caller's in the order of posting")
	}
	slices.Sort(got)
	assert.Equal(t, want, got)
}

// Close comes while many ask for servers.
func TestCloseAmongCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, j := open(t, 1)
		for range 300 {
			closeAmongCallers(t, j)
		}
	})
}

func closeAmongCallers(t *testing.T, j *journal) {
	t.Helper()
	j.closed.Store(false)
	c := cache.New(&server.System{Now: time.Now}, j, 4)
	var accepted [4][]*request
	var wg sync.WaitGroup
	for g := range accepted {
		wg.Go(func() {
			for range 50 {
				r := &request{title: "x"}
				if err := c.Post(fmt.Sprint(rand.IntN(8)), r); err != nil {
					assert.ErrorIs(t, err, cache.ErrClosed)
					assert.Zero(t, r.ends.Load())
					return
				}
				accepted[g] = append(accepted[g], r)
			}
		})
	}
	for range 2 {
		wg.Go(func() {
			for range rand.IntN(8) {
				c.Stop(fmt.Sprint(rand.IntN(8)))
			}
			c.Close()
			j.closed.Store(true)
		})
	}
	wg.Wait()
	assert.Empty(t, c.Servers())
	for _, requests := range accepted {
		for _, r := range requests {
			require.Equal(t, int32(1), r.ends.Load(), "answers")
			require.NoError(t, r.err)
		}
	}
}
