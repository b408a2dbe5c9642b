package repl

import (
	"time"

	"todoshell/todo"
)

// A job is one line of a script and what its command has come to. Once it is posted,
// it belongs to the server of its list, until the server calls Done. The fields that a
// server needs to add an entry stand first, on few cache lines.
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

	line  int       // its number
	begun time.Time // zero, unless timing is on

	plain  bool        // the answer is a plain line, which tells little
	fresh  bool        // it must see the newest list
	absent bool        // there was no such list before
	kind   todo.Kind   // of the change that was made; 0: there was none
	of     todo.Kind   // of the change that this one took back or made again
	edits  []todo.Edit // what the change did, but for an added entry

	operation *todo.Operation // as which the list remembers the change; nil: it need not
}

// Run runs the command on the list, for the server.
func (j *job) Run(d *todo.Draft) error {
	j.absent = d.Rev == 0
	if j.command.look != nil {
		j.command.look(j, d)
		d.Verify = j.fresh
		return nil
	}
	before := len(d.Changes)
	change := j.command.change(&j.args)
	made, err := d.Once(j.operation, func() (err error) {
		j.entries, err = change.Run(d, j.first[:0])
		return err
	})
	switch {
	case err != nil:
		return err
	case made != nil: // by the same command, whose answer was lost
		j.entries = made.Answer()
		j.tell(d, made)
	case len(d.Changes) > before:
		j.tell(d, &d.Changes[before])
	}
	return nil
}

// tell notes what the answer tells of the change.
func (j *job) tell(d *todo.Draft, c *todo.Change) {
	if j.kind = c.Kind; c.Kind != todo.Add { // the draft uses the memory of an added entry again
		j.edits = c.Edits
	}
	if c.Of != 0 && !j.plain { // the other change must be read from the journal
		target, _ := d.Target(*c) // if that fails, the answer says less
		j.of = target.Kind
	}
}

// smallAnswer is up to how many entries are copied. Of more, a snapshot of the list is
// kept, for which the next change in the batch has to copy parts of the list.
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

// Done is called by the server when the command has ended.
func (j *job) Done(_ todo.Version, err error) {
	j.err = err
	j.chunk.pending.Done()
}
