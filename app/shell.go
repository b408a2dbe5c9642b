package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"todoshell/attach"
	"todoshell/repl"
	"todoshell/store"
	"todoshell/todo"
)

// A shell runs what people type. It works on the data itself where this process has it
// open, and otherwise is attached to the process that has. When that process ends, this one
// opens the data.
type shell struct {
	repl.Shell
	program *program
	env     repl.Environment // shared by the shells that replace each other; without the data
	close   func(context.Context) error
	used    bool // the process that it is attached to has run something
	lost    bool // what has become of a command is not known, or there is no more data
}

func (p *program) openShell(env repl.Environment) (*shell, error) {
	s := &shell{program: p, env: env}
	return s, s.open(context.Background(), repl.State{Settings: p.settings()})
}

// open opens what the flags name, and goes on from a state.
func (s *shell) open(ctx context.Context, state repl.State) error {
	if s.program.connect == "" {
		return s.openData(ctx, state)
	}
	token, err := s.program.token()
	if err != nil {
		return err
	}
	client, err := attach.ToServer(ctx, s.program.connect, token, s.env, state)
	if err != nil {
		return err
	}
	s.attachTo(client)
	return nil
}

// How often, and how long, to try to attach to a process that is only starting,
// or already ending.
const (
	retry    = 20 * time.Millisecond
	patience = 3 * time.Second
)

// openData opens the data, or attaches to the process that holds it.
func (s *shell) openData(ctx context.Context, state repl.State) error {
	late := time.After(patience)
	again := time.NewTicker(retry)
	defer again.Stop()
	for {
		h, err := s.program.hold()
		if err == nil {
			env := s.env
			env.Cache = h.lists
			if !s.program.memory {
				env.Backup = h.data.Backup
			}
			s.Shell, s.close = repl.NewSession(env, state), h.close
			return nil
		}
		if !isInUse(err) {
			return err
		}
		client, cant := s.program.attach(ctx, s.env, state)
		if cant == nil {
			s.attachTo(client)
			return nil
		}
		select {
		case <-again.C:
		case <-late:
			return unattached(err, cant)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *shell) attachTo(client *attach.Client) {
	s.Shell = client
	s.close = func(context.Context) error {
		client.Close()
		return nil
	}
}

func (p *program) attach(ctx context.Context, env repl.Environment, state repl.State) (*attach.Client, error) {
	dir, err := p.dataDir()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return attach.ToFolder(ctx, dir, env, state)
}

func isInUse(err error) bool { return errors.Is(err, &todo.Error{Code: store.InUse}) }

// unattached adds to the error of a folder in use why it can't be shared.
func unattached(inUse, cant error) error {
	e, ok := errors.AsType[*todo.Error](inUse)
	if !ok {
		return inUse
	}
	return &todo.Error{Code: e.Code, Message: fmt.Sprintf("%s, and %v", e.Message, strings.Split(cant.Error(), ";")[0]),
		Hint: e.Hint}
}

// maxRepeats is how often a command is given again to the next process that holds the
// data, when one has gone in the middle of it.
const maxRepeats = 3

// Do runs a task where the data is. A task that the other process has not begun
// is run by whoever holds the data then, and so is a single command that it may have
// begun: a key makes sure that its change is made once.
func (s *shell) Do(ctx context.Context, t repl.Task) error {
	elsewhere := s.program.connect != ""
	if _, attached := s.Shell.(*attach.Client); attached && !elsewhere { // where the data is, nothing can be lost but this process
		t = t.WithKey()
	}
	var lost error // of the attempt before, which may have done the task or not
	for attempts := 1; ; attempts++ {
		err := s.Shell.Do(ctx, t)
		gone := attach.IsGone(err)
		repeat := attach.CanRepeat(err) && ctx.Err() == nil && attempts <= maxRepeats
		if repeat {
			lost = err
		}
		if (gone || repeat) && !elsewhere {
			if err = s.takeOver(ctx); err == nil {
				continue
			}
			if lost != nil {
				s.State().Fail(s.env.Err, lost)
			}
		} else if !gone && !attach.IsLost(err) {
			s.used = true
			return err
		}
		s.used, s.lost = true, true
		state := s.State()
		state.Fail(s.env.Err, err)
		if elsewhere || errors.Is(err, &todo.Error{Code: repl.ServerRefused}) {
			state.Exited, state.ExitCode = true, exitData
		}
		return nil
	}
}

// takeOver opens the data, or attaches to the next process that holds it.
func (s *shell) takeOver(ctx context.Context) error {
	if err := errors.Join(s.close(ctx), s.open(ctx, *s.State())); err != nil {
		return err
	}
	if !s.used {
		return nil // nothing was run there, so there is nothing to report
	}
	s.used = false
	next := "this one holds it now"
	if _, attached := s.Shell.(*attach.Client); attached {
		next = "this one works with the next"
	}
	repl.Report(s.env.Err, s.State().JSON, &todo.Error{Code: repl.ServerGone, Message: "the todoshell that held the data has ended", Hint: next})
	return nil
}

// code returns the exit code for all that has been run.
func (s *shell) code() int {
	if state := s.State(); !s.lost || state.Exited {
		return state.Code()
	}
	return exitData
}
