package cache

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/puzpuzpuz/xsync/v4"

	"todoshell/server"
	"todoshell/todo"
)

// ErrClosed is returned for what is asked of a cache after Close.
var ErrClosed = &todo.Error{Code: Ending, Message: "todoshell is ending", Hint: "try again in a moment"}

var errClosed error = ErrClosed

// Ending is the code of what is asked of a program that ends.
const Ending todo.Code = "ending"

// A Cache maps names to servers.
type Cache struct {
	*shared
	grant todo.Grant
}

// shared is what a cache has in common with those that Within returns.
type shared struct {
	system *server.System
	log    Log
	bound  int

	live   *xsync.Map[string, *slot]
	closed atomic.Pointer[error] // why; nil: it is not
	clock  atomic.Uint32         // counts the servers that were started; tells which was used last
	sweep  sync.Mutex            // held while room is made for more servers
	swept  uint32                // what the clock was when room was last made

	evicted atomic.Uint64
	watches watches
	uploads *places

	unfollow func() // the log's feed
}

// A slot holds a server and when it was last used.
type slot struct {
	*server.Server
	used atomic.Uint32
}

// New returns a cache over the log, for at most bound live servers. If the log's feed
// can't be followed, the cache is closed: what is asked of it returns that error.
func New(system *server.System, log Log, bound int) *Cache {
	c := &Cache{shared: &shared{system: system, log: log, bound: bound, live: xsync.NewMap[string, *slot](),
		uploads: &places{free: make(chan struct{}, MaxUploads)}}}
	system.Log = log
	from := log.Latest()
	c.watches.begin(from)
	stop, err := log.Follow(context.Background(), from, c.appended)
	if err != nil {
		c.closed.Store(&err)
	}
	c.unfollow = stop
	return c
}

// appended is told of every append to the lists, by whoever made it. The list's server
// learns of it first, then whoever watches: so they find the list as the event left it.
func (c *Cache) appended(a todo.Append) {
	if s, ok := c.live.Load(a.List); ok {
		s.Follow(a)
	}
	c.watches.publish(a)
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
		if s.used.Load() != now { // not written without need: processors that only read it keep their copies of its cache line
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
		if c.closed.Load() != nil {
			return nil, true
		}
		s := &slot{Server: c.system.Start(name)}
		s.used.Store(c.clock.Add(1))
		return s, false
	})
	if s == nil {
		return nil, *c.closed.Load()
	}
	if !loaded && c.live.Size() > c.bound {
		c.makeRoom()
	}
	return s.Server, nil
}

// CheckName is [todo.CheckName], but for lists with a blank name that were made before
// such names were refused: they can still be used.
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
	if !c.ordinary() {
		r = granted{r, c.grant}
	}
	return c.with(context.Background(), name, func(s *server.Server) error { return s.Post(r) })
}

// Call runs f on the list as [server.Server.Call] does.
func (c *Cache) Call(ctx context.Context, name string, f func(*todo.Draft) error) error {
	_, err := c.Do(ctx, name, f)
	return err
}

// Do runs f on the list as [server.Server.Do] does.
func (c *Cache) Do(ctx context.Context, name string, f func(*todo.Draft) error) (version todo.Version, err error) {
	if !c.ordinary() {
		g, run := c.grant, f
		f = func(d *todo.Draft) error { return runGranted(g, d, run) }
	}
	err = c.with(ctx, name, func(s *server.Server) (err error) {
		version, err = s.Do(ctx, f)
		return err
	})
	return version, err
}

// with calls f with the list's server. If that has been stopped, it calls f again with the
// one that takes its place.
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

// end stops the server, waits for its end, and takes it out of the map, so that another
// one can be started.
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

// Close ends all servers, after all that they have accepted, and waits for
// them. What is asked of the cache then returns [ErrClosed]. It may be called
// twice.
func (c *Cache) Close() {
	c.closed.CompareAndSwap(nil, &errClosed)
	// No server can be started behind this loop: start looks at closed, and puts the server
	// into the map, under the lock of a bucket, which All takes too.
	for _, s := range c.live.All() {
		c.end(s.Server)
	}
	if c.unfollow != nil {
		c.unfollow()
	}
}
