//go:build unix

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// A service is a process that prints a line when it is ready, and goes on until
// it is told to end.
type service struct {
	cmd      *exec.Cmd
	kill     context.CancelFunc
	problems strings.Builder
	out      *bufio.Reader
	ready    string // the last word of its first line
}

// serve starts a service. It is killed when ctx ends.
func (b *bench) serve(ctx context.Context, command ...string) (*service, error) {
	ctx, kill := context.WithCancel(ctx)
	s := &service{cmd: b.command(ctx, command...), kill: kill}
	s.cmd.Stderr = &s.problems
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		kill()
		return nil, err
	}
	s.out = bufio.NewReader(out)
	if err = s.cmd.Start(); err != nil {
		kill()
		return nil, err
	}
	line, err := s.out.ReadString('\n')
	if err != nil {
		kill()
		_ = s.cmd.Wait()
		return nil, fmt.Errorf("%s is not ready: %w: %s", strings.Join(command, " "), err, &s.problems)
	}
	words := strings.Fields(line)
	s.ready = words[len(words)-1]
	return s, nil
}

// end ends it, and returns what it has printed since it was ready.
func (s *service) end() (string, error) {
	defer s.kill()
	signalled := s.cmd.Process.Signal(syscall.SIGTERM)
	rest, readErr := io.ReadAll(s.out)
	err := errors.Join(signalled, readErr, s.cmd.Wait())
	if err != nil {
		err = fmt.Errorf("%s: %w: %.1000s", strings.Join(s.cmd.Args, " "), err, s.problems.String())
	}
	return string(rest), err
}

// memory returns the most it has had in memory.
func (s *service) memory() int64 {
	most, _ := memory(s.cmd.Process.Pid)
	return most
}

// A load is what clients do to a server, and what they have seen.
type load func(ctx context.Context, url string) ([]sample, error)

// loaded serves todoshell's lists, from an empty folder, to a load.
func (b *bench) loaded(l load) contestant {
	data := b.path("served")
	c := durable(b.server("todoshell", l, b.path("todoshell"), "serve", "--data", data, "--http", "127.0.0.1:0"))
	run := c.run
	c.run = func(ctx context.Context) ([]sample, error) {
		if err := os.RemoveAll(data); err != nil {
			return nil, err
		}
		return run(ctx)
	}
	return c
}

// server puts a load on a server. The memory is the server's.
func (b *bench) server(name string, l load, command ...string) contestant {
	return contestant{name: name, run: func(ctx context.Context) ([]sample, error) {
		syscall.Sync() // the disk is not still at work for the one before
		s, err := b.serve(ctx, command...)
		if err != nil {
			return nil, err
		}
		samples, err := l(ctx, s.ready)
		for i := range samples {
			samples[i].peak = s.memory()
		}
		_, ended := s.end()
		return samples, errors.Join(err, ended)
	}}
}

func (b *bench) emptyHandler(l load) contestant {
	return b.server("an empty net/http handler", l, b.path("peer"), "http")
}

// client is a load by a program of the folder peer.
func (b *bench) client(words ...any) load {
	return func(ctx context.Context, url string) ([]sample, error) {
		command := []string{b.path("peer"), fmt.Sprint(words[0]), url}
		for _, w := range words[1:] {
			command = append(command, fmt.Sprint(w))
		}
		return b.measured(process{command: command})(ctx)
	}
}
