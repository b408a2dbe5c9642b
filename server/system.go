package server

import (
	"sync"
	"sync/atomic"
	"time"

	"todoshell/todo"
)

// A System is what the servers of one process share.
type System struct {
	Log Log
	Now func() time.Time // the clock that dates changes

	// Panicked, unless nil, is told of each panic that a request caused.
	Panicked func(name string, value any, stack []byte)

	// Appended, unless nil, is told of changes as soon as they are durable, list by
	// list in their order. It must not wait, nor keep the slice or its edits.
	Appended func(name string, changes []todo.Change)

	started   atomic.Uint64
	restarted atomic.Uint64

	mu          sync.Mutex
	running     int     // goroutines
	underWay    int     // requests that they have taken
	first, last *Server // those that wait for one of them
}

// How many servers run at the same time. To share an fsync and leave the disk no
// pause takes many requests, not many servers: more of them would do the same in
// smaller batches, each of which copies parts of a list.
const (
	minRunning     = 64
	maxRunning     = 1024 // bounds the memory of goroutines, whose stacks grow while they load
	enoughUnderWay = 4096
)

// Start starts the server of a list. It loads the list when the first request
// comes.
func (sys *System) Start(name string) *Server {
	return &Server{name: name, system: sys, number: sys.started.Add(1)}
}

// Started returns how many servers were started, those among them that took the
// place of one that panicked, and how many of these there were.
func (sys *System) Started() (all, restarted uint64) { return sys.started.Load(), sys.restarted.Load() }

// run runs a server that has got mail, at once or when others have had their turn.
func (sys *System) run(s *Server) {
	sys.mu.Lock()
	defer sys.mu.Unlock()
	sys.enqueue(s)
	sys.admit()
}

// admit gives goroutines to servers that wait, while there is room.
func (sys *System) admit() {
	for sys.first != nil && sys.room() {
		s, n := sys.dequeue()
		go sys.work(s, n)
	}
}

func (sys *System) room() bool {
	return sys.running < minRunning || sys.running < maxRunning && sys.underWay < enoughUnderWay
}

// work is a goroutine: it runs servers, a batch each, as long as some wait.
func (sys *System) work(s *Server, n int) {
	w := workspaces.Get().(*workspace) //nolint:errcheck // there is nothing else in it
	defer workspaces.Put(w)
	for s != nil {
		s, n = sys.next(s, n, s.run(w))
	}
}

// next ends the turn of a server, which may have more mail, and begins that of
// the one that has waited longest.
func (sys *System) next(s *Server, n int, more bool) (*Server, int) {
	sys.mu.Lock()
	defer sys.mu.Unlock()
	sys.running--
	sys.underWay -= n
	if more {
		sys.enqueue(s)
	}
	if sys.first == nil || !sys.room() {
		return nil, 0
	}
	s, n = sys.dequeue()
	sys.admit()
	return s, n
}

// dequeue begins the turn of a server, which takes n requests or more.
func (sys *System) dequeue() (s *Server, n int) {
	s = sys.first
	if sys.first, s.next = s.next, nil; sys.first == nil {
		sys.last = nil
	}
	n = s.Waiting()
	sys.running++
	sys.underWay += n
	return s, n
}

func (sys *System) enqueue(s *Server) {
	if sys.last == nil {
		sys.first = s
	} else {
		sys.last.next = s
	}
	sys.last = s
}
