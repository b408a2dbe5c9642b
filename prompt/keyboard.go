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

// A keyboard reads what is typed at the terminal, in turn for the prompt and for the
// commands that read standard input. What one of them leaves unread is for the next,
// and so is what a read brings that it no longer waits for.
type keyboard struct {
	mu      sync.Mutex // held by whoever reads
	in      io.Reader
	done    <-chan struct{}                      // closed when the prompt is to end
	signals <-chan os.Signal                     // which wake the prompt, as a key does
	after   func(time.Duration) <-chan time.Time // time.After
	buf     []byte                               // what was read, and belongs to no key yet
	pending chan input                           // where the read under way sends what it brings; nil: there is none
	ended   bool                                 // nothing more can be typed

	keys      chan key    // for each bell that readline gets, the key that it stands for
	moreTyped atomic.Bool // another key waits: drawing the line can wait, too
	undrawn   bool        // the line was not drawn after the latest key
}

// An input is what a read brings.
type input struct {
	bytes []byte
	err   error
}

func newKeyboard(in io.Reader) *keyboard {
	return &keyboard{in: in, after: time.After, keys: make(chan key, 4)}
}

// fill waits until something is typed, or a signal comes.
func (k *keyboard) fill(done <-chan struct{}, signals <-chan os.Signal) (os.Signal, error) {
	select {
	case <-done: // what was typed already is for whoever reads next
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
			if err := k.add(got); err != nil {
				return nil, err
			}
		}
	}
	return nil, nil
}

// more waits until more is typed. If late comes first, it fails with errPause.
func (k *keyboard) more(done <-chan struct{}, late <-chan time.Time) error {
	k.read()
	select {
	case <-done:
		return context.Canceled
	case got := <-k.pending:
		return k.add(got)
	case <-late:
	}
	select {
	case got := <-k.pending: // it came in time, but the machine was too busy to notice
		return k.add(got)
	default:
		return errPause
	}
}

// read begins a read, unless one is under way.
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

func (k *keyboard) add(got input) error {
	k.pending = nil
	if len(got.bytes) == 0 {
		return got.err
	}
	k.buf = append(k.buf, got.bytes...)
	return nil
}

// Read gives readline one key at a time: one that readline handles as it is, and in
// place of any other a bell, with the key itself in k.keys. It reads none beyond the
// end of a line: those may be meant for the command that the line runs.
func (k *keyboard) Read(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	got, err := k.key()
	if err != nil {
		k.ended = true
		return 0, io.EOF
	}
	k.undrawn = got.action != redraw && len(k.buf) > 0
	k.moreTyped.Store(k.undrawn)
	if got.action == byReadline {
		p[0] = got.text[0]
		return 1, nil
	}
	k.keys <- got
	p[0] = bell
	return 1, nil
}

// Close does nothing: readline calls it, and the terminal stays open.
func (k *keyboard) Close() error { return nil }

// commandInput is the standard input of commands: each reads what is typed while it
// runs.
type commandInput struct{ typed atomic.Pointer[typedLines] }

// begin gives a command its own input. A read that the command before has left behind
// gets nothing of it.
func (c *commandInput) begin(lines *typedLines) { c.typed.Store(lines) }

func (c *commandInput) Read(p []byte) (int, error) {
	lines := c.typed.Load()
	if lines == nil {
		return 0, io.EOF
	}
	return lines.Read(p)
}

// typedLines are what is typed for one command, up to Ctrl-D or the command's end.
type typedLines struct {
	*keyboard
	done <-chan struct{} // closed when the command is to end
	err  error           // what the input has ended with; each later read fails with it
}

// Read reads lines. It may find keys that were typed before the command began, when
// the terminal did not yet turn Enter into a newline, and Ctrl-D into an end.
func (l *typedLines) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.err == nil {
		if _, l.err = l.fill(l.done, nil); l.err != nil {
			break
		}
		for _, mark := range []string{pasteBegin, pasteEnd} { // these are meant for the prompt
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
