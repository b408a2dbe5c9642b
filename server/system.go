package server

import (
	"sync/atomic"
	"time"
)

// A System is what the servers of one process share: the journals,
// the clock, and the scheduler that lets them run.
type System struct {
	Log Log
	Now func() time.Time // the clock that dates changes

	// Panicked, unless nil, is told of each panic that a request caused.
	Panicked func(name string, value any, stack []byte)

	// Observe, unless nil, is told of each append to a journal: how many changes it
	// has made durable, and how long that took. It must not wait.
	Observe func(changes int, took time.Duration)

	scheduler scheduler
	started   atomic.Uint64
	restarted atomic.Uint64
}

// Start starts the server of a list. It loads the list when the first request
// comes.
func (sys *System) Start(name string) *Server {
	return &Server{name: name, system: sys, number: sys.started.Add(1)}
}

// Started returns how many servers were started, those among them that took the
// place of one that panicked, and how many of these there were.
func (sys *System) Started() (all, restarted uint64) { return sys.started.Load(), sys.restarted.Load() }
