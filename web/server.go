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
)

// Options say what a server works with. Without a field's value there is none of
// it, but for Cache and Tokens, which must be there.
type Options struct {
	Cache  *cache.Cache
	Tokens *access.Tokens
	Local  bool     // nothing but this machine can connect
	Hosts  []string // other names than its addresses: NAME, or NAME:PORT

	Log     *slog.Logger
	Metrics *Metrics
	Ready   func() error // why nothing can be changed now
	Shell   http.Handler // second shells
	Now     func() time.Time
	Version string
}

// A Server serves lists.
type Server struct {
	http   *http.Server
	ctx    context.Context //nolint:containedctx // of all streams
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
	if o.Metrics == nil {
		o.Metrics = NewMetrics()
	}
	s := &Server{ready: o.Ready}
	s.ctx, s.ending = context.WithCancelCause(context.Background())
	g := newGuard(o.Tokens, o.Local, o.Hosts)
	mux := &routes{ServeMux: http.NewServeMux()}
	a := newAPI(mux, o.Cache, o.Now, o.Version)
	a.chapterCalls(mux)
	a.fileCalls(mux)
	mux.Stream("POST "+bulkPath, s.stream(g, http.HandlerFunc(a.bulk)))
	mux.Stream("GET /v1/lists/{list}/events", s.stream(g, http.HandlerFunc(a.listEvents)))
	mux.Stream("GET /v1/events", s.stream(g, http.HandlerFunc(a.allEvents)))
	if o.Shell != nil {
		mux.Stream("GET /v1/shell", s.stream(g, o.Shell))
	}
	mux.Handle("GET /openapi.json", newFile(a.describe(), "application/openapi+json"))
	mux.describe(a.OpenAPI().Paths)
	mux.HandleFunc("POST /login", g.login)
	mux.HandleFunc("POST /logout", g.logout)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { text(w, []byte("ok\n")) })
	mux.HandleFunc("GET /readyz", s.readyz)
	o.Metrics.watch(o.Cache)
	mux.Handle("GET /metrics", o.Metrics.handler())
	files := page()
	mux.Handle("GET /{$}", files)
	mux.Handle("GET /page/", files)
	mux.ServeMux.Handle("/", unknown(mux.ServeMux))
	s.http = NewServer(observed(o.Log, o.Metrics, g.around(routed(mux.ServeMux))))
	s.http.ErrorLog = slog.NewLogLogger(o.Log.Handler(), slog.LevelWarn)
	return s
}

// ServeHTTP answers a request, for servers that are made elsewhere.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.http.Handler.ServeHTTP(w, r) }

// Serve answers what comes to the listener, until Close. With a certificate and
// its key, in files, it speaks TLS.
func (s *Server) Serve(l net.Listener, cert, key string) error {
	l = LimitConns(l)
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

// stream is for what goes on for long, until the server ends.
func (s *Server) stream(g *guard, next http.Handler) http.Handler {
	next = g.stream(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithCancelCause(r.Context())
		defer cancel(nil)
		defer context.AfterFunc(s.ctx, func() { cancel(cache.ErrClosed) })()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// readyz tells whether changes can be made.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	err := s.ctx.Err()
	if err != nil {
		err = cache.ErrClosed
	} else if s.ready != nil {
		err = s.ready()
	}
	if err != nil {
		code := problemOf(err).Code // the rest tells of folders, and everyone may ask
		problem(w, r, newProblem(http.StatusServiceUnavailable, code, "changes cannot be made now", ""))
		return
	}
	text(w, []byte("ready\n"))
}
