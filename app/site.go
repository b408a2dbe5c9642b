package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"sync/atomic"
	"time"

	"todoshell/access"
	"todoshell/attach"
	"todoshell/cache"
	"todoshell/cluster"
	"todoshell/metrics"
	"todoshell/todo"
	"todoshell/web"
	"todoshell/web/guard"
)

// serveGrace is how long requests may take to end after a signal.
const serveGrace = 4 * time.Second

// CutOff is the code of the error that requests were still under way when the grace ended.
const CutOff todo.Code = "cut_off"

// CantListen is the code of an address that can't be served.
const CantListen todo.Code = "cannot_listen"

// A site is the HTTP server of the lists, with its listener and the server for profiles.
type site struct {
	program  *program
	log      *slog.Logger
	metrics  *metrics.Metrics
	tokens   *access.Tokens
	server   *web.Server
	shells   *attach.Server
	profiles *http.Server
	draining atomic.Bool // it still answers, but a load balancer is to send no more
	failed   chan error  // gets the error with which it has ended by itself
}

func (p *program) newSite() *site {
	var level slog.Level
	_ = level.UnmarshalText([]byte(p.http.logLevel)) // check has seen that it is one
	options := &slog.HandlerOptions{Level: level}
	handler := slog.Handler(slog.NewTextHandler(p.stderr, options))
	if p.http.logFormat == "json" {
		handler = slog.NewJSONHandler(p.stderr, options)
	}
	return &site{program: p, log: slog.New(handler), metrics: metrics.New(), failed: make(chan error, 2)}
}

// open begins to serve what a holder holds.
func (s *site) open(h *holder) (err error) {
	if s.tokens, err = s.program.openTokens(); err != nil {
		return err
	}
	listener, local, err := s.listen()
	if err != nil {
		s.tokens.Close()
		return err
	}
	s.metrics.AddFsyncs(h.data.Fsyncs)
	s.metrics.AddServers(h.lists.Stats)
	if l, clustered := h.data.(*cluster.Log); clustered {
		s.metrics.AddCounts(func() []metrics.Count { return clusterCounts(l.Stats()) })
	}
	s.shells = attach.NewServer(func(r *http.Request) *cache.Cache { return h.lists.Within(guard.GrantOf(r.Context())) }, nil)
	s.server = web.New(web.Options{Cache: h.lists, Tokens: s.tokens, Local: local, Hosts: s.program.http.hosts, Log: s.log,
		Answered: s.metrics.Answered, Metrics: s.metrics.Handler(), Ready: func() error { return s.ready(h.data) }, Shell: s.shells, Version: version(), Secret: h.data.Secret()})
	h.run.Go(func() {
		if err := s.server.Serve(listener, s.program.http.cert, s.program.http.key); err != nil {
			s.failed <- cantListen(s.program.http.address, err)
		}
	})
	if err := s.openProfiles(h); err != nil {
		return errors.Join(err, s.close())
	}
	scheme := "http"
	if s.program.http.cert != "" {
		scheme = "https"
	}
	fmt.Fprintf(s.program.stdout, "todoshell: serving at %s://%s%s\n", scheme, listener.Addr(), s.openToAll())
	return nil
}

// ready tells why nothing can be changed here now, or soon.
func (s *site) ready(data Store) error {
	if s.draining.Load() {
		return &todo.Error{Code: cluster.Unavailable, Message: "this node is about to end", Hint: "ask another node"}
	}
	return data.Ready()
}

// openToAll returns a warning where everyone on this machine can use the lists without a token.
func (s *site) openToAll() string {
	switch {
	case s.tokens.Required():
		return ""
	case s.program.memory:
		return " (every user of this machine may come in)"
	}
	return " (every user of this machine may come in until there is a token: " + s.program.Name + " token add NAME)"
}

// listen opens the address. Others than this machine may come in only where there
// are tokens.
func (s *site) listen() (l net.Listener, local bool, err error) {
	l, err = net.Listen("tcp", s.program.http.address) //nolint:noctx // nothing is waited for
	if err != nil {
		return nil, false, cantListen(s.program.http.address, err)
	}
	switch local = isLocal(l); {
	case local:
	case !s.tokens.Required():
		return nil, false, errors.Join(&todo.Error{Code: CantListen,
			Message: fmt.Sprintf("%s can be reached from other machines, and there are no tokens", s.program.http.address),
			Hint:    "make one with: " + s.program.Name + " token add NAME; or listen on " + defaultAddress}, l.Close())
	case s.program.http.cert == "":
		s.log.Warn("tokens and lists go over the network in clear text; use --tls-cert and --tls-key", "address", l.Addr().String())
	}
	return l, local, nil
}

// isLocal tells whether only this machine can connect.
func isLocal(l net.Listener) bool {
	at, err := netip.ParseAddrPort(l.Addr().String())
	return err == nil && at.Addr().Unmap().IsLoopback()
}

// openProfiles serves profiles, where they are asked for.
func (s *site) openProfiles(h *holder) error {
	if s.program.http.debug == "" {
		return nil
	}
	listener, err := net.Listen("tcp", s.program.http.debug) //nolint:noctx // nothing is waited for
	if err != nil {
		return cantListen(s.program.http.debug, err)
	}
	switch {
	case isLocal(listener):
	case !s.program.http.public:
		return errors.Join(&todo.Error{Code: CantListen,
			Message: fmt.Sprintf("--debug-addr %s can be reached from other machines, and asks for no token", s.program.http.debug),
			Hint:    "listen on 127.0.0.1, or say --debug-public"}, listener.Close())
	default:
		s.log.Warn("profiles can be had from other machines without a token", "address", listener.Addr().String())
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	s.profiles = guard.NewServer(guard.Named(mux, s.program.http.hosts))
	h.run.Go(func() { _ = s.profiles.Serve(listener) }) // it ends when it is closed
	return nil
}

// close ends the site. Requests that end within the grace are still answered.
func (s *site) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), serveGrace)
	defer cancel()
	var profiles error
	if s.profiles != nil {
		profiles = s.profiles.Close()
	}
	err := s.server.Close(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = &todo.Error{Code: CutOff, Message: fmt.Sprintf("requests that had not ended after %v were cut off", serveGrace),
			Hint: "what was answered is on disk"}
	}
	s.shells.Shutdown(ctx)
	s.tokens.Close()
	return errors.Join(err, profiles)
}

func cantListen(address string, err error) error {
	return &todo.Error{Code: CantListen, Message: fmt.Sprintf("%s cannot be served: %v", address, err),
		Hint: "choose another address with --http, as " + defaultAddress}
}
