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
)

// What a list's events missed, and what cannot be read, is not left out without a word.
func TestListEventsThatCannotBeRead(t *testing.T) {
	data, err := store.OpenMemory()
	require.NoError(t, err)
	lists := cache.New(&server.System{Now: time.Now}, data, 1000)
	defer func() {
		lists.Close()
		require.NoError(t, data.Close())
	}()
	for _, title := range []string{"told", "missed"} {
		require.NoError(t, lists.Call(t.Context(), "Bob", func(d *todo.Draft) error {
			_, err := d.Add(0, title)
			return err
		}))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // so that nothing can be read
	f := &follower{stream: &stream{ctx: ctx, cache: lists}, name: "Bob", rev: 1}
	f.tell(cache.Event{List: "Bob", Change: todo.Change{Rev: 3}})
	reset, _, _ := strings.Cut(string(f.batch), "\n\n")
	assert.Equal(t, "id:\nevent: reset\ndata: {\"reason\":\"what has happened meanwhile cannot be read\"}", reset)
}
