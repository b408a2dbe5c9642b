package repl

import (
	"context"
	"fmt"
	"io"
	"sync"

	"todoshell/todo"
)

// MaxLine is the longest line, in bytes.
const MaxLine = 64 << 10

// ErrCut is the error of a command whose answer was cut short by an interrupt.
var ErrCut = &todo.Error{Code: Interrupted, Message: "interrupted", Hint: "the answer is cut short"}

// Run runs a script: each line of r, in order. Answers and errors come in the order of
// the lines; an answer is printed when what it tells is durable. Errors begin with the
// name and the number of the line, unless the name is empty, as it is at the prompt.
//
// When ctx ends, what has been begun is finished and answered, and Run returns.
// Run fails only where r or the output does; see [State.Code] for how the
// commands went.
func (s *Session) Run(ctx context.Context, name string, r io.Reader) error {
	return s.run(ctx, place{file: name}, r)
}

func (s *Session) run(ctx context.Context, in place, r io.Reader) error {
	outer, outerPlace := s.ctx, s.printer.place
	s.ctx, s.printer.place = ctx, in
	if s.depth == 0 {
		s.guesses = 0
	}
	defer func() { s.ctx, s.printer.place = outer, outerPlace }()

	p := &pipeline{session: s, free: make(chan *chunk, maxChunks), full: make(chan *chunk, maxChunks),
		printed: make(chan struct{}), stop: make(chan struct{})}
	var readErr error
	var reading sync.WaitGroup
	reading.Go(func() {
		defer close(p.full)
		readErr = p.read(ctx, r)
	})
	for c := range p.full {
		p.print(c)
	}
	reading.Wait()
	if err := s.printer.flush(); err != nil {
		return err
	}
	if readErr != nil && ctx.Err() == nil {
		return fmt.Errorf("%s: %w", in.file, readErr)
	}
	return nil
}
