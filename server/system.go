package server

import (
	"sync"
	"sync/atomic"
	"time"
)

// A System is what the servers of one process share.
type System struct {
	Log Log
	Now func() time.Time // the clock that dates changes

	// Panicked, unless nil, is told of each panic that a request caused.
	Panicked func(name string, value any, stack []byte)

	started atomic.Uint64

	mu          sync.Mutex
	running     int     // goroutines
	first, last *Server // those that wait for one of them
}

// maxRunning is how many servers run at the same time. It bounds the memory of
// goroutines however many lists have mail, and is more than enough to share an
// fsync; the mail of those that wait meanwhile makes larger batches.
const maxRunning = 1024

// Start starts the server of a list. It loads the list when the first request
// comes.
func (sys *System) Start(name string) *Server {
	return &Server{name: name, system: sys, number: sys.started.Add(1)}
}

// run runs a server that has got mail, on a goroutine of its own, or on the
// next one that is free.
func (sys *System) run(s *Server) {
	sys.mu.Lock()
	defer sys.mu.Unlock()
	if sys.running == maxRunning {
		sys.enqueue(s)
		return
	}
	sys.running++
	go sys.work(s)
}

// work is a goroutine: it runs servers, a batch each, as long as some wait.
func (sys *System) work(s *Server) {
	w := workspaces.Get().(*workspace) //nolint:errcheck // there is nothing else in it
	defer workspaces.Put(w)
	for s != nil {
		s = sys.next(s, s.run(w))
	}
}

// next returns the server that has waited longest, which may be s if it has
// more mail, or else gives the goroutine up.
func (sys *System) next(s *Server, more bool) *Server {
	sys.mu.Lock()
	defer sys.mu.Unlock()
	if more {
		sys.enqueue(s)
	}
	if s = sys.first; s == nil {
		sys.running--
		return nil
	}
	if sys.first = s.next; sys.first == nil {
		sys.last = nil
	}
	s.next = nil
	return s
}

func (sys *System) enqueue(s *Server) {
	if sys.last == nil {
		sys.first = s
	} else {
		sys.last.next = s
	}
	sys.last = s
}
