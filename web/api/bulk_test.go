package api

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

// Whoever may only read, or only some lists, can do no more here.
func TestBulkWithin(t *testing.T) {
	lists := open(t)
	require.NoError(t, lists.Call(t.Context(), "team/x", func(d *todo.Draft) error {
		_, err := d.Add(0, "one")
		return err
	}))
	s := &bulkStream{api: &API{now: noon}, cache: lists.Within(todo.Grant{Prefix: "team/", ReadOnly: true}), ctx: t.Context(),
		free: make(chan *bulkJob, 1), begun: make(chan *bulkJob, 4), long: make(chan struct{}, 4)}
	require.NoError(t, s.read(strings.NewReader(`{"do":"add","list":"team/x","title":"two"}
{"do":"entries","list":"other"}
{"do":"entries","list":"team/x"}`)))
	for _, want := range []string{"read_only", "forbidden", `"title":"one"`} {
		j := <-s.begun
		j.ended.Wait()
		var answer strings.Builder
		require.NoError(t, j.write(&answer))
		assert.Contains(t, answer.String(), want)
	}
}

// The streams share the lines under way, and each has some.
func TestWindows(t *testing.T) {
	var w windows
	total := 0
	for range 1000 {
		n := w.take(bulkWindow)
		require.GreaterOrEqual(t, n, bulkLeastWindow)
		total += n
	}
	assert.LessOrEqual(t, total, bulkWindows+1000*bulkLeastWindow)
	assert.Equal(t, bulkLeastWindow, w.take(bulkWindow))
	w.end(bulkLeastWindow + total)
	assert.Equal(t, bulkWindow, w.take(bulkWindow))
}
