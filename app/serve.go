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
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"todoshell/access"
	"todoshell/attach"
	"todoshell/cache"
	"todoshell/todo"
	"todoshell/web"
)

// defaultAddress is where "serve" listens: on this machine alone.
const defaultAddress = "127.0.0.1:5454"

// CantListen is the code of an address that can't be served.
const CantListen todo.Code = "cannot_listen"

// CutOff is the code of requests that were not waited for any longer.
const CutOff todo.Code = "cut_off"

// serveGrace is how long requests may take to end after a signal.
const serveGrace = 4 * time.Second

// httpFlags say how the lists are served. Without an address they are not.
type httpFlags struct {
	address   string
	hosts     []string
	cert, key string
	debug     string
	public    bool // debug, too
	logFormat string
	logLevel  string
}

func (f *httpFlags) add(flags *pflag.FlagSet, address, usage string) {
	flags.StringVar(&f.address, "http", address, usage)
	flags.StringArrayVar(&f.hosts, "host", nil, "another name of the server, NAME or NAME:PORT; may be given more than once")
	flags.StringVar(&f.cert, "tls-cert", "", "a file with the server's certificate")
	flags.StringVar(&f.key, "tls-key", "", "a file with its key")
	flags.StringVar(&f.debug, "debug-addr", "", "serve profiles (pprof) at this address")
	flags.BoolVar(&f.public, "debug-public", false, "let other machines reach --debug-addr, too, without a token")
	flags.StringVar(&f.logFormat, "log-format", "text", "text or json")
	flags.StringVar(&f.logLevel, "log-level", "info", "debug (each request), info, warn or error")
}

func (f *httpFlags) check() error {
	switch {
	case (f.cert == "") != (f.key == ""):
		return errors.New("--tls-cert and --tls-key belong together")
	case f.logFormat != "text" && f.logFormat != "json":
		return fmt.Errorf("--log-format %q is neither text nor json", f.logFormat)
	case f.address == "" && (f.cert != "" || f.debug != "" || len(f.hosts) > 0):
		return errors.New("--host, --tls-cert and --debug-addr are for --http")
	}
	if f.public && f.debug == "" {
		return errors.New("--debug-public is for --debug-addr")
	}
	var level slog.Level
	if level.UnmarshalText([]byte(f.logLevel)) != nil {
		return fmt.Errorf("--log-level %q is none of debug, info, warn and error", f.logLevel)
	}
	return nil
}

func (p *program) serveCommand() *cobra.Command {
	var flags httpFlags
	c := &cobra.Command{
		Use:   "serve",
		Short: "Serve the lists over HTTP, with a page, until a signal ends it",
		Long: `Serve the lists over HTTP: a page at /, a JSON API below /v1, which describes
itself at /openapi.json, and second shells (todoshell --connect URL).

Other machines can connect only to an address that --http names, and only with
a token: see "todoshell token --help".`,
		Example: `  todoshell serve
  todoshell token add phone && todoshell serve --http :8443 --host lists.example.org --tls-cert c.pem --tls-key k.pem`,
		Args: cobra.NoArgs,
		PreRunE: func(*cobra.Command, []string) error {
			p.http = flags
			return p.check()
		},
		Run: func(*cobra.Command, []string) { p.end(p.serve()) },
	}
	c.Flags().SortFlags = false
	flags.add(c.Flags(), defaultAddress, "the address to listen on")
	c.Flags().IntVar(&p.maxLive, "max-live", 1_000_000, "how many lists to keep in memory")
	c.Flags().BoolVar(&p.memory, "memory", false, "keep nothing")
	return c
}

// serve runs without a shell until a signal comes.
func (p *program) serve() error {
	signals, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	h, err := p.hold()
	if err != nil {
		return err
	}
	select {
	case <-signals.Done():
	case err = <-h.web.failed:
	}
	return errors.Join(err, h.close(context.Background()))
}

