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
	switch {
	case sys.running < maxRunning:
		sys.running++
		go sys.work(s)
	case sys.last == nil:
		sys.first, sys.last = s, s
	default:
		sys.last.next, sys.last = s, s
	}
}

// work is a goroutine: it runs servers as long as some wait.
func (sys *System) work(s *Server) {
	w := workspaces.Get().(*workspace) //nolint:errcheck // there is nothing else in it
	defer workspaces.Put(w)
	for ; s != nil; s = sys.waiting() {
		s.run(w)
	}
}

// waiting takes the server that has waited longest, or else gives the goroutine
// up.
func (sys *System) waiting() *Server {
	sys.mu.Lock()
	defer sys.mu.Unlock()
	s := sys.first
	if s == nil {
		sys.running--
		return nil
	}
	if sys.first = s.next; sys.first == nil {
		sys.last = nil
	}
	s.next = nil
	return s
}
