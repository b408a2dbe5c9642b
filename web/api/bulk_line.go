package api

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"todoshell/todo"

	"todoshell/web/problem"
)

// A bulkCommand is one command of a stream.
type bulkCommand struct {
	Do     string             `json:"do" enum:"add,update,done,reopen,delete,undo,redo,entries"`
	List   string             `json:"list"`
	ID     optional[uint64]   `json:"id,omitzero" doc:"update, done, reopen, delete"`
	IDs    optional[[]uint64] `json:"ids,omitzero" doc:"done, reopen, delete: in place of id"`
	Title  optional[string]   `json:"title,omitzero" doc:"add, update"`
	Date   dateField          `json:"date,omitzero" doc:"add, update"`
	Status statusField        `json:"status,omitzero" doc:"update, entries"`
	When   optional[string]   `json:"when,omitzero" doc:"entries: a span as in the shell"`
}

// check tells what does not go with what is to be done: who sends it means something by it.
func (c *bulkCommand) check() error {
	for _, member := range [...]struct {
		name  string
		given bool
		with  []string
	}{
		{"id", c.ID.given, []string{"update", "done", "reopen", "delete"}},
		{"ids", c.IDs.given, []string{"done", "reopen", "delete"}},
		{"title", c.Title.given, []string{"add", "update"}},
		{"date", c.Date.given, []string{"add", "update"}},
		{"status", c.Status.given, []string{"update", "entries"}},
		{"when", c.When.given, []string{"entries"}},
	} {
		if member.given && !slices.Contains(member.with, c.Do) {
			return &todo.Error{Code: todo.BadRequest, Message: fmt.Sprintf("%q does not go with %q", member.name, c.Do),
				Hint: "it goes with " + strings.Join(member.with, ", ")}
		}
	}
	if c.ID.given && c.IDs.given {
		return &todo.Error{Code: todo.BadRequest, Message: "there is both an id and ids", Hint: "name the entries in one way"}
	}
	return nil
}

// A bulkJob is a line that is under way. There can be a hundred thousand of them, so it holds no more than it needs.
type bulkJob struct {
	line      int
	list      string
	operation *todo.Operation
	command   todo.Command
	span      todo.Span      // what a line is to show that looks at entries
	looks     bool           // it does
	oneEntry  bool           // the answer is one entry
	long      bool           // the answer may be long
	shown     *todo.List     // what a line sees that looks at entries
	out       outcome        // of any other line
	err       error          // of both
	ended     sync.WaitGroup // what the writer of answers waits for
}

// Run runs the line on its list's server.
func (j *bulkJob) Run(d *todo.Draft) (err error) {
	if j.looks {
		list := d.Snapshot()
		j.shown = &list
		return nil
	}
	j.out, err = runOnce(d, j.operation, &j.command, unconditional)
	return err
}

func unconditional(*todo.Draft) error { return nil }

// Done lets the line be answered.
func (j *bulkJob) Done(_ todo.Version, err error) {
	j.err = err
	j.ended.Done()
}

// command gives the job its work.
func (s *bulkStream) command(j *bulkJob, c *bulkCommand) (err error) {
	named := c.IDs.value
	if c.ID.given {
		named = []uint64{c.ID.value}
	}
	switch c.Do {
	case "add":
		j.oneEntry = true
		j.command, err = newEntry{c.Title.value, c.Date}.command()
	case "update":
		j.oneEntry = true
		j.command, err = patch{c.Title, c.Date, c.Status}.command(named)
	case "done", "reopen", "delete", "undo", "redo":
		j.command = todo.Command{Kind: todo.KindOf(c.Do), IDs: named}
	case "entries":
		j.looks = true
		j.span, err = s.api.span(c.When.value, "", todo.Always)
		if status, wrong := c.Status.status(); c.Status.given {
			j.span.Status, err = status, errors.Join(err, wrong)
		}
	default:
		err = &todo.Error{Code: todo.BadRequest, Message: fmt.Sprintf("%q is nothing to do", todo.Shown(c.Do)),
			Hint: "choose add, update, done, reopen, delete, undo, redo or entries"}
	}
	if err == nil {
		err = c.check()
	}
	return err
}

// long tells whether the answer may be: it can be about many entries.
func (c *bulkCommand) long() bool {
	return c.Do == "entries" || c.Do == "undo" || c.Do == "redo" || len(c.IDs.value) > 0
}

// write writes the answer, entry by entry, and lets go of it.
func (j *bulkJob) write(w io.Writer) error {
	defer func() { j.shown, j.out = nil, outcome{} }()
	switch {
	case j.err != nil:
		return writeError(w, j.line, j.err)
	case j.oneEntry && len(j.out.entries) == 1:
		e := entryOf(j.list, j.out.entries[0])
		return writeLine(w, &e)
	case j.looks:
		return writeLine(w, result{j.list, j.shown.Rev, entries(j.shown.Entries(j.span))})
	}
	return writeLine(w, result{j.list, j.out.revision, entries(slices.Values(j.out.entries))})
}

func writeError(w io.Writer, line int, err error) error {
	return writeLine(w, struct {
		Error *problem.Document `json:"error"`
		Line  int               `json:"line,omitzero"`
	}{problem.Of(err), line})
}

func writeLine(w io.Writer, value any) error {
	if err := jsonv2.MarshalWrite(w, value, jsontext.AllowInvalidUTF8(true)); err != nil {
		return err
	}
	_, err := w.Write(newline)
	return err
}
