package todo

import "fmt"

// A Command is a change of one list that somebody asks for. Whatever they typed or
// sent is read into a Command, and [Command.Run] is what it means.
type Command struct {
	Kind    Kind
	IDs     []uint64 // Update: one; Finish, Reopen and Delete: 1 to MaxIDs
	Patch            // Update: what to change; Add: the title, and the date if there is one
	Entries []Entry  // Import
}

// MaxIDs is how many entries one command can name.
const MaxIDs = 10_000

// Run carries the command out, and appends to answer the entries that it names or
// adds, as they are now, those that Delete removes, as they were, or those that
// Undo and Redo bring back. Import and Drop append none.
func (c *Command) Run(d *Draft, answer []Entry) ([]Entry, error) {
	if err := c.checkIDs(); err != nil {
		return nil, err
	}
	var entry Entry
	var entries []Entry
	var err error
	switch c.Kind {
	case Add:
		set(&entry.Date, c.Date)
		set(&entry.Title, c.Title)
		entry, err = d.Add(entry.Date, entry.Title)
		return append(answer, entry), err
	case Update:
		entry, err = d.Patch(c.IDs[0], c.Patch)
		return append(answer, entry), err
	case Finish:
		entries, err = d.Finish(c.IDs...)
	case Reopen:
		entries, err = d.Reopen(c.IDs...)
	case Delete:
		entries, err = d.Delete(c.IDs...)
	case Import:
		err = d.Import(c.Entries)
	case Undo:
		entries, err = d.Undo()
	case Redo:
		entries, err = d.Redo()
	case Drop:
		err = d.Drop()
	}
	if len(answer) == 0 {
		return entries, err // without copying them: there may be a million
	}
	return append(answer, entries...), err
}

func (c *Command) checkIDs() error {
	most := MaxIDs
	switch c.Kind {
	case Update:
		most = 1
	case Finish, Reopen, Delete:
	default:
		return nil
	}
	n := len(c.IDs)
	if n > 0 && n <= most {
		return nil
	}
	hint := "name one by its id"
	if most > 1 {
		hint = fmt.Sprintf("name 1 to %d by their ids", most)
	}
	return &Error{BadRequest, fmt.Sprintf("%v names %d entries", c.Kind, n), hint}
}

// Answer returns the entries that [Command.Run] answers for the command that made
// the change, without those that it left as they were.
func (c Change) Answer() []Entry {
	switch c.Kind {
	case Undo, Redo:
		return c.EntriesAfter()
	case Import, Drop:
		return nil
	}
	return c.Entries()
}
