package server

import "sync"

// A scheduler gives goroutines to servers that have mail: each runs one batch, then
// the one that has waited longest has its turn.
type scheduler struct {
	mu          sync.Mutex
	running     int     // how many goroutines run servers
	underWay    int     // how many requests these servers have taken
	first, last *Server // a queue of servers that wait for a goroutine
}

// How many servers run at the same time. It takes many requests, not many servers,
// to share an fsync and to leave the disk no pause: more servers would do the same
// in smaller batches, each of which copies parts of a list.
const (
	minRunning     = 64
	maxRunning     = 1024 // bounds the memory of goroutines, whose stacks grow while they load
	enoughUnderWay = 4096
)

// run runs a server that has mail: at once if there is room, else after those that have
// waited longer.
func (sch *scheduler) run(s *Server) {
	sch.mu.Lock()
	defer sch.mu.Unlock()
	sch.enqueue(s)
	sch.admit()
}

// admit starts goroutines for servers in the queue while there is room.
func (sch *scheduler) admit() {
	for sch.first != nil && sch.room() {
		s, n := sch.dequeue()
		go sch.work(s, n)
	}
}

func (sch *scheduler) room() bool {
	return sch.running < minRunning || sch.running < maxRunning && sch.underWay < enoughUnderWay
}

// work is a goroutine: it runs servers, a batch each, as long as some wait.
func (sch *scheduler) work(s *Server, n int) {
	w := workspaces.Get().(*workspace) //nolint:errcheck // there is nothing else in it
	defer workspaces.Put(w)
	for s != nil {
		s, n = sch.next(s, n, s.run(w))
	}
}

// next ends the turn of a server, which may have more mail, and begins that of
// the one that has waited longest.
func (sch *scheduler) next(s *Server, n int, more bool) (*Server, int) {
	sch.mu.Lock()
	defer sch.mu.Unlock()
	sch.running--
	sch.underWay -= n
	if more {
		sch.enqueue(s)
	}
	if sch.first == nil || !sch.room() {
		return nil, 0
	}
	s, n = sch.dequeue()
	sch.admit()
	return s, n
}

// dequeue begins the turn of a server, which takes n requests or more.
func (sch *scheduler) dequeue() (s *Server, n int) {
	s = sch.first
	if sch.first, s.next = s.next, nil; sch.first == nil {
		sch.last = nil
	}
	n = s.Waiting()
	sch.running++
	sch.underWay += n
	return s, n
}

func (sch *scheduler) enqueue(s *Server) {
	if sch.last == nil {
		sch.first = s
	} else {
		sch.last.next = s
	}
	sch.last = s
}
