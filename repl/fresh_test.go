package repl_test

import (
	"bytes"
	"context"
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

// A lateLog is told by others of what they have changed when it is asked whether it is fresh.
type lateLog struct {
	cache.Log
	asked   []string
	onFresh func() error
}

func (l *lateLog) Fresh(_ context.Context, name string) error {
	l.asked = append(l.asked, name)
	return l.onFresh()
}

// With "set fresh on", all that shows lists shows what others have changed, or says that it can't.
func TestSetFresh(t *testing.T) {
	data, err := store.OpenMemory()
	require.NoError(t, err)
	defer data.Close()
	log := &lateLog{Log: data}
	lists, others := cache.New(&server.System{Now: time.Now}, log, 10), cache.New(&server.System{Now: time.Now}, data, 10)
	defer others.Close()
	defer lists.Close()
	var out, errs bytes.Buffer
	s := newSession(t, repl.Environment{Cache: lists, Out: &out, Err: &errs}, repl.Settings{JSON: true})
	do := func(line string) (answer, failure string) {
		out.Reset()
		errs.Reset()
		log.asked = nil
		require.NoError(t, s.Do(t.Context(), repl.Task{Text: line}))
		return out.String(), errs.String()
	}
	day, err := todo.ParseISODate("2024-01-02")
	require.NoError(t, err)
	log.onFresh = func() error {
		return others.Call(t.Context(), "Bob", func(d *todo.Draft) error { _, err := d.Add(day, "of others"); return err })
	}
	looks := map[string]string{"entries Bob": "Bob", "log Bob": "Bob", "export Bob": "Bob", "lists": "", "agenda 2020-01-01..": "", "find others": ""}
	do("add Bob 2024-01-01 others do more")
	for line := range looks {
		before, failure := do(line)
		assert.Empty(t, failure)
		again, _ := do(line)
		assert.Equal(t, before, again, line)
		assert.Empty(t, log.asked, line)
	}
	do("set fresh on")
	for line, list := range looks {
		before, _ := do(line)
		assert.Equal(t, []string{list}, log.asked, line)
		after, failure := do(line)
		assert.Empty(t, failure)
		assert.NotEqual(t, before, after, "%s: others have changed the list", line)
	}
	do("servers")
	assert.Empty(t, log.asked)

	log.onFresh = func() error {
		return &todo.Error{Code: todo.ClusterUnavailable, Message: "the cluster cannot be reached", Hint: "try again"}
	}
	for line := range looks {
		answer, failure := do(line)
		assert.Empty(t, answer, line)
		assert.Contains(t, failure, `"cluster_unavailable"`, line)
	}
	do("set fresh off")
	for line := range looks {
		answer, failure := do(line)
		assert.NotEmpty(t, answer, line)
		assert.Empty(t, failure, line)
	}
}
