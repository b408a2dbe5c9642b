package repl_test

import (
	"bytes"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/repl"
	"todoshell/server"
	"todoshell/store"
)

// A command that is given again with its key is answered as before, and makes its change
// once.
func TestGivenAgain(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("in.csv", []byte("title\na\nb\n"), 0o600))
	data, err := store.OpenMemory()
	require.NoError(t, err)
	lists := cache.New(&server.System{Now: time.Now}, data, 1000)
	defer func() {
		lists.Close()
		require.NoError(t, data.Close())
	}()
	do := func(task repl.Task) string {
		var out bytes.Buffer // each time a new session, as in another process
		s := repl.NewSession(repl.Environment{Cache: lists, Out: &out, Err: &out}, repl.State{Settings: repl.Settings{Table: true}})
		require.NoError(t, s.Do(t.Context(), task))
		return out.String()
	}
	for _, line := range []string{"add Bob today Milk", "add Bob none Eggs", "update Bob 1 title Oat milk", "update Bob 1 date tomorrow", "done Bob 1 2", "reopen Bob 1",
		"undo Bob", "redo Bob", "delete Bob 1", "import Bob in.csv"} {
		task := repl.Task{Kind: repl.Given, Text: line}.WithKey()
		first := do(task)
		list, err := lists.List(t.Context(), "Bob")
		require.NoError(t, err)
		do(repl.Task{Kind: repl.Given, Text: "add Ann none x"})
		assert.Equal(t, first, do(task), line)
		again, err := lists.List(t.Context(), "Bob")
		require.NoError(t, err)
		assert.Equal(t, list.Rev, again.Rev, line)
		if line == "add Bob today Milk" {
			task.Text = "add Bob none Bread"
			assert.Contains(t, do(task), "the key stands for another request")
		}
	}
	drop := repl.Task{Kind: repl.Given, Text: "drop Bob -y"}.WithKey()
	assert.Equal(t, "dropped Bob and its 3 entries\n", do(drop))
	do(repl.Task{Kind: repl.Given, Text: "add Bob none of the next list"})
	assert.Equal(t, "dropped Bob\n", do(drop))
	assert.Contains(t, do(repl.Task{Kind: repl.Given, Text: "entries Bob"}), "of the next list")
}

// Only what can be given again has a key.
func TestWithKey(t *testing.T) {
	has := func(task repl.Task) bool { return task.WithKey().Key != [16]byte{} }
	for _, line := range []string{"add Bob none x", " done . 1\r\n", "undo Bob", "drop Bob -y", "import Bob ~/in.csv"} {
		assert.True(t, has(repl.Task{Kind: repl.Typed, Text: line}), line)
		assert.False(t, has(repl.Task{Kind: repl.Script, Text: line}), line)
	}
	for _, line := range []string{"", "# x", "lists", "entries Bob", "drop Bob", "import Bob -", "source in.todo", "export Bob out.csv", "stop Bob", "nonsense",
		"add Bob", "add Bob none x\nadd Bob none y"} {
		assert.False(t, has(repl.Task{Kind: repl.Given, Text: line}), line)
	}
	task := repl.Task{Kind: repl.Given, Text: "add Bob none x"}
	one, other := task.WithKey(), task.WithKey()
	assert.NotEqual(t, one.Key, other.Key)
}
