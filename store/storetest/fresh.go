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
				entries, head, changes, err := b.look(own)
				assert.Equal(t, []any{i + 1, i + 1, i + 1, nil}, []any{entries, head, changes, err})
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

// look returns how many entries and changes a list has, and how many entries its head tells of.
func (b *bench) look(name string) (entries, head, changes int, err error) {
	list, err := b.Load(b.t.Context(), name)
	if err != nil {
		return 0, 0, 0, err
	}
	for h, err := range b.Heads(b.t.Context(), name, name) {
		if err != nil {
			return 0, 0, 0, err
		}
		head += h.Entries
	}
	for _, err := range b.History(b.t.Context(), name, 1) {
		if err != nil {
			return 0, 0, 0, err
		}
		changes++
	}
	return list.Len(), head, changes, nil
}
