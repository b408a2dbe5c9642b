package repl_test

import (
	"context"
	"io"
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

func (l *readLog) Change(ctx context.Context, name string, rev uint64) (todo.Change, error) {
	l.read++
	return l.Log.Change(ctx, name, rev)
}

// What was undone is read only where the answer tells it.
func TestPastIsReadToBeTold(t *testing.T) {
	read := func(o repl.Options) int {
		data, err := store.OpenMemory()
		require.NoError(t, err)
		log := &readLog{Log: data}
		o.Cache = cache.New(&server.System{Now: time.Now}, log, 10)
		o.Out, o.Err = io.Discard, io.Discard
		s := repl.NewSession(o)
		for _, line := range []string{"add Bob none Milk", "done Bob 1", "undo Bob", "redo Bob", "undo Bob"} {
			require.NoError(t, s.Do(t.Context(), repl.Task{Text: line}))
		}
		require.False(t, s.Failed)
		o.Cache.Close()
		require.NoError(t, data.Close())
		return log.read
	}
	plain, asJSON, table := read(repl.Options{}), read(repl.Options{JSON: true}), read(repl.Options{Table: true})
	assert.Less(t, plain, asJSON)
	assert.Less(t, plain, table)
}
