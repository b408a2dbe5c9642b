package web

import (
	"net/http"
	"sync"
	"time"

	"todoshell/todo"
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

// Slots are places for what lasts: so many in all, and so many for each.
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

var errTooManyStreams = &todo.Error{Code: tooMany, Message: "too many streams are open", Hint: "close some, or try again later"}

// headOnly ends an answer of any length to HEAD where its body would begin.
func headOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			w = headWriter{w}
		}
		next.ServeHTTP(w, r)
	})
}

type headWriter struct{ http.ResponseWriter }

func (w headWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (headWriter) Write([]byte) (int, error) { return 0, http.ErrBodyNotAllowed }

// stream is for what goes on for long: there is a bound of it, and its context
// ends when its token is revoked, with the cause [access.ErrRevoked].
func (g *guard) stream(next http.Handler) http.Handler {
	next = headOnly(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := holderOf(r.Context())
		if !g.streams.take(h.Hash) {
			problem(w, r, errTooManyStreams)
			return
		}
		defer g.streams.free(h.Hash)
		ctx, stop := g.tokens.While(r.Context(), h)
		defer stop()
		if b, ok := r.Body.(*pacedBody); ok {
			defer b.while(ctx)()
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}
