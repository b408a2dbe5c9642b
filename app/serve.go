package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// defaultAddress is where "serve" listens: on this machine alone.
const defaultAddress = "127.0.0.1:5454"

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
		stop() // the next signal ends it at once
		h.drain()
	case err = <-h.web.failed:
	}
	return errors.Join(err, h.close(context.Background()))
}
