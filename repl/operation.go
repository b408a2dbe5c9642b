package repl

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"

	"todoshell/todo"
)

// WithKey returns the task with a new key if it can be given again: it is a single
// command that changes a list, and it needs nobody to confirm it, nor standard input,
// which can be read only once. A command that changes nothing needs no key. Lines of
// scripts have none, since many of them are under way at once, and a list remembers
// only its latest [todo.Remembered] operations.
func (t Task) WithKey() Task {
	line, tooLong := command([]byte(t.Text), true)
	if t.Kind == Script || tooLong || len(line) == 0 || bytes.IndexByte(line, '\n') >= 0 {
		return t
	}
	var a args
	c, err := NewFollower("/").session.parse(string(line), &a) // any home will do
	if err != nil || c.change == nil && !c.changes {
		return t
	}
	if c.needs != nil {
		if n := c.needs(&a); n.Kind == NeedsConfirm || n.Path == stdio {
			return t
		}
	}
	_, _ = rand.Read(t.Key[:]) // it never fails
	return t
}

// operation returns what a list is to remember of a line.
func operation(key [16]byte, line string) *todo.Operation {
	o := &todo.Operation{Key: key}
	digest := sha256.Sum256([]byte(line))
	copy(o.Request[:], digest[:])
	return o
}
