// Command todocluster shows todoshell on several machines, all of which are this one: it starts
// three nats-servers and three nodes of todoshell, which have the same lists.
//
// Each of them is a process of this program, with "server" or "node" as its first argument. It ends
// when its standard input does: so none is left behind, however this process ends.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/pflag"
)

const (
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	code := 0
	switch args := os.Args[1:]; {
	case len(args) > 0 && args[0] == server:
		code = report(runServer(args[1:]))
	case len(args) > 0 && args[0] == node:
		code = runNode(args[1:])
	default:
		code = run(args)
	}
	os.Exit(code)
}

func report(err error) (code int) {
	if err == nil {
		return 0
	}
	fmt.Fprintf(os.Stderr, "todocluster: %v\n", err)
	return exitFailed
}

func run(args []string) (code int) {
	flags := pflag.NewFlagSet("todocluster", pflag.ContinueOnError)
	flags.SortFlags = false
	dir := flags.String("dir", "", "keep the files of all in this folder (default: a new one, which is removed at the end)")
	port := flags.Int("port", 0, "listen at this port and the eight after it, nodes first (default: free ones)")
	asJSON := flags.Bool("json", false, "print one line of JSON when all are ready")
	flags.Usage = func() {
		fmt.Fprintf(os.Stderr, "Run three nats-servers and three nodes of todoshell on this machine, until a signal ends them.\n\nUsage:\n  todocluster [flags]\n\nFlags:\n%s",
			flags.FlagUsages())
	}
	switch err := flags.Parse(args); {
	case errors.Is(err, pflag.ErrHelp):
		return 0
	case err == nil && flags.NArg() > 0:
		err = fmt.Errorf("unknown argument %q", flags.Arg(0))
		fallthrough
	case err != nil:
		report(err)
		return exitUsage
	}
	tell := tellPeople
	if *asJSON {
		tell = tellPrograms
	}
	return report(show(*dir, *port, tell))
}

// show runs a cluster until a signal comes.
func show(dir string, port int, tell func(io.Writer, *cluster) error) (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	endWithGoRun(ctx, cancel)
	c, err := newCluster(dir, port)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.end()) }()
	if err = c.start(ctx); err == nil {
		err = tell(os.Stdout, c)
	}
	if err == nil {
		err = c.wait(ctx)
	}
	if ctx.Err() != nil {
		return nil // as somebody wished
	}
	return err
}

func tellPrograms(w io.Writer, c *cluster) error { return json.NewEncoder(w).Encode(c) }

func tellPeople(w io.Writer, c *cluster) error {
	var text strings.Builder
	text.WriteString("Three nats-servers keep the lists, and three nodes of todoshell serve them:\n\n")
	for _, p := range c.all() {
		fmt.Fprintf(&text, "  %-8s %-24s process %d\n", p.Name, p.URL, p.PID)
	}
	shell := "todoshell"
	if byGoRun() {
		shell = "go run ./cmd/todoshell"
	}
	fmt.Fprintf(&text, `
Each node has the same lists. Try this in other terminals:

  %[1]s --connect %[2]s
  %[1]s --connect %[3]s

or open %[4]s in a browser. You can end any one server
and any node: the others go on.

`, shell, c.Nodes[0].URL, c.Nodes[1].URL, c.Nodes[2].URL)
	text.WriteString("The files are in " + c.dir)
	if c.temporary {
		text.WriteString(", which is removed at the end")
	}
	text.WriteString(". Ctrl-C ends all.\n")
	_, err := io.WriteString(w, text.String())
	return err
}

// byGoRun tells whether "go run" has built this program, and waits for its end.
func byGoRun() bool {
	path, err := os.Executable()
	return err == nil && strings.HasPrefix(filepath.Base(filepath.Dir(filepath.Dir(filepath.Dir(path)))), "go-build")
}

// endWithGoRun cancels when "go run" has ended, which does not pass signals on.
func endWithGoRun(ctx context.Context, cancel func()) {
	if !byGoRun() {
		return
	}
	parent := os.Getppid()
	go func() {
		for tick := time.NewTicker(100 * time.Millisecond); os.Getppid() == parent; {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
		cancel()
	}()
}
