package prompt

import (
	"bytes"
	"context"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// A keyboard is what is typed at the terminal. The prompt and the commands that
// read standard input take turns at it; what one has left unread, or a read that
// it no longer waits for, is for the next.
type keyboard struct {
	turn    sync.Mutex // of who reads
	in      io.Reader
	done    <-chan struct{}                      // closed when the prompt is to end
	signals <-chan os.Signal                     // what else may happen at the prompt
	pause   func(time.Duration) <-chan time.Time // time.After
	buf     []byte                               // read, and not yet taken
	pending chan input                           // of a read that goes on
	ended   bool                                 // nothing more can be typed
	keys    chan key                             // those that readline has been given a bell for
	hurried atomic.Bool                          // more has been typed: no need to draw yet
	owed    bool                                 // the key before was hurried
}

// An input is what a read has come to.
type input struct {
	bytes []byte
	err   error
}

func newKeyboard(in io.Reader) *keyboard {
	return &keyboard{in: in, pause: time.After, keys: make(chan key, 4)}
}

// fill waits until something has been typed, or one of the signals has come.
func (k *keyboard) fill(done <-chan struct{}, signals <-chan os.Signal) (os.Signal, error) {
	select {
	case <-done: // even if there is something: that is for the next
		return nil, context.Canceled
	default:
	}
	for len(k.buf) == 0 {
		k.read()
		select {
		case s := <-signals:
			return s, nil
		case <-done:
			return nil, context.Canceled
		case got := <-k.pending:
			if err := k.took(got); err != nil {
				return nil, err
			}
		}
	}
	return nil, nil
}

// more waits for more than has been typed, or until it is too late for that.
func (k *keyboard) more(done <-chan struct{}, late <-chan time.Time) error {
	k.read()
	select {
	case <-done:
		return context.Canceled
	case got := <-k.pending:
		return k.took(got)
	case <-late:
	}
	select {
	case got := <-k.pending: // in time, but for a machine that is busy
		return k.took(got)
	default:
		return errPause
	}
}

// read begins to read, unless that goes on already.
func (k *keyboard) read() {
	if k.pending != nil {
		return
	}
	pending := make(chan input, 1)
	go func() {
		b := make([]byte, 4096)
		n, err := k.in.Read(b)
		pending <- input{b[:n], err}
	}()
	k.pending = pending
}

func (k *keyboard) took(got input) error {
	k.pending = nil
	if len(got.bytes) == 0 {
		return got.err
	}
	k.buf = append(k.buf, got.bytes...)
	return nil
}

// Read gives readline its keys one by one: those that it knows, and a bell for
// each other, which is the next of k.keys. It takes none beyond the end of a
// line: those behind it may be meant for the command that the line begins.
func (k *keyboard) Read(p []byte) (int, error) {
	k.turn.Lock()
	defer k.turn.Unlock()
	got, err := k.key()
	if err != nil {
		k.ended = true
		return 0, io.EOF
	}
	k.owed = got.action != redraw && len(k.buf) > 0
	k.hurried.Store(k.owed)
	if got.action == byReadline {
		p[0] = got.text[0]
		return 1, nil
	}
	k.keys <- got
	p[0] = bell
	return 1, nil
}

// Close is for readline.
func (k *keyboard) Close() error { return nil }

// commandInput is the standard input of commands: of each, what is typed while it runs.
type commandInput struct{ typed atomic.Pointer[typedLines] }

// begin gives the command that begins an input of its own: who still reads that of
// the command before gets nothing of it.
func (c *commandInput) begin(lines *typedLines) { c.typed.Store(lines) }

func (c *commandInput) Read(p []byte) (int, error) {
	lines := c.typed.Load()
	if lines == nil {
		return 0, io.EOF
	}
	return lines.Read(p)
}

// typedLines are what is typed for one command, to Ctrl-D. They end with the command.
type typedLines struct {
	*keyboard
	done <-chan struct{} // closed when the command is to end
	err  error           // what it has ended with: Ctrl-D is no end to who would read on
}

// Read may find keys that were typed ahead of the command, which the terminal
// has not made lines of.
func (l *typedLines) Read(p []byte) (int, error) {
	l.turn.Lock()
	defer l.turn.Unlock()
	for l.err == nil {
		if _, l.err = l.fill(l.done, nil); l.err != nil {
			break
		}
		for _, mark := range []string{pasteBegin, pasteEnd} { // are for the prompt
			l.buf = bytes.ReplaceAll(l.buf, []byte(mark), nil)
		}
		if len(l.buf) > 0 {
			break
		}
	}
	if l.err != nil {
		return 0, l.err
	}
	n := min(len(p), len(l.buf))
	switch i := bytes.IndexAny(l.buf[:n], "\x03\x04"); {
	case i > 0:
		n = i
	case i == 0:
		if l.err = io.EOF; l.buf[0] == ctrlC {
			l.err = context.Canceled
		}
		l.buf = l.buf[1:]
		return 0, l.err
	}
	copy(p, l.buf[:n])
	l.buf = l.buf[n:]
	for i, c := range p[:n] {
		if c == '\r' {
			p[i] = '\n'
		}
	}
	return n, nil
}
