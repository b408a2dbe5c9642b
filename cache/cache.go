package cache

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/puzpuzpuz/xsync/v4"
	"golang.org/x/text/cases"

	"todoshell/server"
	"todoshell/todo"
)

// A Log is a [server.Log] that also knows which lists there are.
type Log interface {
	server.Log

	// Names goes through the names of all lists that have a journal and that
	// begin with prefix, in byte order, those before from left out. An error ends
	// it.
	Names(ctx context.Context, prefix, from string) iter.Seq2[string, error]

	// History goes through the changes of a list from a revision on, oldest first.
	// An error ends it.
	History(ctx context.Context, name string, from uint64) iter.Seq2[todo.Change, error]
}

// ErrClosed is returned for what is asked of a cache after Close.
var ErrClosed = &todo.Error{Code: Ending, Message: "todoshell is ending", Hint: "try again in a moment"}

// Ending is the code of what is asked of a program that ends.
const Ending todo.Code = "ending"

// A Cache maps names to servers.
type Cache struct {
	*shared
	grant todo.Grant
}

// What a cache and those within it share.
type shared struct {
	system *server.System
	log    Log
	bound  int

	live   *xsync.Map[string, *slot]
	closed atomic.Bool
	clock  atomic.Uint32 // goes on with each server started
	sweep  sync.Mutex    // held by the one who makes room
	swept  uint32        // the clock when room was last made

	evicted atomic.Uint64
	watches watches
	uploads *places
}

// A slot holds a server and when it was last used.
type slot struct {
	*server.Server
	used atomic.Uint32
}

// New returns a cache over the log of the system, for at most bound live
// servers.
func New(system *server.System, log Log, bound int) *Cache {
	c := &Cache{shared: &shared{system: system, log: log, bound: bound, live: xsync.NewMap[string, *slot](),
		uploads: &places{free: make(chan struct{}, MaxUploads)}}}
	system.Log, system.Appended = log, c.watches.publish
	return c
}

// Server returns the list's server, and starts it where there is none.
//
// The server may be stopped at any time, and then answers [server.ErrStopped];
// the methods of the cache go on with the next one.
func (c *Cache) Server(name string) (*server.Server, error) {
	if err := c.grant.MayUse(name); err != nil {
		return nil, err
	}
	now := c.clock.Load()
	if s, ok := c.live.Load(name); ok {
		if s.used.Load() != now { // the line stays shared among the cores
			s.used.Store(now)
		}
		return s.Server, nil
	}
	return c.start(name)
}

func (c *Cache) start(name string) (*server.Server, error) {
	if err := c.CheckName(name); err != nil {
		return nil, err
	}
	s, loaded := c.live.LoadOrCompute(name, func() (*slot, bool) {
		if c.closed.Load() {
			return nil, true
		}
		s := &slot{Server: c.system.Start(name)}
		s.used.Store(c.clock.Add(1))
		return s, false
	})
	if s == nil {
		return nil, ErrClosed
	}
	if !loaded && c.live.Size() > c.bound {
		c.makeRoom()
	}
	return s.Server, nil
}

// CheckName is [todo.CheckName], but a blank name goes on where there has been a list of it
// since before that was refused.
func (c *Cache) CheckName(name string) error {
	err := todo.CheckName(name)
	if err != nil && name != "" && todo.Blank(name) && utf8.ValidString(name) && len(name) <= todo.MaxName {
		if list, failed := c.log.Load(context.Background(), name); failed == nil && list.Rev > 0 {
			return nil
		}
	}
	return err
}

// Post puts a request into the mailbox of the list's server. It returns at
// once, but for a server that is just being stopped, whose end it waits for.
func (c *Cache) Post(name string, r server.Request) error {
	if c.grant.ReadOnly {
		r = look{r}
	}
	return c.with(context.Background(), name, func(s *server.Server) error { return s.Post(r) })
}

// Call runs f on the list as [server.Server.Call] does.
func (c *Cache) Call(ctx context.Context, name string, f func(*todo.Draft) error) error {
	if c.grant.ReadOnly {
		f = looking(f)
	}
	return c.with(ctx, name, func(s *server.Server) error { return s.Call(ctx, f) })
}

// with does f with the list's server, and again with the next one as long as
// it is stopped.
func (c *Cache) with(ctx context.Context, name string, f func(*server.Server) error) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		s, err := c.Server(name)
		if err != nil {
			return err
		}
		if err := f(s); !errors.Is(err, server.ErrStopped) {
			return err
		}
		c.end(s)
	}
}

// end waits for the server's end and makes place for the next one.
func (c *Cache) end(s *server.Server) {
	s.Stop()
	c.live.Compute(s.Name(), func(old *slot, loaded bool) (*slot, xsync.ComputeOp) {
		if loaded && old.Server == s {
			return nil, xsync.DeleteOp
		}
		return old, xsync.CancelOp
	})
}

