package repl

import (
	"bytes"
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

// A command needs no more than a row in the table: here one that adds an entry without a
// date. The row is enough for running it, completing it, its hint and its help.
func TestAnotherCommand(t *testing.T) {
	data, err := store.OpenMemory()
	require.NoError(t, err)
	lists := cache.New(&server.System{Now: time.Now}, data, 100)
	defer func() {
		lists.Close()
		require.NoError(t, data.Close())
	}()
	var out, errs bytes.Buffer
	s := NewSession(Environment{Cache: lists, Out: &out, Err: &errs}, State{})
	s.table.add(&Command{
		Name: "note", Params: []Param{listParam, titleParam}, Summary: "add an entry without a date", Example: "note Bob Milk",
		Errors: changing(todo.BadTitle, todo.ListFull),
		change: func(a *args) todo.Command { return todo.Command{Kind: todo.Add, Patch: todo.Patch{Title: &a.text}} },
		answer: (*printer).added,
	})
	require.NoError(t, s.Run(t.Context(), "", strings.NewReader("note Bob Milk\nentries Bob\nnote Bob\nhelp note\n")))
	answers, help, _ := strings.Cut(out.String(), "usage")
	assert.Equal(t, "1\n1\t\topen\tMilk\n", answers)
	assert.Contains(t, help, "note LIST TITLE")
	assert.Contains(t, errs.String(), "usage: note LIST TITLE")
	assert.Equal(t, "note ", s.Complete("not").Insert)
	assert.Equal(t, "LIST TITLE", strings.TrimSpace(s.table.Hint("note ")))
}
