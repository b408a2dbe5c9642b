package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"todoshell/cache"
	"todoshell/repl"
	"todoshell/server"
	"todoshell/store"
)

// The exit codes besides those of a session.
const (
	exitUsage  = 2
	exitData   = 4
	exitSignal = 128 // and the signal's number
)

// grace is how long what is under way may take to end after a signal.
const grace = 1500 * time.Millisecond

// A program is one run of todoshell: what its flags say and what it works with.
type program struct {
	stdin, stdout, stderr *os.File

	data    string
	memory  bool
	json    bool
	bail    bool
	color   string
	maxLive int
	tasks   []task

	code int
}

// run is the program: it returns the exit code.
func run(args []string, stdin, stdout, stderr *os.File) int {
	p := &program{stdin: stdin, stdout: stdout, stderr: stderr}
	root := p.command()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	if err := root.Execute(); err != nil {
		fmt.Fprintf(stderr, "todoshell: %v\n", err)
		return exitUsage
	}
	return p.code
}

// open opens the data folder, or one in memory.
func (p *program) open() (*store.Store, error) {
	if p.memory {
		return store.OpenMemory()
	}
	dir, err := p.dataDir()
	if err != nil {
		return nil, err
	}
	return store.Open(dir)
}

// shell runs the tasks, or else the prompt, or else standard input.
func (p *program) shell() error {
	data, err := p.open()
	if err != nil {
		return err
	}
	stopBackups := func() {}
	if dir, err := p.dataDir(); err == nil && !p.memory {
		stopBackups = serveBackups(dir, data)
	}
	lists := cache.New(&server.System{Now: time.Now, Panicked: p.panicked}, data, p.maxLive)
	session := repl.NewSession(p.options(lists, data))

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGHUP)
	if !p.prompts() { // where an interrupt ends a line, not the program
		signal.Notify(signals, os.Interrupt)
	}
	defer signal.Stop(signals)

	finished := make(chan int, 1)
	go func() {
		code := p.work(ctx, session)
		stopBackups()
		lists.Close()
		if err := data.Close(); err != nil {
			fmt.Fprintf(p.stderr, "todoshell: %v\n", err)
			code = exitData
		}
		finished <- code
	}()
	select {
	case p.code = <-finished:
	case s := <-signals:
		cancel()
		p.code = exitSignal + int(s.(syscall.Signal)) //nolint:errcheck // signals are of this type on all systems
		select {
		case <-finished:
		case <-time.After(grace): // what has been answered is durable, and nothing else is owed
		}
	}
	return nil
}

// work runs what there is to run and returns the exit code.
func (p *program) work(ctx context.Context, s *repl.Session) int {
	err := p.runTasks(ctx, s)
	switch {
	case errors.Is(err, syscall.EPIPE):
		return repl.ExitOK // nobody reads on: that is no failure
	case err != nil:
		s.Fail(err)
	}
	return s.Code()
}

func (p *program) runTasks(ctx context.Context, s *repl.Session) error {
	for _, t := range p.tasks {
		if s.Ended() || ctx.Err() != nil {
			break
		}
		err := t.run(ctx, s)
		if errors.Is(err, syscall.EPIPE) {
			return err
		}
		if err != nil { // a script that can't be read fails as a command does: the others follow
			s.Fail(err)
		}
	}
	switch {
	case len(p.tasks) > 0:
		return nil
	case p.prompts():
		return repl.Prompt(ctx, s, repl.OpenHistory(historyFile()))
	}
	return s.RunFile(ctx, "-")
}

// panicked reports a panic that nobody caused on purpose.
func (p *program) panicked(name string, value any, stack []byte) {
	if value != repl.OnPurpose {
		fmt.Fprintf(p.stderr, "todoshell: the server of %q panicked: %v\n%s", name, value, stack)
	}
}
