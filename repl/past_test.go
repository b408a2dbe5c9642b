package repl_test

import (
	"context"
	"io"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/repl"
	"todoshell/server"
	"todoshell/store"
	"todoshell/todo"
)

// A readLog counts the changes that are read from it.
type readLog struct {
	cache.Log
	read int
}

func (l *readLog) History(ctx context.Context, name string, from uint64) iter.Seq2[todo.Change, error] {
	l.read++
	return l.Log.History(ctx, name, from)
}

// What was undone is read only where the answer tells it.
func TestPastIsReadToBeTold(t *testing.T) {
	read := func(chosen repl.Settings) int {
		data, err := store.OpenMemory()
		require.NoError(t, err)
		log := &readLog{Log: data}
		lists := cache.New(&server.System{Now: time.Now}, log, 10)
		s := newSession(t, repl.Environment{Cache: lists, Out: io.Discard}, chosen)
		for _, line := range []string{"add Bob none Milk", "done Bob 1", "undo Bob", "redo Bob", "undo Bob"} {
			require.NoError(t, s.Do(t.Context(), repl.Task{Text: line}))
		}
		require.False(t, s.State().Failed)
		lists.Close()
		require.NoError(t, data.Close())
		return log.read
	}
	plain, asJSON, table := read(repl.Settings{}), read(repl.Settings{JSON: true}), read(repl.Settings{Table: true})
	assert.Less(t, plain, asJSON)
	assert.Less(t, plain, table)
}
