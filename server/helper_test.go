package server_test

import (
	"context"
	"iter"
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
	onLoad   func() error    // runs before the load, which an error takes the place of
	onLoaded func(todo.List) // runs after it
	onAppend func(after todo.Version, next todo.List, b todo.Batch) error
	onSince  func() error
	freshes  int
	onFresh  func() error
}

func (j *journal) Load(ctx context.Context, name string) (todo.List, error) {
	j.loads++
	if j.onLoad != nil {
		if err := j.onLoad(); err != nil {
			return todo.List{}, err
		}
	}
	list, err := j.Store.Load(ctx, name)
	if j.onLoaded != nil {
		j.onLoaded(list)
	}
	return list, err
}

// readBefore has f run once, right after a list has been read, and returns what that
// load has read.
func (j *journal) readBefore(t *testing.T, f func()) *[]string {
	t.Helper()
	read := new([]string)
	j.onLoaded = func(list todo.List) {
		j.onLoaded = nil
		*read = titles(list)
		f()
	}
	return read
}

func (j *journal) Append(ctx context.Context, name string, after todo.Version, next todo.List, b todo.Batch) (todo.Version, error) {
	j.appends = append(j.appends, slices.Clone(b.Changes))
	if j.onAppend != nil {
		if err := j.onAppend(after, next, b); err != nil {
			return 0, err
		}
	}
	return j.Store.Append(ctx, name, after, next, b)
}

func (j *journal) Since(ctx context.Context, name string, after todo.Version) iter.Seq2[todo.Append, error] {
	if j.onSince != nil {
		if err := j.onSince(); err != nil {
			return func(yield func(todo.Append, error) bool) { yield(todo.Append{}, err) }
		}
	}
	return j.Store.Since(ctx, name, after)
}

func (j *journal) Fresh(ctx context.Context, name string) error {
	j.freshes++
	if j.onFresh != nil {
		if err := j.onFresh(); err != nil {
			return err
		}
	}
	return j.Store.Fresh(ctx, name)
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

const running = "todoshell/server.(*scheduler).work("

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
	seen todo.Version // with the last end
}

func (r *request) Run(d *todo.Draft) error {
	r.runs++
	return r.run(d)
}

func (r *request) Done(version todo.Version, err error) {
	r.ends, r.seen = append(r.ends, err), version
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
	ended := make(chan struct{}, len(requests))
	for _, r := range requests {
		r.done = func() { ended <- struct{}{} }
	}
	post(t, s, requests...)
	letGo()
	for range requests {
		<-ended
	}
	synctest.Wait()
	for _, r := range requests {
		require.Len(t, r.ends, 1)
	}
}
