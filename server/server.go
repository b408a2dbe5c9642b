package server

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"todoshell/todo"
)

// A Request is what is put into a server's mailbox.
type Request interface {
	// Run runs the request on the list as those before it left it. It makes at
	// most one change, and none where it returns an error. It is called on the
	// server's goroutine, and once more whenever what it did could not be kept
	// and is tried again; it must not keep the draft.
	Run(d *todo.Draft) error

	// Done tells that the request has ended and all it did is durable, or why not.
	// It is called once and must not wait.
	Done(err error)
}

// A System is what the servers of one process share.
type System struct {
	Log Log
	Now func() time.Time // the clock that dates changes

	// Panicked, unless nil, is told of each panic that a request caused.
	Panicked func(name string, value any, stack []byte)

	started atomic.Uint64
}

// A Server is one list's server.
type Server struct {
	name   string
	system *System
	list   atomic.Pointer[todo.List] // nil: not loaded

	mu       sync.Mutex
	mail     []Request
	running  bool // there is a goroutine
	stopped  bool
	ended    chan struct{} // made by the first who waits for the end
	number   uint64
	handled  uint64
	restarts int
}

// Start starts the server of a list. It loads the list when the first request
// comes.
func (sys *System) Start(name string) *Server {
	return &Server{name: name, system: sys, number: sys.started.Add(1)}
}

// Name returns the list's name.
func (s *Server) Name() string { return s.name }

// Post puts a request into the mailbox, or returns [ErrStopped].
func (s *Server) Post(r Request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return ErrStopped
	}
	s.mail = append(s.mail, r)
	if !s.running {
		s.running = true
		go s.run()
	}
	return nil
}

// Call posts f as a request and waits until it is done. When ctx ends first,
// the error wraps [todo.ErrOutcomeUnknown], f may still run or be running, and what
// it writes to must be left alone.
func (s *Server) Call(ctx context.Context, f func(*todo.Draft) error) error {
	if err := ctx.Err(); err != nil {
		return err // nothing is open: it is not even posted
	}
	c := call{ctx: ctx, run: f, done: make(chan error, 1)}
	if err := s.Post(c); err != nil {
		return err
	}
	select {
	case err := <-c.done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", todo.ErrOutcomeUnknown, ctx.Err())
	}
}

type call struct {
	ctx  context.Context //nolint:containedctx // it ends with the call
	run  func(*todo.Draft) error
	done chan error
}

func (c call) Run(d *todo.Draft) error {
	if err := c.ctx.Err(); err != nil {
		return err
	}
	return c.run(d)
}

func (c call) Done(err error) { c.done <- err }

// List returns the list as of the latest answered change, without waiting for
// those that are under way; it waits only while the list is being loaded.
func (s *Server) List(ctx context.Context) (todo.List, error) {
	if list, ok := s.Loaded(); ok {
		return list, nil
	}
	var list todo.List
	err := s.Call(ctx, func(d *todo.Draft) error {
		list = d.Snapshot()
		return nil
	})
	if err != nil {
		if ended := ctx.Err(); ended != nil {
			err = ended // a look leaves no outcome open
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
	State    string // "new" before the list is loaded, "busy" while there is mail, "idle", "stopped"
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
		Queue: len(s.mail), Handled: s.handled, Restarts: s.restarts}
	switch {
	case s.stopped:
		info.State = "stopped"
	case s.running:
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

// run is the server's goroutine: it takes batches until the mailbox is empty.
func (s *Server) run() {
	w := workspaces.Get().(*workspace) //nolint:errcheck // there is nothing else in it
	defer workspaces.Put(w)
	for {
		s.mu.Lock()
		s.handled += uint64(len(w.batch))
		clear(w.batch) // what is done must not be kept alive
		if len(s.mail) == 0 {
			w.batch, s.running, s.mail = w.batch[:0], false, nil
			clear(w.draft.Changes) // nor the list
			w.draft.Reset(todo.List{})
			if s.stopped {
				s.list.Store(nil)
			}
			if s.ended != nil {
				close(s.ended)
			}
			s.mu.Unlock()
			return
		}
		w.batch, s.mail = s.mail, w.batch[:0]
		s.mu.Unlock()
		s.serve(w)
	}
}

// maxConflicts is how often a batch is tried on a journal that moves on under
// it. One process that holds the journal alone never sees a conflict.
const maxConflicts = 16

// A workspace is what a running server works with. Idle ones have none.
type workspace struct {
	batch   []Request
	draft   todo.Draft
	errs    []error // how the requests ended, in their order
	changed []bool  // whether they made a change
}

var workspaces = sync.Pool{New: func() any { return new(workspace) }}

// serve answers each request of the batch. Those whose work is lost with the
// draft, because another one panicked or the append failed, run again on the
// list as the journal has it.
func (s *Server) serve(w *workspace) {
	waiting, conflicts := w.batch, 0
	for len(waiting) > 0 {
		list, err := s.load()
		if err != nil {
			for _, r := range waiting {
				r.Done(err)
			}
			return
		}
		d := &w.draft
		d.Reset(list)
		d.Time = s.system.Now()
		d.Past = func(rev uint64) (todo.Change, error) {
			return s.system.Log.Change(context.Background(), s.name, rev)
		}
		if crashed, err := s.try(waiting, w); crashed >= 0 {
			r := waiting[crashed]
			waiting = append(append([]Request(nil), waiting[:crashed]...), waiting[crashed+1:]...)
			s.restart()
			r.Done(err)
			continue
		}
		if len(d.Changes) > 0 {
			list = d.Snapshot()
			err = s.system.Log.Append(context.Background(), s.name, list, d.Changes)
			if errors.Is(err, todo.ErrConflict) && conflicts < maxConflicts {
				conflicts++
				s.list.Store(nil)
				continue
			}
			if err != nil {
				s.list.Store(nil)
				waiting = w.fail(waiting, err)
				continue
			}
			s.list.Store(&list)
		}
		for i, r := range waiting {
			r.Done(w.errs[i])
		}
		return
	}
}

// try runs the requests on the draft and notes how they ended. It stops at one
// that panics and returns its place, otherwise -1.
func (s *Server) try(requests []Request, w *workspace) (crashed int, err error) {
	d := &w.draft
	w.errs, w.changed = w.errs[:0], w.changed[:0]
	i := 0
	defer func() {
		if value := recover(); value != nil {
			crashed, err = i, fmt.Errorf("%w: %v", ErrCrashed, value)
			if s.system.Panicked != nil {
				s.system.Panicked(s.name, value, debug.Stack())
			}
		}
	}()
	for ; i < len(requests); i++ {
		before := len(d.Changes)
		w.errs = append(w.errs, requests[i].Run(d))
		w.changed = append(w.changed, len(d.Changes) > before)
	}
	return -1, nil
}

// fail ends the requests that made changes, with err, and returns the others.
func (w *workspace) fail(requests []Request, err error) []Request {
	var others []Request
	for i, r := range requests {
		if w.changed[i] {
			r.Done(err)
		} else {
			others = append(others, r)
		}
	}
	return others
}

func (s *Server) load() (todo.List, error) {
	if list, ok := s.Loaded(); ok {
		return list, nil
	}
	list, err := s.system.Log.Load(context.Background(), s.name)
	if err != nil {
		return todo.List{}, err
	}
	s.list.Store(&list)
	return list, nil
}

// restart puts a new server into the place of one that panicked: it keeps the
// mailbox and the name, and knows nothing of the list.
func (s *Server) restart() {
	s.list.Store(nil)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.number = s.system.started.Add(1)
	s.restarts++
}