// A site is the lists as HTTP serves them.
type site struct {
	flags    *httpFlags
	log      *slog.Logger
	metrics  *web.Metrics
	tokens   *access.Tokens
	server   *web.Server
	shells   *attach.Server
	profiles *http.Server
	failed   chan error // why it has ended by itself
}

func (p *program) newSite() *site {
	var level slog.Level
	_ = level.UnmarshalText([]byte(p.http.logLevel)) // check has seen that it is one
	options := &slog.HandlerOptions{Level: level}
	handler := slog.Handler(slog.NewTextHandler(p.stderr, options))
	if p.http.logFormat == "json" {
		handler = slog.NewJSONHandler(p.stderr, options)
	}
	return &site{flags: &p.http, log: slog.New(handler), metrics: web.NewMetrics(), failed: make(chan error, 2)}
}

// open begins to serve what a holder holds.
func (s *site) open(p *program, h *holder) error {
	dir := "" // in which there are no tokens
	if !p.memory {
		var err error
		if dir, err = p.dataDir(); err != nil {
			return err
		}
	}
	s.tokens = access.Open(dir)
	listener, local, err := s.listen()
	if err != nil {
		return err
	}
	s.metrics.Fsyncs(h.data.Fsyncs)
	s.shells = attach.NewServer(func(r *http.Request) *cache.Cache { return h.lists.Within(web.GrantOf(r.Context())) }, nil)
	s.server = web.New(web.Options{Cache: h.lists, Tokens: s.tokens, Local: local, Hosts: s.flags.hosts, Log: s.log,
		Metrics: s.metrics, Ready: h.data.Ready, Shell: s.shells, Version: version()})
	h.run.Go(func() {
		if err := s.server.Serve(listener, s.flags.cert, s.flags.key); err != nil {
			s.failed <- cantListen(s.flags.address, err)
		}
	})
	if err := s.openProfiles(h); err != nil {
		return errors.Join(err, s.close())
	}
	scheme := "http"
	if s.flags.cert != "" {
		scheme = "https"
	}
	fmt.Fprintf(p.stdout, "todoshell: serving at %s://%s%s\n", scheme, listener.Addr(), s.openToAll(p))
	return nil
}

// openToAll says, where it is so, that one need only be at this machine to come in.
func (s *site) openToAll(p *program) string {
	switch {
	case s.tokens.Required():
		return ""
	case p.memory:
		return " (every user of this machine may come in)"
	}
	return " (every user of this machine may come in until there is a token: todoshell token add NAME)"
}

// listen opens the address. Others than this machine may come in only where there
// are tokens.
func (s *site) listen() (l net.Listener, local bool, err error) {
	l, err = net.Listen("tcp", s.flags.address) //nolint:noctx // nothing is waited for
	if err != nil {
		return nil, false, cantListen(s.flags.address, err)
	}
	switch local = isLocal(l); {
	case local:
	case !s.tokens.Required():
		return nil, false, errors.Join(&todo.Error{Code: CantListen,
			Message: fmt.Sprintf("%s can be reached from other machines, and there are no tokens", s.flags.address),
			Hint:    "make one with: todoshell token add NAME; or listen on " + defaultAddress}, l.Close())
	case s.flags.cert == "":
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
	if s.flags.debug == "" {
		return nil
	}
	listener, err := net.Listen("tcp", s.flags.debug) //nolint:noctx // nothing is waited for
	if err != nil {
		return cantListen(s.flags.debug, err)
	}
	switch {
	case isLocal(listener):
	case !s.flags.public:
		return errors.Join(&todo.Error{Code: CantListen,
			Message: fmt.Sprintf("--debug-addr %s can be reached from other machines, and asks for no token", s.flags.debug),
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
	s.profiles = web.NewServer(web.Named(mux, s.flags.hosts))
	h.run.Go(func() { _ = s.profiles.Serve(listener) }) // it ends when it is closed
	return nil
}

// close ends it: no answer is lost that comes within the grace.
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
