package prompt

import (
	"io"
	"sync/atomic"

	"todoshell/repl"
)

// A gate stands between the terminal and the command that runs. After an interrupt
// it lets no more answers through, and sees to it that the last word is the error
// that says so.
type gate struct {
	answers, errors io.Writer

	// Of the command that runs.
	colored    bool        // an answer that is cut off may leave the terminal coloured
	closed     atomic.Bool // by an interrupt
	cut        bool        // an answer came after that, and was left out
	complained bool        // an error came after that
}

// pieceSize is how much of an answer, in bytes, may still be written after an
// interrupt: a slow terminal takes what it has been given, however long that takes.
const pieceSize = 1 << 10

// begin opens the gate for a command.
func (g *gate) begin(colored bool) {
	g.closed.Store(false)
	g.colored, g.cut, g.complained = colored, false, false
}

// close lets no more answers through.
func (g *gate) close() { g.closed.Store(true) }

// end is called when the command has ended. If an interrupt has ended it, and no
// error says so yet, one does now.
func (g *gate) end(s *repl.State) {
	if g.cut && !g.complained {
		s.Fail(complaints{g}, repl.ErrCut)
	} else if g.closed.Load() {
		_, _ = complaints{g}.Write(nil)
	}
	g.begin(false)
}

// Write writes answers. It is no failure that one comes too late.
func (g *gate) Write(b []byte) (n int, err error) {
	for n < len(b) && err == nil && !g.closed.Load() {
		var wrote int
		wrote, err = g.answers.Write(b[n:min(n+pieceSize, len(b))])
		n += wrote
	}
	if err == nil && n < len(b) {
		n, g.cut = len(b), true
	}
	return n, err
}

// complaints are where a command writes its errors.
type complaints struct{ *gate }

// Write writes errors: the first one after an interrupt on a line of its own.
func (c complaints) Write(b []byte) (int, error) {
	if c.closed.Load() && !c.complained {
		c.complained = true
		first := "\n" // the cursor is behind ^C
		if c.colored {
			first = "\x1b[0m\n"
		}
		_, _ = io.WriteString(c.errors, first) // if this fails, so does what follows
	}
	return c.errors.Write(b)
}
