package cache

import (
	"todoshell/server"
	"todoshell/todo"
)

// Within returns the cache for a caller who may do no more than g covers: there
// are no other lists for them.
func (c *Cache) Within(g todo.Grant) *Cache {
	return &Cache{shared: c.shared, grant: g}
}

// MayChange tells why the caller may not change a list.
func (c *Cache) MayChange(name string) error { return c.grant.MayChange(name) }

// MayUse tells why the caller may not even look at a list.
func (c *Cache) MayUse(name string) error { return c.grant.MayUse(name) }

// A look is a request that may change nothing.
type look struct{ server.Request }

func (l look) Run(d *todo.Draft) error { return looking(l.Request.Run)(d) }

func looking(f func(*todo.Draft) error) func(*todo.Draft) error {
	return func(d *todo.Draft) error {
		d.Refuse = todo.ErrReadOnly
		defer func() { d.Refuse = nil }()
		return f(d)
	}
}
