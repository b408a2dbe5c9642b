package attach

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"

	"todoshell/cache"
)

// A Server runs the tasks of clients, each on the cache that it may use.
type Server struct {
	cache  func(*http.Request) *cache.Cache
	backup func(dir string) error

	mu        sync.Mutex
	ending    bool
	terminals map[*terminal]struct{}
	running   sync.WaitGroup // a connection each
}

// NewServer returns a server. Cache returns what the client behind a request may use.
// Backup copies all data; if it is nil, clients can make no backups.
func NewServer(cache func(*http.Request) *cache.Cache, backup func(dir string) error) *Server {
	return &Server{cache: cache, backup: backup, terminals: make(map[*terminal]struct{})}
}

// ServeHTTP serves a shell until it goes away, the request's context ends, or the
// server is shut down.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{protocol}})
	if err != nil {
		return // it has been answered
	}
	if ws.Subprotocol() != protocol {
		_ = ws.Close(websocket.StatusPolicyViolation, "this todoshell speaks "+protocol)
		return
	}
	t := newTerminal(newConn(ws, maxToServer), s, s.cache(r))
	defer t.CloseNow() //nolint:errcheck // nothing depends on it
	if s.enter(t) {
		defer s.leave(t)
		_ = t.send(helloKind) // if that fails, so does receiving
		t.serve(r.Context())
	}
}

func (s *Server) enter(t *terminal) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending {
		return false
	}
	s.terminals[t] = struct{}{}
	s.running.Add(1)
	return true
}

func (s *Server) leave(t *terminal) {
	s.mu.Lock()
	delete(s.terminals, t)
	s.mu.Unlock()
	s.running.Done()
}

// each does f with each terminal.
func (s *Server) each(f func(*terminal)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for t := range s.terminals {
		f(t)
	}
}

// stopTimeout is how long a task may take to end when it is stopped.
const stopTimeout = 500 * time.Millisecond

var errEnding = errors.New("the server is ending")

// Shutdown begins no more tasks, and waits for those under way until ctx ends. It
// then stops them: what is begun is finished and answered, and nothing more read.
// It ends all connections, and waits for that.
func (s *Server) Shutdown(ctx context.Context) {
	s.mu.Lock()
	s.ending = true
	s.mu.Unlock()
	s.each((*terminal).bye)

	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.running.Wait()
	}()
	select {
	case <-ended:
		return
	case <-ctx.Done():
	}
	s.each((*terminal).stop)
	select {
	case <-ended:
		return
	case <-time.After(stopTimeout):
	}
	s.each((*terminal).hangUp)
	<-ended
}
