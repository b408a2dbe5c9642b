package guard

import (
	"context"
	"net/http"
	"sync"
	"time"

	"todoshell/todo"

	"todoshell/web/problem"
)

const (
	maxConns       = 16384
	maxConnsEach   = 4096 // for each network, but not for this machine
	maxStreams     = 12288
	maxStreamsEach = 1024 // for each token
	maxHeader      = 64 << 10

	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
)

// NewServer returns a server whose limits no client can stretch.
func NewServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		HTTP2:             &http.HTTP2Config{WriteByteTimeout: writeTimeout},
	}
}

// Slots bound how many connections or streams there are at the same time: in all, and for each client.
type slots struct {
	most, mostEach int

	mu   sync.Mutex
	used int
	each map[string]int
}

// take takes a place. There is no bound for "" but that for all.
func (s *slots) take(who string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used == s.most || who != "" && s.each[who] == s.mostEach {
		return false
	}
	if s.each == nil {
		s.each = make(map[string]int)
	}
	s.used++
	s.each[who]++
	return true
}

func (s *slots) free(who string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used--
	if s.each[who]--; s.each[who] == 0 {
		delete(s.each, who)
	}
}

var errTooManyStreams = &todo.Error{Code: problem.TooMany, Message: "too many streams are open", Hint: "close some, or try again later"}

// stream serves a request that goes on for long, if there is room for it. Its context ends when its token is revoked,
// with the cause [access.ErrRevoked], and when all streams end.
func (g *Guard) stream(next http.Handler, w http.ResponseWriter, r *http.Request) error {
	h := HolderOf(r.Context())
	if !g.streams.take(h.Hash) {
		return errTooManyStreams
	}
	defer g.streams.free(h.Hash)
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	defer context.AfterFunc(g.ctx, func() { cancel(context.Cause(g.ctx)) })()
	ctx, stop := g.tokens.While(ctx, h)
	defer stop()
	defer BodyWhile(ctx, r.Body)()
	next.ServeHTTP(w, r.WithContext(ctx))
	return nil
}
