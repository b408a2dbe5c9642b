package repl

import (
	"time"

	"todoshell/todo"
)

// A job is a line that is being run. Between a server's Run and Done calls and
// the end of the chunk's pending, it belongs to the server. What a server needs
// for adding an entry stands first: it is spread over few cache lines.
type job struct {
	chunk   *chunk
	command *Command
	err     error
	args    args

	// What the command has come to.
	entries []todo.Entry
	first   [1]todo.Entry // the memory of entries, where there is only one
	view    todo.List
	number  uint64

	line  int
	begun time.Time

	plain  bool        // the answer tells no more than what came of it
	absent bool        // there was no such list before
	kind   todo.Kind   // of the change that was made; 0: there was none
	of     todo.Kind   // of the change that this one took back or made again
	edits  []todo.Edit // what the change did, but for an added entry
}

func (j *job) Run(d *todo.Draft) error {
	j.absent = d.Rev == 0
	if j.command.look != nil {
		j.command.look(j, d)
		return nil
	}
	before := len(d.Changes)
	change := j.command.change(&j.args)
	var err error
	if j.entries, err = change.Run(d, j.first[:0]); err != nil || len(d.Changes) == before {
		return err
	}
	c := &d.Changes[before]
	if j.kind = c.Kind; c.Kind != todo.Add { // whose edit the draft keeps in memory that it uses again
		j.edits = c.Edits
	}
	if c.Of != 0 && !j.plain { // it has to be read
		target, _ := d.Target(*c) // without it, there is less to say
		j.of = target.Kind
	}
	return nil
}

// smallAnswer is how many entries are copied rather than kept as a snapshot,
// after which the next change of the batch would have to copy parts of the list.
const smallAnswer = 16

// entriesOf takes the entries of a span as they are now.
func (j *job) entriesOf(d *todo.Draft) {
	j.entries = j.entries[:0]
	for e := range d.Entries(j.args.span) {
		if len(j.entries) == smallAnswer {
			j.entries, j.view = nil, d.Snapshot()
			return
		}
		j.entries = append(j.entries, e)
	}
}

func (j *job) Done(err error) {
	j.err = err
	j.chunk.pending.Done()
}
