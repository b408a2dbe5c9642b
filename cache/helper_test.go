package cache_test

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/server"
	"todoshell/store"
	"todoshell/todo"
)

// A journal is a store in memory that a test can hold up, and that finds
// servers which use it when they must not.
type journal struct {
	*store.Store
	onAppend func(name string) error // runs before the append, which an error takes the place of

	users  sync.Map // by list, *atomic.Int32: servers at work on its journal
	twice  atomic.Int32
	closed atomic.Bool // nobody may come any more
	late   atomic.Int32
}

func (j *journal) Load(ctx context.Context, name string) (todo.List, error) {
	defer j.use(name)()
	return j.Store.Load(ctx, name)
}

func (j *journal) Append(ctx context.Context, name string, after todo.Version, next todo.List, b todo.Batch) (todo.Version, error) {
	defer j.use(name)()
	if j.onAppend != nil {
		if err := j.onAppend(name); err != nil {
			return 0, err
		}
	}
	return j.Store.Append(ctx, name, after, next, b)
}

func (j *journal) use(name string) (end func()) {
	value, _ := j.users.LoadOrStore(name, new(atomic.Int32))
	users, _ := value.(*atomic.Int32)
	if users.Add(1) > 1 {
		j.twice.Add(1)
	}
	if j.closed.Load() {
		j.late.Add(1)
	}
	return func() { users.Add(-1) }
}

func (j *journal) titles(t *testing.T, name string) []string {
	t.Helper()
	list, err := j.Store.Load(t.Context(), name)
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

// open returns a cache over a journal, for a bubble of synctest. The test fails
// when a goroutine of theirs is left at its end, or a live server after Close.
func open(t *testing.T, bound int) (*cache.Cache, *journal) {
	t.Helper()
	data, err := store.OpenMemory()
	require.NoError(t, err)
	j := &journal{Store: data}
	c := cache.New(&server.System{Now: time.Now}, j, bound)
	t.Cleanup(func() {
		c.Close()
		j.closed.Store(true)
		synctest.Wait()
		assert.Empty(t, c.Servers())
		assert.Zero(t, j.late.Load(), "uses after Close")
		assert.Zero(t, j.twice.Load(), "two servers of a list at the same time")
		assert.NotContains(t, stacks(), "todoshell/server.(*System).work(")
		require.NoError(t, data.Close())
	})
	return c, j
}

func stacks() string {
	b := make([]byte, 1<<20)
	return string(b[:runtime.Stack(b, true)])
}

func add(title string) func(*todo.Draft) error {
	return func(d *todo.Draft) error {
		_, err := d.Add(0, title)
		return err
	}
}

// names returns those of the live servers, in the order of their numbers.
func names(c *cache.Cache) []string {
	all := []string{}
	for _, info := range c.Servers() {
		all = append(all, info.Name)
	}
	return all
}

// A request adds its title.
type request struct {
	title string
	bad   bool // panics
	ends  atomic.Int32
	err   error
}

func (r *request) Run(d *todo.Draft) error {
	if r.bad {
		panic("on purpose")
	}
	return add(r.title)(d)
}

func (r *request) Done(_ todo.Version, err error) {
	r.err = err
	r.ends.Add(1)
}
