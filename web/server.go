package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"todoshell/access"
	"todoshell/cache"

	"todoshell/web/api"
	"todoshell/web/events"
	"todoshell/web/guard"
	"todoshell/web/page"
	"todoshell/web/problem"
	"todoshell/web/seal"
)

// Options say what a server works with. Without a field's value there is none of
// it, but for Cache and Tokens, which must be there.
type Options struct {
	Cache  *cache.Cache
	Tokens *access.Tokens
	Local  bool     // nothing but this machine can connect
	Hosts  []string // other names than its addresses: NAME, or NAME:PORT

	Log      *slog.Logger
	Answered func(method, route string, status int, took time.Duration) // is told of each answer
	Metrics  http.Handler                                               // shows what is measured of all lists
	Ready    func() error                                               // why nothing can be changed now
	Shell    http.Handler                                               // second shells
	Now      func() time.Time
	Version  string
	Secret   [16]byte // encrypts what would tell how much is changed in all lists; it should stay with them
}

// A Server serves lists.
type Server struct {
	http   *http.Server
	ctx    context.Context //nolint:containedctx // with which all streams end
	ending context.CancelCauseFunc
	ready  func() error
}

// New returns a server.
func New(o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Answered == nil {
		o.Answered = func(string, string, int, time.Duration) {}
	}
	s := &Server{ready: o.Ready}
	s.ctx, s.ending = context.WithCancelCause(context.Background())
	g := guard.New(s.ctx, o.Tokens, o.Local, o.Hosts)
	sealed := seal.New(o.Secret)
	rs := api.NewRoutes(o.Cache, sealed)
	a := api.New(rs, o.Now, o.Version)
	events.Add(o.Cache, rs, sealed)
	if o.Shell != nil {
		rs.Handle("GET /v1/shell", guard.Rule{Stream: true}, o.Shell)
	}
	open := guard.Rule{Open: true}
	rs.Handle("POST /login", open, http.HandlerFunc(g.Login))
	rs.Handle("POST /logout", open, http.HandlerFunc(g.Logout))
	rs.Handle("GET /healthz", open, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { api.Text(w, []byte("ok\n")) }))
	rs.Handle("GET /readyz", open, http.HandlerFunc(s.readyz))
	if o.Metrics != nil {
		rs.Handle("GET /metrics", guard.Rule{}, forAllLists(o.Metrics))
	}
	rs.Handle("GET /openapi.json", open, page.NewFile(a.Describe(), "application/openapi+json"))
	rs.Handle("GET /page/", open, http.HandlerFunc(rs.Unknown)) // a browser that shows an earlier page may ask for files which are gone
	for pattern, file := range page.Files() {
		rs.Handle(pattern, guard.Rule{Open: true, Document: true}, file)
	}
	s.http = guard.NewServer(observed(o.Log, o.Answered, g.Around(routed(rs), rs.Rule)))
	s.http.ErrorLog = slog.NewLogLogger(o.Log.Handler(), slog.LevelWarn)
	return s
}

// ServeHTTP answers a request, for servers that are made elsewhere.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.http.Handler.ServeHTTP(w, r) }

// Serve answers what comes to the listener, until Close. With a certificate and
// its key, in files, it speaks TLS.
func (s *Server) Serve(l net.Listener, cert, key string) error {
	l = guard.LimitConns(l)
	err := error(nil)
	if cert != "" {
		err = s.http.ServeTLS(l, cert, key)
	} else {
		err = s.http.Serve(l)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// Close ends the server: it accepts nothing more, ends streams between two
// answers, and waits for what is under way until ctx ends.
func (s *Server) Close(ctx context.Context) error {
	s.ending(cache.ErrClosed)
	err := s.http.Shutdown(ctx)
	return errors.Join(err, s.http.Close())
}

// readyz tells whether changes can be made.
func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) {
	err := context.Cause(s.ctx)
	if err == nil && s.ready != nil {
		err = s.ready()
	}
	if err != nil {
		code := problem.Of(err).Code // the rest tells of folders, and everyone may ask
		problem.Write(w, problem.New(http.StatusServiceUnavailable, code, "changes cannot be made now", ""))
		return
	}
	api.Text(w, []byte("ready\n"))
}
