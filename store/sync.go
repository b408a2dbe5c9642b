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
	next   *company // nil: nobody waits
	latest *company // whose fsync has begun; nil: there was none
}

const gatherFor = 100 * time.Microsecond

// A company is the appends that share an fsync.
type company struct {
	size   int
	enough chan struct{} // closed when as many have come as the one before had
	done   chan struct{} // closed after the fsync
	err    error
}

// wait returns when an fsync that began after the call has ended.
func (s *syncs) wait(fsync func() error) error {
	s.mu.Lock()
	c := s.next
	if c == nil {
		c = &company{enough: make(chan struct{}), done: make(chan struct{})}
		s.next = c
	}
	c.size++
	first := c.size == 1
	wanted := 1
	if s.latest != nil {
		wanted = s.latest.size
	}
	if c.size == wanted {
		close(c.enough)
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
	if s.latest != nil {
		<-s.latest.done
	}
	timer := time.NewTimer(gatherFor)
	select {
	case <-c.enough:
	case <-timer.C:
	}
	timer.Stop()
	s.mu.Lock()
	s.next, s.latest = nil, c
	s.mu.Unlock()
}
