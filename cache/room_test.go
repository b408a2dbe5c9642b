package cache

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/server"
	"todoshell/todo"
)

func (c *Cache) use(t *testing.T, name string) *slot {
	t.Helper()
	_, err := c.Server(name)
	require.NoError(t, err)
	s, ok := c.live.Load(name)
	require.True(t, ok)
	return s
}

// An unused log is one that nothing is read from or appended to.
type unused struct{ Log }

func (unused) Latest() todo.Position { return nil }
func (unused) Follow(context.Context, todo.Position, func(todo.Append)) (func(), error) {
	return func() {}, nil
}

// A server that is used while another one makes room is not the oldest.
func TestUsedMeanwhile(t *testing.T) {
	c := New(new(server.System), unused{}, 2)
	c.use(t, "a")
	c.use(t, "b").used.Add(10) // as if many were started since
	c.use(t, "c")
	_, ok := c.live.Load("b")
	assert.True(t, ok)
	_, ok = c.live.Load("a")
	assert.False(t, ok)
}

func TestClockWrapsAround(t *testing.T) {
	c := New(new(server.System), unused{}, 3)
	c.clock.Store(math.MaxUint32 - 50)
	c.swept = math.MaxUint32 - 50
	for i := range 100 {
		name := fmt.Sprint(i)
		c.use(t, "used")
		c.use(t, name)
		assert.LessOrEqual(t, c.live.Size(), 3)
		_, ok := c.live.Load("used")
		assert.True(t, ok, name)
	}
}
