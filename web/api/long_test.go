package api

import (
	"context"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/access"
	"todoshell/cache"
	"todoshell/server"
	"todoshell/store"
	"todoshell/todo"
	"todoshell/web/guard"
	"todoshell/web/problem"
	"todoshell/web/seal"
)

// noon is when everything happens.
func noon() time.Time { return time.Date(2024, 1, 15, 12, 0, 0, 0, time.UTC) }

// open returns lists that are kept nowhere.
func open(t *testing.T) *cache.Cache {
	t.Helper()
	data, err := store.OpenMemory()
	require.NoError(t, err)
	lists := cache.New(&server.System{Now: noon}, data, 1000)
	t.Cleanup(func() {
		lists.Close()
		require.NoError(t, data.Close())
	})
	return lists
}

// Of many who read long changes at the same time some are told to come again.
func TestFewReadLongChanges(t *testing.T) {
	var all longAnswers
	ctx, cancel := context.WithCancel(t.Context())
	require.True(t, all.reserve(ctx, 2*maxLongAnswers), "one, however long")
	require.False(t, all.reserve(ctx, 1))
	cancel()
	for !all.reserve(t.Context(), maxLongAnswers) { // as soon as that one is answered
		runtime.Gosched()
	}
	assert.Equal(t, 503, problem.Of(errBusy).Status)
}

// Long answers to changes count, too. Where there is no room, nothing is changed, and the client is told when to come again.
func TestLongAnswersToChanges(t *testing.T) {
	lists := open(t)
	a := New(NewRoutes(lists, seal.New([16]byte{})), noon, "")
	ctx, cancel := context.WithCancel(guard.WithHolder(t.Context(), access.Holder{}))
	change := func(kind todo.Kind) error {
		_, err := a.changeAll(ctx, a.ask(ctx, "Bob", Conditions{}, todo.Command{Kind: kind}))
		return err
	}
	require.NoError(t, lists.Call(ctx, "Bob", func(d *todo.Draft) error { return d.Import(slices.Repeat([]todo.Entry{{Title: "x"}}, 50_000)) }))
	require.NoError(t, change(todo.Undo))
	assert.Zero(t, a.longAnswers.bytes.Load(), "the answer is short")
	require.NoError(t, change(todo.Redo))
	assert.Greater(t, a.longAnswers.bytes.Load(), int64(maxPage))
	a.longAnswers.add(ctx, maxLongAnswers)
	require.ErrorIs(t, change(todo.Undo), errBusy)
	list, err := lists.List(t.Context(), "Bob")
	require.NoError(t, err)
	assert.Equal(t, []uint64{3, 50_000}, []uint64{list.Rev, uint64(list.Len())})
	cancel()
	for a.longAnswers.bytes.Load() > 0 { // until all are answered
		runtime.Gosched()
	}
}
