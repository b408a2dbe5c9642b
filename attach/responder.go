package attach

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"todoshell/repl"
)

// A responder answers, for a client, what the server asks during one task: it reads
// and writes files and asks whoever types. It gives what the allowance covers, and
// nothing else.
type responder struct {
	conn
	env     *repl.Environment
	allowed *allowance
	stdin   *source
	files   map[uint32]*source
	writing *replacement

	mu      sync.Mutex
	reading map[uint32]bool // the handles of files from which a read is under way
}

// maxFiles is how many files the server may have open: scripts run each other 16 deep.
const maxFiles = 32

// A refusal is the error of a server that asks for what it may not have.
type refusal struct{ what string }

func (r *refusal) Error() string { return r.what }

func refuse(format string, args ...any) error { return &refusal{fmt.Sprintf(format, args...)} }

// serve answers a message that is neither output nor the result.
func (d *responder) serve(m message) error {
	if m.kind == writeKind && d.writing != nil {
		d.writing.write(m.body)
		return nil
	}
	var q question
	if m.kind != questionKind || json.Unmarshal(m.body, &q) != nil {
		return refuse("sent what nothing had asked for")
	}
	if q.Do == doRead {
		return d.read(q)
	}
	r, err := d.answer(q)
	if r, refused := errors.AsType[*refusal](err); refused {
		return r
	}
	r.ID, r.Failure = q.ID, failureOf(err)
	return d.sendJSON(replyKind, r)
}

func (d *responder) answer(q question) (r reply, err error) {
	switch q.Do {
	case doTake:
		need, ok := d.allowed.take(q.Need)
		if !ok {
			return r, refuse("asked %s, which no command here needs", describe(q.Need))
		}
		r.Yes, err = d.give(q, need)
	case doClose:
		file := d.files[q.Handle]
		if file == nil {
			return r, refuse("closed a file that it has not")
		}
		delete(d.files, q.Handle)
		err = d.end(file)
	case doCommit, doAbandon:
		if d.writing == nil {
			return r, refuse("ended a file that it has not")
		}
		if q.Do == doCommit {
			err = d.writing.end(io.EOF)
		}
		d.abandon()
	default:
		err = refuse("asked for what this shell does not know")
	}
	return r, err
}

// describe says what the server wanted, for the error that ends the connection.
func describe(n repl.Need) string {
	path := repl.Visible(n.Path[:min(len(n.Path), 200)])
	switch n.Kind {
	case repl.NeedsRead, repl.NeedsScript:
		return fmt.Sprintf(`to read the file "%s"`, path)
	case repl.NeedsWrite:
		return fmt.Sprintf(`to write the file "%s"`, path)
	case repl.NeedsConfirm:
		return "for a confirmation"
	case repl.NeedsHistory:
		return "for the history"
	case repl.NeedsClear:
		return "to clear the terminal"
	case repl.NeedsNothing:
	}
	return "for something"
}

// give opens the file, or asks the person, that a line needs.
func (d *responder) give(q question, need repl.Need) (yes bool, err error) {
	env := d.env
	switch need.Kind {
	case repl.NeedsRead, repl.NeedsScript:
		file, opening := env.Files.Open(need)
		if opening != nil {
			return false, opening
		}
		s := newSource(file, true)
		if need.Kind == repl.NeedsScript {
			s.script = d.allowed.open()
		}
		return false, d.add(q.ID, s)
	case repl.NeedsHistory:
		text := ""
		if env.History != nil {
			text = strings.Join(slices.Collect(env.History()), "\n")
		}
		return false, d.add(q.ID, newSource(io.NopCloser(strings.NewReader(text)), true))
	case repl.NeedsWrite:
		if d.writing != nil {
			return false, refuse("began a file before it had ended another one")
		}
		d.writing = newReplacement(env.Files, need.Path)
	case repl.NeedsConfirm:
		if env.Confirm != nil {
			return env.Confirm(repl.Visible(q.Text[:min(len(q.Text), 1000)]))
		}
	case repl.NeedsClear:
		if !env.Plain {
			_, err = io.WriteString(env.Out, repl.ClearTerminal)
		}
	case repl.NeedsNothing:
	}
	return false, err
}

func (d *responder) add(id uint32, s *source) error {
	if d.files == nil {
		d.files = make(map[uint32]*source)
	}
	if id == 0 || d.files[id] != nil || len(d.files) == maxFiles {
		_ = d.end(s)
		return refuse("opened more files than it may")
	}
	d.files[id] = s
	return nil
}

// end closes a file that was read.
func (d *responder) end(s *source) error {
	if s.script != nil {
		d.allowed.close(s.script)
	}
	return s.Close()
}

func (d *responder) abandon() {
	if d.writing != nil {
		_ = d.writing.end(errAbandoned)
		d.writing = nil
	}
}

// close closes what the task has left open.
func (d *responder) close() {
	for _, file := range d.files {
		_ = d.end(file)
	}
	d.abandon()
}

// read sends what a file, or standard input, holds next. It does so in a goroutine:
// at a keyboard or a pipe that may take for ever, and answers are shown meanwhile.
func (d *responder) read(q question) error {
	file, wanted := d.files[q.Handle], true
	var lines *script
	if q.Handle == 0 {
		file = d.stdin
		lines, wanted = d.allowed.input()
	} else if file != nil {
		lines = file.script
	}
	switch {
	case file == nil:
		return refuse("read a file that it has not")
	case !wanted:
		return refuse("asked for standard input, which no command here needs")
	case !d.begin(q.Handle):
		return refuse("read a file twice at the same time")
	}
	go func() {
		pieces, err := file.take()
		if lines != nil {
			if len(pieces) > 0 {
				d.allowed.more(lines)
			}
			for _, p := range pieces {
				d.allowed.follow(lines, p, false)
			}
			if err != nil {
				d.allowed.follow(lines, nil, true)
			}
		}
		d.done(q.Handle)
		// If this can't be sent, the server is gone, and needs it no more.
		switch {
		case err == nil:
			_ = d.sendData(q.ID, pieces)
		case errors.Is(err, io.EOF):
			_ = d.sendJSON(replyKind, reply{ID: q.ID, End: true})
		default:
			_ = d.sendJSON(replyKind, reply{ID: q.ID, Failure: failureOf(err)})
		}
	}()
	return nil
}

// begin notes that a file is being read, unless it is already.
func (d *responder) begin(handle uint32) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.reading[handle] {
		return false
	}
	if d.reading == nil {
		d.reading = make(map[uint32]bool)
	}
	d.reading[handle] = true
	return true
}

func (d *responder) done(handle uint32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.reading, handle)
}
