package server_test

import (
	"context"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/server"
	"todoshell/store"
	"todoshell/todo"
)

// A journal is a store in memory whose calls a test can watch, hold up and make
// fail.
type journal struct {
	*store.Store
	loads    int
	appends  [][]todo.Change
	onLoad   func() error // runs before the load, which an error takes the place of
	onAppend func(next todo.List, changes []todo.Change) error
}

func (j *journal) Load(ctx context.Context, name string) (todo.List, error) {
	j.loads++
	if j.onLoad != nil {
		if err := j.onLoad(); err != nil {
			return todo.List{}, err
		}
	}
	return j.Store.Load(ctx, name)
}

func (j *journal) Append(ctx context.Context, name string, next todo.List, changes []todo.Change) error {
	j.appends = append(j.appends, slices.Clone(changes))
	if j.onAppend != nil {
		if err := j.onAppend(next, changes); err != nil {
			return err
		}
	}
	return j.Store.Append(ctx, name, next, changes)
}

// titles returns what the journal holds.
func (j *journal) titles(t *testing.T) []string {
	t.Helper()
	list, err := j.Store.Load(t.Context(), "Bob")
	require.NoError(t, err)
	return titles(list)
}

func titles(list todo.List) []string {
	all := []string{}
	for e := range list.Entries(todo.Always) {
		all = append(all, e.Title)
	}
	return all
}

// open returns a journal and a system of servers over it, for a bubble of
// synctest. The test fails when a goroutine of theirs is left at its end.
func open(t *testing.T) (*journal, *server.System) {
	t.Helper()
	data, err := store.OpenMemory()
	require.NoError(t, err)
	t.Cleanup(func() {
		synctest.Wait()
		assert.NotContains(t, stacks(), running)
		require.NoError(t, data.Close())
	})
	j := &journal{Store: data}
	return j, &server.System{Log: j, Now: time.Now}
}

const running = "todoshell/server.(*System).work("

func stacks() string {
	b := make([]byte, 1<<20)
	return string(b[:runtime.Stack(b, true)])
}

// A request is one that a test can look at when it has ended.
type request struct {
	run  func(d *todo.Draft) error
	done func()
	runs int
	ends []error
}

func (r *request) Run(d *todo.Draft) error {
	r.runs++
	return r.run(d)
}

func (r *request) Done(err error) {
	r.ends = append(r.ends, err)
	if r.done != nil {
		r.done()
	}
}

func adding(title string) *request {
	return &request{run: add(title)}
}

func add(title string) func(*todo.Draft) error {
	return func(d *todo.Draft) error {
		_, err := d.Add(0, title)
		return err
	}
}

func post(t *testing.T, s *server.Server, requests ...*request) {
	t.Helper()
	for _, r := range requests {
		require.NoError(t, s.Post(r))
	}
}

// hold keeps the server at work until the test lets it go on: what is posted
// meanwhile becomes one batch.
func hold(t *testing.T, s *server.Server) (letGo func()) {
	t.Helper()
	gate := make(chan struct{})
	post(t, s, &request{run: func(*todo.Draft) error { <-gate; return nil }})
	synctest.Wait()
	return func() {
		close(gate)
		synctest.Wait()
	}
}

// together runs requests as one batch and waits for its end.
func together(t *testing.T, s *server.Server, requests ...*request) {
	t.Helper()
	letGo := hold(t, s)
	post(t, s, requests...)
	letGo()
	for _, r := range requests {
		require.Len(t, r.ends, 1)
	}
}
