package repl

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"sync/atomic"
)

// Keys that end what is handed out at once.
const (
	ctrlC = '\x03'
	ctrlD = '\x04'
)

// A keyboard is what is typed at the terminal. The prompt and the commands that
// read standard input take turns at it; what one has left unread, or a read that
// it no longer waits for, is for the next.
type keyboard struct {
	turn    sync.Mutex // of who reads
	in      io.Reader
	done    <-chan struct{} // closed when the prompt is to end
	buf     []byte          // read, and not yet taken
	pending chan input      // of a read that goes on
	ended   bool            // nothing more can be typed
	keys    string          // taken from buf for readline
	last    byte            // the one that readline was given last
	hurried atomic.Bool     // more than that has been typed
}

// An input is what a read has come to.
type input struct {
	bytes []byte
	err   error
}

// fill waits until something has been typed.
func (k *keyboard) fill(done <-chan struct{}) error {
	for {
		select {
		case <-done: // even if there is something: that is for the next
			return context.Canceled
		default:
		}
		if len(k.buf) > 0 {
			return nil
		}
		if k.pending == nil {
			pending := make(chan input, 1)
			go func() {
				b := make([]byte, 4096)
				n, err := k.in.Read(b)
				pending <- input{b[:n], err}
			}()
			k.pending = pending
		}
		select {
		case <-done:
		case got := <-k.pending:
			k.buf, k.pending = got.bytes, nil
			if len(k.buf) == 0 && got.err != nil {
				return got.err
			}
		}
	}
}

// readlineKeys spells keys as readline knows them. A NUL would be the end of
// input to it.
var readlineKeys = strings.NewReplacer("\x00", "",
	"\x1b[1~", "\x1b[H", "\x1b[7~", "\x1b[H", // Home
	"\x1b[4~", "\x1b[F", "\x1b[8~", "\x1b[F", // End
	"\x1b[1;5C", "\x1bf", "\x1b[1;3C", "\x1bf", // a word to the right
	"\x1b[1;5D", "\x1bb", "\x1b[1;3D", "\x1bb") // and to the left

// Read gives readline its keys one by one, and takes none beyond the end of a
// line: those behind it may be meant for the command that the line begins.
func (k *keyboard) Read(p []byte) (int, error) {
	k.turn.Lock()
	defer k.turn.Unlock()
	for k.keys == "" {
		if err := k.fill(k.done); err != nil {
			k.ended = true
			return 0, io.EOF
		}
		n := len(k.buf)
		if i := bytes.IndexAny(k.buf, "\r\n~\x03\x04"); i >= 0 {
			n = i + 1
		}
		k.keys, k.buf = readlineKeys.Replace(string(k.buf[:n])), k.buf[n:]
	}
	k.last, k.keys = k.keys[0], k.keys[1:]
	k.hurried.Store(k.keys != "" || len(k.buf) > 0)
	p[0] = k.last
	return 1, nil
}

// Close is for readline.
func (k *keyboard) Close() error { return nil }

// lines is what is typed for one command, to Ctrl-D. It ends with the command.
type lines struct {
	*keyboard
	done <-chan struct{} // closed when the command is to end
	err  error           // what it has ended with: Ctrl-D is no end to who would read on
}

// Read may find keys that were typed ahead of the command, which the terminal
// has not made lines of.
func (l *lines) Read(p []byte) (int, error) {
	l.turn.Lock()
	defer l.turn.Unlock()
	if l.err == nil {
		l.err = l.fill(l.done)
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
