package repl

import (
	"bufio"
	"bytes"
	"context"
	"io"
)

// maxBuffered is how much of a script is looked at for the end of a line.
const maxBuffered = 4 * MaxLine

// command returns the command that a line of a script holds, if it holds one.
func command(line []byte, first bool) (command []byte, tooLong bool) {
	line = bytes.TrimRight(line, "\r\n")
	if len(line) > MaxLine {
		return nil, true
	}
	if first {
		line = bytes.TrimPrefix(line, []byte("\ufeff"))
	}
	if line = bytes.TrimLeft(line, blanks); len(line) > 0 && line[0] == '#' {
		return nil, false
	}
	return line, false
}

// ahead reads from r, and before it waits for r, lets everything read so far go
// its way. When ctx ends, it doesn't wait any longer.
type ahead struct {
	ctx    context.Context //nolint:containedctx // of one run
	r      io.Reader
	before func()
	ended  bool // nothing more is wanted
}

func (a *ahead) Read(p []byte) (int, error) {
	a.before()
	if a.ended {
		return 0, io.EOF
	}
	type result struct {
		n   int
		err error
	}
	done := make(chan result, 1)
	go func() {
		n, err := a.r.Read(p)
		done <- result{n, err}
	}()
	select {
	case got := <-done:
		return got.n, got.err
	case <-a.ctx.Done():
		// The read goes on until its input ends or the process does; nothing looks at
		// p any more.
		return 0, a.ctx.Err()
	}
}

// A rest is what follows a line of the script on standard input, for the command
// that the line holds.
type rest struct {
	*bufio.Reader
	from *ahead
}

// end leaves the rest unread: no more of it is a command.
func (r *rest) end() {
	_, _ = r.Discard(r.Buffered())
	r.from.ended = true
	if outer, ok := r.from.r.(*rest); ok { // where the script is run by another one
		outer.end()
	}
}
