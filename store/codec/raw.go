package codec

import (
	"bytes"

	"todoshell/todo"
)

// A RawEntry is a [todo.Entry] whose title still lies in the value that it was
// read from: looking at it allocates nothing.
type RawEntry struct {
	ID     uint64
	Date   todo.Date
	Status todo.Status
	Title  []byte
}

// Entry returns the entry with a title of its own.
func (e RawEntry) Entry() todo.Entry { return e.entry(string(e.Title)) }

func (e RawEntry) entry(title string) todo.Entry {
	return todo.Entry{ID: e.ID, Date: e.Date, Status: e.Status, Title: title}
}

// A RawEdit is a [todo.Edit] of raw entries.
type RawEdit struct{ Before, After RawEntry }

func (e RawEdit) edit() todo.Edit {
	before := string(e.Before.Title)
	after := before // most edits leave the title as it is: the two share its memory
	if !bytes.Equal(e.After.Title, e.Before.Title) {
		after = string(e.After.Title)
	}
	return todo.Edit{Before: e.Before.entry(before), After: e.After.entry(after)}
}

// SnapshotEntries calls visit with the entries of a snapshot, in their order, and
// returns the list's revision. On an error, what was visited means nothing.
func SnapshotEntries(value []byte, visit func(RawEntry)) (rev uint64, err error) {
	d, err := unseal(value)
	if err != nil {
		return 0, err
	}
	state, entries := d.snapshotHead()
	for range entries {
		visit(d.snapshotEntry())
	}
	d.memories()
	return state.Rev, d.end()
}

// RecordEdits calls visit with the edits of a record, in their order, and returns
// the revisions of its first and its last change. On an error, what was visited
// means nothing.
func RecordEdits(value []byte, visit func(RawEdit)) (first, last uint64, err error) {
	d, err := unseal(value)
	if err != nil {
		return 0, 0, err
	}
	var record recordHead
	var change todo.Change
	var edit RawEdit
	d.recordHead(&record)
	for i := range record.changes {
		for range d.changeHead(&change, record.first+uint64(i)) {
			d.edit(&edit)
			visit(edit)
		}
	}
	return record.first, record.first + uint64(record.changes) - 1, d.recordEnd(&record)
}
