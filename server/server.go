package server

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"todoshell/todo"
)

// A Request is what is put into a server's mailbox.
type Request interface {
	// Run runs the request on the list as the requests before it left it. It makes at
	// most one change, and none where it returns an error. It is called on the
	// server's goroutine, and called again if what it did could not be made durable
	// and is tried anew. It must not keep the draft.
	Run(d *todo.Draft) error

	// Done tells that the request has ended and all it did is durable, or why not. The
	// version is that of the list with all that the request did or saw. Done is called
	// once and must not wait.
	Done(version todo.Version, err error)
}

// A Server is one list's server.
type Server struct {
	name   string
	system *System
	list   atomic.Pointer[todo.List] // nil: not loaded

	mu       sync.Mutex
	mail     []Request
	work     *workspace    // nil unless it runs
	ended    chan struct{} // made by the first who waits for the end
	next     *Server       // in the system's queue
	number   uint64
	handled  uint64
	restarts int32
	running  bool // it is being run, or waits for that
	stopped  bool
}

// Name returns the list's name.
func (s *Server) Name() string { return s.name }

// Post puts a request into the mailbox, or returns [ErrStopped].
func (s *Server) Post(r Request) error {
	s.mu.Lock()
	if s.stopped {
		s.mu.Unlock()
		return ErrStopped
	}
	s.mail = append(s.mail, r)
	idle := !s.running
	s.running = true
	s.mu.Unlock()
	if idle {
		s.system.scheduler.run(s)
	}
	return nil
}

// Waiting returns how many requests there are in the mailbox.
func (s *Server) Waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.mail)
}

// Call posts f as a request and waits until it is done. When ctx ends meanwhile, the
// error wraps [todo.ErrOutcomeUnknown], f may still run or be running, and what it
// writes to must be left alone.
func (s *Server) Call(ctx context.Context, f func(*todo.Draft) error) error {
	_, err := s.Do(ctx, f)
	return err
}

// Do is Call for those who want the version of the list with all that f did or saw.
func (s *Server) Do(ctx context.Context, f func(*todo.Draft) error) (todo.Version, error) {
	if err := ctx.Err(); err != nil {
		return 0, err // it has not been posted, so that its outcome is known
	}
	c := call{ctx: ctx, run: f, done: make(chan outcome, 1)}
	if err := s.Post(c); err != nil {
		return 0, err
	}
	select {
	case o := <-c.done:
		return o.version, o.err
	case <-ctx.Done():
		return 0, fmt.Errorf("%w: %w", todo.ErrOutcomeUnknown, ctx.Err())
	}
}

type call struct {
	ctx  context.Context //nolint:containedctx // it ends with the call
	run  func(*todo.Draft) error
	done chan outcome
}

type outcome struct {
	version todo.Version
	err     error
}

func (c call) Run(d *todo.Draft) error {
	if err := c.ctx.Err(); err != nil {
		return err
	}
	return c.run(d)
}

func (c call) Done(version todo.Version, err error) { c.done <- outcome{version, err} }

// List returns the list as of the latest answered change, without waiting for
// those that are under way; it waits only while the list is being loaded.
func (s *Server) List(ctx context.Context) (todo.List, error) {
	if err := ctx.Err(); err != nil {
		return todo.List{}, err
	}
	if list, ok := s.Loaded(); ok {
		return list, nil
	}
	var list todo.List
	version, err := s.Do(ctx, func(d *todo.Draft) error {
		list = d.Snapshot()
		return nil
	})
	list.Version = version // changes before it in its batch may have made a newer one
	if err != nil {
		if ended := ctx.Err(); ended != nil {
			err = ended // it only looks: whether it has run makes no difference
		}
		return todo.List{}, err
	}
	return list, nil
}

// Loaded is List for those who don't want to wait: ok is false while the list
// is not in memory.
func (s *Server) Loaded() (list todo.List, ok bool) {
	if l := s.list.Load(); l != nil {
		return *l, true
	}
	return todo.List{}, false
}

// Stop ends the server: it accepts nothing more, and Stop returns when all that
// was accepted before is done.
func (s *Server) Stop() {
	s.mu.Lock()
	s.stopped = true
	if !s.running {
		s.list.Store(nil)
		s.mu.Unlock()
		return
	}
	if s.ended == nil {
		s.ended = make(chan struct{})
	}
	ended := s.ended
	s.mu.Unlock()
	<-ended
}

// StopIdle stops the server if it has nothing to do, and tells whether it is
// stopped.
func (s *Server) StopIdle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running {
		return false
	}
	s.stopped = true
	s.list.Store(nil)
	return true
}

// Info is what an operator sees of a server.
type Info struct {
	Name     string
	Number   uint64 // counts the servers that the system has started
	State    string // "new" before the list is loaded, "busy" while some request has no answer, "idle", "stopped"
	Entries  int    // 0 while the list is not loaded
	Queue    int    // requests waiting in the mailbox
	Handled  uint64 // requests done
	Restarts int    // panics survived
}

// Info describes the server.
func (s *Server) Info() Info {
	s.mu.Lock()
	defer s.mu.Unlock()
	list, loaded := s.Loaded()
	info := Info{Name: s.name, Number: s.number, State: "idle", Entries: list.Len(),
		Queue: len(s.mail), Handled: s.handled, Restarts: int(s.restarts)}
	switch {
	case s.stopped:
		info.State = "stopped"
	case s.work != nil && s.work.inHand > 0 || len(s.mail) > 0:
		info.State = "busy"
	case !loaded:
		info.State = "new"
	}
	return info
}

// Number returns the number in the server's handle. A server that restarts
// after a panic is a new one and gets a new number.
func (s *Server) Number() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.number
}
