package web

import (
	"encoding/json"
	"fmt"
	"slices"

	"todoshell/todo"
)

// A bulkCommand is one command of a stream.
type bulkCommand struct {
	Do     string           `json:"do" enum:"add,update,done,reopen,delete,undo,redo,entries"`
	List   string           `json:"list"`
	ID     uint64           `json:"id,omitempty"`
	IDs    []uint64         `json:"ids,omitempty"`
	Title  optional[string] `json:"title,omitzero"`
	Date   dateField        `json:"date,omitzero"`
	Status string           `json:"status,omitempty" enum:"open,done"`
	When   string           `json:"when,omitempty" doc:"entries: a span as in the shell"`
}

// A bulkJob is a line that is under way.
type bulkJob struct {
	ask
	line   int
	one    bool // the answer is one entry
	span   todo.Span
	looks  bool
	seen   todo.List
	out    outcome
	err    error
	answer chan struct{} // is sent to when it has ended
}

func (j *bulkJob) Run(d *todo.Draft) (err error) {
	if j.looks {
		j.seen = d.Snapshot()
		return nil
	}
	j.out, err = j.on(d)
	return err
}

func (j *bulkJob) Done(err error) {
	j.err = err
	j.answer <- struct{}{}
}

// command gives the job its work.
func (s *bulkStream) command(j *bulkJob, c *bulkCommand) (err error) {
	ids := c.IDs
	if len(ids) == 0 && c.ID != 0 {
		ids = []uint64{c.ID}
	}
	switch c.Do {
	case "add":
		j.one = true
		var date *todo.Date
		date, err = c.Date.date()
		j.run = adding(date, c.Title.value)
	case "update":
		j.one = true
		var p todo.Patch
		p, err = patch{c.Title, c.Date, c.Status}.patch()
		id := c.ID
		j.run = patching(id, p)
	case "done", "reopen", "delete":
		if len(ids) == 0 {
			return &todo.Error{Code: badRequest, Message: c.Do + " without ids", Hint: `say which: "ids":[1,2]`}
		}
		f := map[string]func(*todo.Draft, ...uint64) ([]todo.Entry, error){
			"done": (*todo.Draft).Finish, "reopen": (*todo.Draft).Reopen, "delete": (*todo.Draft).Delete}[c.Do]
		j.run = func(d *todo.Draft) ([]todo.Entry, error) { return f(d, ids...) }
	case "undo":
		j.run, j.came = (*todo.Draft).Undo, true
	case "redo":
		j.run, j.came = (*todo.Draft).Redo, true
	case "entries":
		j.looks = true
		j.span, err = s.api.span(c.When, c.Status, todo.Always)
	default:
		err = &todo.Error{Code: badRequest, Message: fmt.Sprintf("%.40q is nothing to do", c.Do),
			Hint: "choose add, update, done, reopen, delete, undo, redo or entries"}
	}
	return err
}

// append appends the answer.
func (j *bulkJob) append(b []byte) []byte {
	switch {
	case j.err != nil:
		return appendError(b, j.line, j.err)
	case j.one && len(j.out.entries) == 1:
		return appendLine(b, entryOf(j.list, j.out.entries[0]))
	case j.looks:
		return appendLine(b, result{j.list, j.seen.Rev, entriesOf(j.seen.Entries(j.span))})
	}
	return appendLine(b, result{j.list, j.out.revision, entriesOf(slices.Values(j.out.entries))})
}

func appendError(b []byte, line int, err error) []byte {
	return appendLine(b, struct {
		Error *problemDocument `json:"error"`
		Line  int              `json:"line,omitempty"`
	}{problemOf(err), line})
}

func appendLine(b []byte, value any) []byte {
	text, err := json.Marshal(value)
	if err != nil { // the values are made of strings, numbers and dates
		panic(err)
	}
	return append(append(b, text...), '\n')
}
