package events

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/server"
	"todoshell/store"
	"todoshell/todo"

	"todoshell/web/seal"
)

// What whoever comes back has missed, and what cannot be read, is not left out without a word.
func TestEventsThatCannotBeRead(t *testing.T) {
	data, err := store.OpenMemory()
	require.NoError(t, err)
	lists := cache.New(&server.System{Now: time.Now}, data, 1000)
	defer func() {
		lists.Close()
		require.NoError(t, data.Close())
	}()
	for _, title := range []string{"told", "missed"} {
		require.NoError(t, lists.Call(t.Context(), "Bob", func(d *todo.Draft) error {
			_, failed := d.Add(0, title)
			return failed
		}))
	}
	watch, err := lists.Watch("Bob")
	require.NoError(t, err)
	defer watch.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // so that nothing can be read
	sealed := seal.New([16]byte{1})
	first := cache.Place{Position: todo.Position{1}, Changes: []int{1}}
	s := &stream{ctx: ctx, cache: lists, seal: sealed, watch: watch}
	s.resume(sealed.Place(first), first, true)
	reset, _, _ := strings.Cut(string(s.batch), "\n\n")
	assert.Contains(t, reset, "id:\nevent: reset\ndata: {\"reason\":\"what has happened since ")
}