// Stop ends the list's server, after all that it has accepted, and tells
// whether there was one.
func (c *Cache) Stop(name string) bool {
	s, ok := c.live.Load(name)
	if ok {
		c.end(s.Server)
	}
	return ok
}

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
		if c.closed.Load() {
			return todo.List{}, ErrClosed
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

// Names goes through the names of all lists that hold anything and that begin
// with prefix, in byte order, those before from left out.
func (c *Cache) Names(ctx context.Context, prefix, from string) iter.Seq2[string, error] {
	prefix, ok := c.grant.Within(prefix)
	return func(yield func(string, error) bool) {
		switch err := ctx.Err(); {
		case err != nil:
			yield("", err)
		case c.closed.Load():
			yield("", ErrClosed)
		case ok:
			c.log.Names(ctx, prefix, from)(yield)
		}
	}
}

// Everywhere goes through the entries of all lists that lie in a span, in the byte
// order of the lists' names, those before from left out. An error ends it.
func (c *Cache) Everywhere(ctx context.Context, from string, span todo.Span) iter.Seq2[todo.Found, error] {
	return func(yield func(todo.Found, error) bool) {
		for name, err := range c.Names(ctx, "", from) {
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

// Find is Everywhere for the entries with text in their titles, in whatever case.
func (c *Cache) Find(ctx context.Context, from, text string) iter.Seq2[todo.Found, error] {
	fold := cases.Fold()
	part := fold.String(text)
	return func(yield func(todo.Found, error) bool) {
		for f, err := range c.Everywhere(ctx, from, todo.Always) {
			if (err != nil || strings.Contains(fold.String(f.Title), part)) && !yield(f, err) {
				return
			}
		}
	}
}

// Live goes through the names of the live servers, in no order.
func (c *Cache) Live() iter.Seq[string] {
	return func(yield func(string) bool) {
		for name := range c.live.All() {
			if c.grant.Covers(name) && !yield(name) {
				return
			}
		}
	}
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

// Servers describes the live servers, in the order in which they were started.
func (c *Cache) Servers() []server.Info {
	var infos []server.Info
	for name, s := range c.live.All() {
		if c.grant.Covers(name) {
			infos = append(infos, s.Info())
		}
	}
	slices.SortFunc(infos, func(a, b server.Info) int { return cmp.Compare(a.Number, b.Number) })
	return infos
}

// Stats are counts of the servers.
type Stats struct {
	Live      int
	Waiting   int // requests in mailboxes
	Started   uint64
	Evicted   uint64 // to make room
	Restarted uint64 // after a panic
}

// Stats counts the servers, whoever may use them.
func (c *Cache) Stats() Stats {
	s := Stats{Evicted: c.evicted.Load()}
	s.Started, s.Restarted = c.system.Started()
	for _, one := range c.live.All() {
		s.Live++
		s.Waiting += one.Waiting()
	}
	return s
}

// Close ends all servers, after all that they have accepted, and waits for
// them. What is asked of the cache then returns [ErrClosed]. It may be called
// twice.
func (c *Cache) Close() {
	c.closed.Store(true)
	// Once is enough: start looks at closed and puts the server in under the lock
	// of the map's bucket, which All takes too.
	for _, s := range c.live.All() {
		c.end(s.Server)
	}
}

// makeRoom ends the least recently used idle servers, a sixteenth of the bound
// at once: so going through all servers costs little for each. Where too many
// are busy for that, it tries again when a sixteenth more have been started.
func (c *Cache) makeRoom() {
	if !c.sweep.TryLock() {
		return // someone is at it
	}
	defer c.sweep.Unlock()
	now, n := c.clock.Load(), c.live.Size()
	if n <= c.bound || now-c.swept < uint32(n/16) {
		return
	}
	c.swept = now
	type aged struct {
		*server.Server
		age int32 // since it was last used, below 0: used meanwhile; the clock itself may wrap around
	}
	all := make([]aged, 0, n)
	for _, s := range c.live.All() {
		all = append(all, aged{s.Server, int32(now - s.used.Load())})
	}
	excess := len(all) - (c.bound - c.bound/16)
	if excess <= 0 {
		return // others have ended meanwhile
	}
	// The map has no order, so that its first servers are a sample of all: it tells
	// how old the oldest are. To sort all would take longer than all the rest.
	sample := all[:min(len(all), 1024)]
	slices.SortFunc(sample, func(a, b aged) int { return cmp.Compare(b.age, a.age) })
	youngest := sample[min(excess*len(sample)/len(all)*5/4, len(sample)-1)].age

	for _, s := range all {
		if excess <= 0 {
			break
		}
		if s.age >= max(youngest, 1) && s.StopIdle() { // whoever just asked for a server must find it
			c.end(s.Server)
			c.evicted.Add(1)
			excess--
		}
	}
}
