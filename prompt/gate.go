package prompt

import (
	"io"
	"sync/atomic"

	"todoshell/repl"
)

// A gate is the way to the terminal while a command runs. After an interrupt it
// lets no answer through any more, and has the last word.
type gate struct {
	answers, errors io.Writer
	color           bool
	closed          atomic.Bool // by an interrupt
	dropped         bool        // something came too late
	told            bool        // something was written after it
}

// pieceSize is how much of an answer may still show up on a slow terminal.
const pieceSize = 1 << 10

// Write writes answers. Those that come too late are no failure.
func (g *gate) Write(b []byte) (n int, err error) {
	for n < len(b) && err == nil && !g.closed.Load() {
		var wrote int
		wrote, err = g.answers.Write(b[n:min(n+pieceSize, len(b))])
		n += wrote
	}
	if err == nil && n < len(b) {
		n, g.dropped = len(b), true
	}
	return n, err
}

// complaints is where a command writes its errors.
type complaints struct{ *gate }

func (c complaints) Write(b []byte) (int, error) {
	if c.closed.Load() && !c.told {
		c.told = true
		first := "\n" // the cursor is behind ^C
		if c.color {
			first = "\x1b[0m\n"
		}
		_, _ = io.WriteString(c.errors, first) // the next will tell
	}
	return c.errors.Write(b)
}

// run runs something with the gate in the way.
func (g *gate) run(s repl.Shell, run func() error) error {
	o := s.Settings()
	g.answers, g.errors, g.color = o.Out, o.Err, o.Color
	o.Out, o.Err = g, complaints{g}
	err := run()
	o = s.Settings() // may be those of another session by now
	if g.dropped && !g.told {
		o.Fail(repl.ErrCut)
	} else if g.closed.Load() {
		_, _ = complaints{g}.Write(nil)
	}
	o.Out, o.Err = g.answers, g.errors
	return err
}
