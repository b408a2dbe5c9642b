package cache

import (
	"fmt"
	"strings"

	"todoshell/server"
	"todoshell/todo"
)

// Forbidden is the code of what a grant does not cover.
const Forbidden todo.Code = "forbidden"

// A Grant says what a caller may do. The zero Grant covers everything.
type Grant struct {
	Prefix   string // which lists: those whose names begin with it
	ReadOnly bool
}

// Within returns the cache for a caller who may do no more than g covers: there
// are no other lists for them.
func (c *Cache) Within(g Grant) *Cache {
	return &Cache{shared: c.shared, grant: g}
}

// MayChange tells why the caller may not change a list.
func (c *Cache) MayChange(name string) error {
	if c.grant.ReadOnly {
		return errReadOnly
	}
	return c.may(name)
}

// MayUse tells why the caller may not even look at a list.
func (c *Cache) MayUse(name string) error { return c.may(name) }

func (c *Cache) may(name string) error {
	if strings.HasPrefix(name, c.grant.Prefix) {
		return nil
	}
	return &todo.Error{Code: Forbidden, Message: fmt.Sprintf("you may not use the list %q", todo.Shown(name)),
		Hint: fmt.Sprintf("yours begin with %q", c.grant.Prefix)}
}

// within returns what the names begin with that begin with prefix and are
// covered, if there can be any.
func (g Grant) within(prefix string) (string, bool) {
	if strings.HasPrefix(g.Prefix, prefix) {
		return g.Prefix, true
	}
	return prefix, strings.HasPrefix(prefix, g.Prefix)
}

var errReadOnly = &todo.Error{Code: todo.ReadOnly, Message: "you may only read", Hint: "ask for a token that may change lists"}

// A look is a request that may change nothing.
type look struct{ server.Request }

func (l look) Run(d *todo.Draft) error { return looking(l.Request.Run)(d) }

func looking(f func(*todo.Draft) error) func(*todo.Draft) error {
	return func(d *todo.Draft) error {
		d.Refuse = errReadOnly
		defer func() { d.Refuse = nil }()
		return f(d)
	}
}
