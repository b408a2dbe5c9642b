package storetest

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/internal/await"
	"todoshell/todo"
)

// A follower notes what a feed tells.
type follower struct {
	mu   sync.Mutex
	told []todo.Append
	stop func()
}

func (b *bench) follow(from todo.Position) *follower {
	f := &follower{}
	stop, err := b.Follow(b.t.Context(), from, func(a todo.Append) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.told = append(f.told, clone(a))
	})
	require.NoError(b.t, err)
	f.stop = stop
	return f
}

// until waits until so many appends have been told, and ends the following.
func (f *follower) until(t *testing.T, n int) []todo.Append {
	t.Helper()
	require.True(t, await.Until(t, func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		return len(f.told) >= n
	}), "%d of %d are told", len(f.told), n)
	f.stop()
	return f.told
}

// Whoever follows is told of each append once, those to one list in their order, from a
// position on, also of those that were made before they came.
func feed(b *bench) {
	t := b.t
	begin := b.Latest()
	early := b.follow(begin)
	var made []todo.Append
	middle := todo.Position(nil)
	for i := range 30 {
		if i == 15 {
			b.wait(made[i-1])
			middle = slices.Clone(b.Latest())
		}
		made = append(made, b.change(fmt.Sprint("list ", i%3), add(0, fmt.Sprint(i)), as("ann", add(0, "two"))))
	}
	want := byList(made)
	assert.Equal(t, want, byList(early.until(t, len(made))))
	for range 2 {
		assert.Equal(t, want, byList(b.follow(begin).until(t, len(made))), "from the beginning")
		assert.Equal(t, byList(made[15:]), byList(b.follow(middle).until(t, len(made)-15)), "from a position")
		b.reopen()
	}
	// A follower that has caught up goes on with what comes.
	late := b.follow(middle)
	more := b.change("list 1", add(0, "late"))
	assert.Equal(t, byList(append(slices.Clone(made[15:]), more)), byList(late.until(t, len(made)-14)))

	b.wait(more)
	none := b.follow(b.Latest())
	dropped := b.change("list 2", (*todo.Draft).Drop)
	got := none.until(t, 1)
	assert.Equal(t, []todo.Append{dropped}, got)
}

// wait waits until the feed has told an append.
func (b *bench) wait(a todo.Append) {
	require.True(b.t, await.Until(b.t, func() bool { return b.Latest().Includes(a.Partition, a.Version) }))
}

func byList(appends []todo.Append) map[string][]todo.Append {
	of := map[string][]todo.Append{}
	for _, a := range appends {
		of[a.List] = append(of[a.List], a)
	}
	return of
}

// While many lists are being changed by many at the same time, followers who come in the
// midst of it miss nothing and hear nothing twice.
func feedOfMany(b *bench) {
	t := b.t
	const lists, each = 16, 40
	begin := b.Latest()
	followers := []*follower{b.follow(begin)}
	var wg sync.WaitGroup
	half := make(chan struct{}, lists)
	for l := range lists {
		wg.Go(func() {
			name := fmt.Sprint("list ", l)
			for i := range each {
				assert.NoError(t, b.tryAdd(name, fmt.Sprint(i)))
				if i == each/2 {
					half <- struct{}{}
				}
			}
		})
	}
	for range lists / 4 {
		<-half
		followers = append(followers, b.follow(begin))
	}
	wg.Wait()
	for _, f := range followers {
		told := byList(f.until(t, lists*each))
		require.Len(t, told, lists)
		for name, appends := range told {
			require.Len(t, appends, each, name)
			after := todo.Version(0)
			for i, a := range appends {
				require.Equal(t, after, a.After, "%s: %d", name, i)
				require.Equal(t, fmt.Sprint(i), a.Changes[0].Edits[0].After.Title)
				after = a.Version
			}
		}
	}
}
