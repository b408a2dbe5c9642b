package cache

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"math"
	"slices"

	"todoshell/server"
	"todoshell/todo"
)

// List returns a list as of its latest answered change. Its server is started,
// for whoever comes next.
func (c *Cache) List(ctx context.Context, name string) (list todo.List, err error) {
	err = c.with(ctx, name, func(s *server.Server) (err error) {
		list, err = s.List(ctx)
		return err
	})
	return list, err
}

// View returns a list as of its latest answered change. It starts no server
// for it: a look at all lists ends none that is in use.
func (c *Cache) View(ctx context.Context, name string) (todo.List, error) {
	if err := cmp.Or(ctx.Err(), c.grant.MayUse(name)); err != nil {
		return todo.List{}, err
	}
	for {
		if err := c.closed.Load(); err != nil {
			return todo.List{}, *err
		}
		s, ok := c.live.Load(name)
		if !ok {
			list, err := c.log.Load(ctx, name)
			if s, ok = c.live.Load(name); !ok {
				return list, err
			}
			// That server may have appended already what it has not answered yet.
		}
		list, err := s.List(ctx)
		if !errors.Is(err, server.ErrStopped) {
			return list, err
		}
		c.end(s.Server)
	}
}

// Fresh returns once whatever looks at the list sees all changes of it that anyone had
// been told of before the call, as [server.Log] says. The name "" stands for all lists.
func (c *Cache) Fresh(ctx context.Context, name string) error {
	switch closed := c.closed.Load(); {
	case ctx.Err() != nil:
		return ctx.Err()
	case name != "" && !c.grant.Covers(name):
		return c.grant.MayUse(name)
	case closed != nil:
		return *closed
	}
	return c.log.Fresh(ctx, name)
}

// Heads goes through the heads of all lists that there are and that begin with
// prefix, in the byte order of their names, those before from left out. An error
// ends it.
func (c *Cache) Heads(ctx context.Context, prefix, from string) iter.Seq2[todo.Head, error] {
	return func(yield func(todo.Head, error) bool) {
		for h, err := range c.heads(ctx, prefix, from) {
			if (err != nil || h.Rev > 0) && !yield(h, err) {
				return
			}
		}
	}
}

// heads is Heads, with the heads of dropped lists.
func (c *Cache) heads(ctx context.Context, prefix, from string) iter.Seq2[todo.Head, error] {
	return covered(ctx, c, prefix, func(prefix string) iter.Seq2[todo.Head, error] {
		return c.log.Heads(ctx, prefix, from)
	})
}

// covered asks the log about the lists whose names begin with prefix, as far as the caller
// may know of them.
func covered[T any](ctx context.Context, c *Cache, prefix string, ask func(prefix string) iter.Seq2[T, error]) iter.Seq2[T, error] {
	prefix, ok := c.grant.Within(prefix)
	return func(yield func(T, error) bool) {
		var none T
		switch closed, err := c.closed.Load(), ctx.Err(); {
		case err != nil:
			yield(none, err)
		case closed != nil:
			yield(none, *closed)
		case ok:
			ask(prefix)(yield)
		}
	}
}

// Names goes through the names of [Cache.Heads].
func (c *Cache) Names(ctx context.Context, prefix, from string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for h, err := range c.Heads(ctx, prefix, from) {
			if !yield(h.Name, err) {
				return
			}
		}
	}
}

// Everywhere goes through the entries of all lists that lie in a span, in the byte
// order of the lists' names, those before from left out. Only lists that can have
// such entries, as their heads tell, are loaded. An error ends it.
func (c *Cache) Everywhere(ctx context.Context, from string, span todo.Span) iter.Seq2[todo.Found, error] {
	return func(yield func(todo.Found, error) bool) {
		for name, err := range c.having(ctx, from, span) {
			var list todo.List
			if err == nil {
				list, err = c.View(ctx, name)
			}
			if err != nil {
				yield(todo.Found{}, err)
				return
			}
			for e := range list.Entries(span) {
				if err := ctx.Err(); err != nil {
					yield(todo.Found{}, err)
					return
				}
				if !yield(todo.Found{List: name, Entry: e}, nil) {
					return
				}
			}
		}
	}
}

// maxDue bounds how many names of lists are put in order in memory.
const maxDue = 1 << 16

// having goes through the names of lists that may have entries in a span.
func (c *Cache) having(ctx context.Context, from string, span todo.Span) iter.Seq2[string, error] {
	due, few := c.due(ctx, from, span)
	return func(yield func(string, error) bool) {
		if few {
			for _, name := range due {
				if !yield(name, nil) {
					return
				}
			}
			return
		}
		for h, err := range c.Heads(ctx, "", from) {
			if (err != nil || h.MayHave(span)) && !yield(h.Name, err) {
				return
			}
		}
	}
}

// due returns the names of the lists that have entries due in a span, if it is only of
// open and dated ones, and there are few: then the index by first open days
// spares reading all heads.
func (c *Cache) due(ctx context.Context, from string, span todo.Span) (names []string, few bool) {
	if span.Status == nil || *span.Status != todo.Open || span.To == 0 {
		return nil, false
	}
	all := covered(ctx, c, "", func(prefix string) iter.Seq2[string, error] { return c.log.Due(ctx, prefix, span.To) })
	for name, err := range all {
		if err != nil || len(names) == maxDue {
			return nil, false // the heads tell, also of the error
		}
		if name >= from {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, true
}

// History goes through the changes of a list from a revision on, oldest first.
// It ends with the latest answered one: the journal may already hold others,
// which are not durable yet.
func (c *Cache) History(ctx context.Context, name string, from uint64) iter.Seq2[todo.Change, error] {
	return func(yield func(todo.Change, error) bool) {
		list, err := c.View(ctx, name)
		if errors.Is(err, &todo.Error{Code: todo.Damaged}) {
			list.Rev, err = math.MaxUint64, nil // what can still be read; nothing changes such a list
		}
		if err != nil {
			yield(todo.Change{}, err)
			return
		}
		if from > list.Rev {
			return
		}
		for change, err := range c.log.History(ctx, name, from) {
			if err == nil && change.Rev > list.Rev || !yield(change, err) {
				return
			}
		}
	}
}
