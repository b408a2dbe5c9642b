package repl

import (
	"bufio"
	"bytes"
	"context"
	"io"
)

// maxBuffered is how many bytes of a script are searched for the end of a line.
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

// A stoppableReader reads from r until ctx ends, also if r never returns. Before each
// read it calls before, since it may then wait for long.
type stoppableReader struct {
	ctx    context.Context //nolint:containedctx // of one run
	r      io.Reader
	before func()
	ended  bool // nothing more is to be read
}

func (a *stoppableReader) Read(p []byte) (int, error) {
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
		// The read that is under way can't be ended. Nobody looks at p any more.
		return 0, a.ctx.Err()
	}
}

// A rest is what follows a line in a script on standard input. A command in that line
// which reads standard input gets it.
type rest struct {
	*bufio.Reader
	from *stoppableReader
}

// end drops what was not read: the command has taken it for its data, so that it can't
// be commands.
func (r *rest) end() {
	_, _ = r.Discard(r.Buffered())
	r.from.ended = true
	if outer, ok := r.from.r.(*rest); ok { // a script on standard input has run the same input as a script again
		outer.end()
	}
}
