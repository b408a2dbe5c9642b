package guard

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	writeTimeout = 30 * time.Second // for so many bytes
	writePiece   = 64 << 10
	sweepEvery   = time.Second
)

// LimitConns returns the listener with a bound of open connections. Those beyond
// it are closed at once. A client that takes nothing of what is written for 30 s
// is cut off.
func LimitConns(l net.Listener) net.Listener { return limitConns(l, maxConns, maxConnsEach) }

func limitConns(l net.Listener, most, mostEach int) net.Listener {
	limited := &limitedListener{Listener: l, slots: slots{most: most, mostEach: mostEach},
		conns: make(map[*limitedConn]struct{}), empty: make(chan struct{})}
	go limited.sweep()
	return limited
}

// A limitedListener looks after the deadlines of its connections once a second. To
// have the runtime do it to the nanosecond would cost a fifth of a small request,
// which sets four of them.
type limitedListener struct {
	net.Listener
	slots slots

	mu     sync.Mutex
	conns  map[*limitedConn]struct{}
	closed bool
	empty  chan struct{} // closed when there are no connections, and none can come
}

// Accept returns the next connection for which there is a place.
func (l *limitedListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		who := ""
		if addr, _ := addrOf(c.RemoteAddr()); addr.IsValid() && !addr.IsLoopback() {
			who = network(addr).String()
		}
		if !l.slots.take(who) {
			_ = c.Close()
			continue
		}
		limited := &limitedConn{Conn: c}
		limited.free = sync.OnceFunc(func() {
			l.slots.free(who)
			l.remove(limited)
		})
		l.mu.Lock()
		l.conns[limited] = struct{}{}
		l.mu.Unlock()
		return limited, nil
	}
}

// Close ends accepting. Connections go on.
func (l *limitedListener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		l.checkEmpty()
	}
	return l.Listener.Close()
}

func (l *limitedListener) remove(c *limitedConn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
	l.checkEmpty()
}

func (l *limitedListener) checkEmpty() {
	if l.closed && len(l.conns) == 0 {
		close(l.empty)
	}
}

// sweep is a goroutine, which ends with the last connection.
func (l *limitedListener) sweep() {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			l.mu.Lock()
			for c := range l.conns {
				c.reads.sweep(now, c.Conn.SetReadDeadline)
				c.writes.sweep(now, c.SetWriteDeadline)
			}
			l.mu.Unlock()
		case <-l.empty:
			return
		}
	}
}

// A limitedConn leaves its deadlines to the listener's sweep.
type limitedConn struct {
	net.Conn
	free   func()
	reads  deadline
	writes deadline
}

func (c *limitedConn) Close() error {
	defer c.free()
	return c.Conn.Close()
}

// CloseWrite lets the client read the last answer: where something of the request
// is unread, Close would take that away.
func (c *limitedConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

func (c *limitedConn) SetReadDeadline(t time.Time) error {
	return c.reads.set(t, c.Conn.SetReadDeadline)
}

func (c *limitedConn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

// Write gives the client some time for each piece.
func (c *limitedConn) Write(b []byte) (written int, err error) {
	for {
		piece := b[:min(len(b), writePiece)]
		c.writes.at.Store(time.Now().Add(writeTimeout).UnixNano())
		n, err := c.Conn.Write(piece)
		if err == nil { // the sweep may have come just after
			err = c.writes.set(time.Time{}, c.SetWriteDeadline)
		}
		written += n
		if b = b[len(piece):]; err != nil || len(b) == 0 {
			return written, err
		}
	}
}

// A deadline is kept to the second.
type deadline struct {
	at atomic.Int64 // in nanoseconds since 1970; 0: none

	mu   sync.Mutex
	over bool // the connection has been told
}

var past = time.Unix(1, 0)

// set sets the deadline, by means of the connection's own only where that must
// change now.
func (d *deadline) set(t time.Time, own func(time.Time) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at.Store(0)
	if !t.IsZero() && !t.After(time.Now()) {
		d.over = true
		return own(t)
	}
	if d.over {
		d.over = false
		if err := own(time.Time{}); err != nil {
			return err
		}
	}
	if !t.IsZero() {
		d.at.Store(t.UnixNano())
	}
	return nil
}

// sweep tells the connection that the deadline is over, if it is.
func (d *deadline) sweep(now time.Time, own func(time.Time) error) {
	if at := d.at.Load(); at == 0 || at > now.UnixNano() {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if at := d.at.Load(); at != 0 && at <= now.UnixNano() {
		d.over = true
		_ = own(past) // it is closed, or will notice
	}
}
