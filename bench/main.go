//go:build unix

// Command bench runs todoshell beside what one would take instead, on the same
// work and in turn. It prints a table: the median of some rounds, with the
// fastest and the slowest, the peak memory, and how many times as long as
// todoshell each contestant takes; and it writes the table and charts of it
// into README.md.
//
//	cd bench && go run .                            # all that this machine has
//	cd bench && go run . -all                       # and what takes minutes
//	cd bench && go run . -lines 20000 -rounds 1     # a try; writes nothing
//	cd bench && go run . -work hot -print           # one work; see -h
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

func main() {
	// A closed pipe would end the process with its files left behind.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	err := run(ctx)
	interrupted := ctx.Err() != nil
	stop()
	switch {
	case interrupted:
		fmt.Fprintln(os.Stderr, "bench: interrupted")
		os.Exit(130)
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

const fullSize = 1_000_000

// A bench is one run of this program.
type bench struct {
	lines  int
	rounds int
	dir    string // where everything is made
}

func run(ctx context.Context) (err error) {
	b := &bench{}
	flag.IntVar(&b.lines, "lines", fullSize, "lines of the scripts")
	flag.IntVar(&b.rounds, "rounds", 3, "how often each contestant runs")
	only := flag.String("work", "", "run these works alone, separated by commas; write nothing")
	all := flag.Bool("all", false, "run the works that take minutes, too")
	noFiles := flag.Bool("print", false, "print only, write nothing")
	to := flag.String("to", "", "the folder of the README.md to write (default: this one, after a run of all works in full size)")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "Usage: go run . [flags], in the folder bench")
		flag.PrintDefaults()
		fmt.Fprintln(flag.CommandLine.Output(), "Works:")
		for _, w := range b.works() {
			fmt.Fprintf(flag.CommandLine.Output(), "  %-9s %s\n", w.name, w.title)
		}
	}
	flag.Parse()
	if b.rounds < 1 || b.lines < 1000 {
		return errors.New("-rounds must be at least 1, -lines at least 1000")
	}
	if b.dir, err = os.MkdirTemp("", "todoshell-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	works, err := choose(b.works(), *only, *all)
	if err != nil {
		return err
	}
	if err = b.build(ctx); err != nil {
		return err
	}
	r := &report{machine: b.machine(ctx)}
	err = b.compare(ctx, r, works)
	fmt.Fprint(os.Stdout, r.machine, "\n", r.table(), "\n") // what there is, also after an interruption
	if err != nil {
		return err
	}
	if *to == "" && *only == "" && b.lines == fullSize {
		*to = "."
	}
	if *to != "" && !*noFiles {
		if err := r.write(*to); err != nil {
			return err
		}
	}
	if len(r.failed) > 0 {
		return errors.New("failed: " + strings.Join(r.failed, "; "))
	}
	return nil
}

// choose returns the works that are named, or else all but those that take
// minutes.
func choose(works []work, only string, all bool) ([]work, error) {
	named := map[string]bool{}
	for name := range strings.SplitSeq(only, ",") {
		named[name] = true
	}
	delete(named, "")
	var chosen []work
	for _, w := range works {
		if named[w.name] || only == "" && (all || !w.long) {
			chosen = append(chosen, w)
		}
		delete(named, w.name)
	}
	for name := range named {
		return nil, fmt.Errorf("there is no work %q; -h lists them", name)
	}
	return chosen, nil
}

// build builds todoshell and the benchmarks of its packages, and the peers.
func (b *bench) build(ctx context.Context) error {
	for _, pkg := range []string{"cache", "todo"} {
		if err := b.compile(ctx, "..", "test", "-c", "-o", b.path(pkg+".test"), "./"+pkg); err != nil {
			return err
		}
	}
	return b.buildPrograms(ctx)
}

func (b *bench) buildPrograms(ctx context.Context) error {
	if err := b.compile(ctx, "..", "build", "-o", b.path("todoshell"), "./cmd/todoshell"); err != nil {
		return err
	}
	return b.compile(ctx, ".", "build", "-o", b.path("peer"), "./peer")
}

func (b *bench) compile(ctx context.Context, dir string, words ...string) error {
	_, err := b.start(ctx, process{dir: dir, command: append([]string{"go"}, words...)})
	return err
}

func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }
