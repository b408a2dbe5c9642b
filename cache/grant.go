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

// ordinary tells whether requests run as they are: their caller may change lists, and
// has no name.
func (c *Cache) ordinary() bool { return !c.grant.ReadOnly && c.grant.By == "" }

// granted is a request that runs with what its caller may do.
type granted struct {
	server.Request
	grant todo.Grant
}

func (g granted) Run(d *todo.Draft) error { return runGranted(g.grant, d, g.Request.Run) }

// runGranted runs f with what its caller may do, and lets changes say who makes them.
func runGranted(g todo.Grant, d *todo.Draft, f func(*todo.Draft) error) error {
	d.By = g.By
	if g.ReadOnly {
		d.Refuse = todo.ErrReadOnly
	}
	defer func() { d.By, d.Refuse = "", nil }()
	return f(d)
}
