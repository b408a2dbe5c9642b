package storetest

import (
	"context"
	"fmt"
	"sync"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

// Whatever was appended before Fresh is seen after it, in the list, in its head and in its
// history, also while others append.
func fresh(b *bench) {
	t := b.t
	require.NoError(t, b.Fresh(t.Context(), "nobody"))
	require.NoError(t, b.Fresh(t.Context(), ""))
	const writers, each = 4, 10
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			own := fmt.Sprint("list ", w)
			for i := range each {
				assert.NoError(t, b.tryAdd(own, fmt.Sprint(i)))
				assert.NoError(t, b.Fresh(t.Context(), []string{own, ""}[i%2]))
				list, err := b.Load(t.Context(), own)
				if !assert.NoError(t, err) {
					return
				}
				assert.Equal(t, i+1, list.Len())
				for h, err := range b.Heads(t.Context(), own, own) {
					if !assert.NoError(t, err) {
						return
					}
					assert.Equal(t, list.Version, h.Version)
				}
				assert.Len(t, all(t, b.History(t.Context(), own, 1)), i+1)
			}
		})
	}
	wg.Wait()
	b.reopen()
	require.NoError(t, b.Fresh(t.Context(), "list 0"))
	assert.Equal(t, each, b.load("list 0").Len())

	ended, end := context.WithCancel(t.Context())
	end()
	for _, name := range []string{"list 0", "nobody", ""} {
		require.ErrorIs(t, b.Fresh(ended, name), context.Canceled)
	}
	b.change("list 0", (*todo.Draft).Drop)
	require.NoError(t, b.Fresh(t.Context(), "list 0"))
	assert.Zero(t, b.load("list 0").Len())
}
