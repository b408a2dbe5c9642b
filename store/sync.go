package store

import (
	"sync"
	"time"
)

// Syncs share fsyncs of the log among appends. Those that come while one is under
// way wait together for the next.
//
// The next begins when as many wait as the one before had: then all who come again
// as soon as they are answered are there. It waits no longer than gatherFor for
// them, so that whoever comes alone loses little.
type syncs struct {
	mu     sync.Mutex
	next   *company      // nil: nobody waits
	before chan struct{} // closed after the latest fsync that has begun; nil: there was none
	last   int           // how many shared it
}

const gatherFor = 100 * time.Microsecond

// A company is the appends that share an fsync.
type company struct {
	size   int
	wanted chan struct{} // closed when as many have come as the one before had
	done   chan struct{} // closed after the fsync
	err    error
}

// wait returns when an fsync that began after the call has ended.
func (s *syncs) wait(fsync func() error) error {
	s.mu.Lock()
	c := s.next
	if c == nil {
		c = &company{wanted: make(chan struct{}), done: make(chan struct{})}
		s.next = c
	}
	c.size++
	first := c.size == 1
	if c.size == s.last {
		close(c.wanted)
	}
	s.mu.Unlock()
	if !first {
		<-c.done
		return c.err
	}
	s.gather(c)
	c.err = fsync()
	close(c.done)
	return c.err
}

// gather waits for the end of the fsync before, and for company.
func (s *syncs) gather(c *company) {
	if s.before != nil {
		<-s.before
	}
	s.mu.Lock()
	enough := c.size >= s.last
	s.mu.Unlock()
	if !enough {
		timer := time.NewTimer(gatherFor)
		select {
		case <-c.wanted:
		case <-timer.C:
		}
		timer.Stop()
	}
	s.mu.Lock()
	s.next, s.before, s.last = nil, c.done, c.size
	s.mu.Unlock()
}
