package todo

import (
	"slices"
	"time"
	"unsafe"
)

// Kind says which command made a change. The numbers are kept on disk.
type Kind uint8

// The kinds of change.
const (
	Add Kind = iota + 1
	Update
	Finish
	Reopen
	Delete
	Import
	Undo
	Redo
	Drop // the list and its journal end here; what follows is a new list
)

var kindNames = [...]string{"", "add", "update", "done", "reopen", "delete", "import", "undo", "redo", "drop"}

// Valid tells whether k is one of the kinds above.
func (k Kind) Valid() bool { return k >= Add && k <= Drop }

// String returns the command's word.
func (k Kind) String() string {
	if !k.Valid() {
		return "unknown"
	}
	return kindNames[k]
}

// KindOf returns the kind whose word this is, or 0.
func KindOf(word string) Kind { return Kind(max(slices.Index(kindNames[:], word), 0)) }

// A Change is what one command did to a list: a step of its journal. It says
// all that is needed to apply it and, by swapping Before and After, to take it
// back.
//
// Undo and redo need no stack beside the journal: each change names, in Earlier and
// Later, the revisions that undo and redo go on with once this change has been taken
// back. So the journal holds a linked list for each of the two.
type Change struct {
	Rev   uint64 // the list's revision once it is applied, from 1
	Time  time.Time
	By    string // who made it: the name of their token; empty: whoever holds the data
	Kind  Kind
	Edits []Edit

	Of      uint64 // Undo: the revision taken back; Redo: the one brought again
	Earlier uint64 // the revision that undo takes back when this one is gone; 0: none
	Later   uint64 // Undo and Redo: the Undo that redo takes back when this one is gone; 0: none

	Operation *Operation // how the client calls it; nil: it has no name for it
}

// An Edit replaces one entry. An entry with the id 0 stands for none: without
// Before the entry is new, without After it is gone.
type Edit struct{ Before, After Entry }

// Size is about how many bytes the change holds.
func (c Change) Size() (n int) {
	for _, e := range c.Edits {
		n += len(e.Before.Title) + len(e.After.Title) + int(unsafe.Sizeof(e))
	}
	return n
}

// Entries returns the entries as the change left them, and those it removed as
// they were.
func (c Change) Entries() []Entry {
	entries := make([]Entry, len(c.Edits))
	for i, e := range c.Edits {
		entries[i] = e.After
		if e.After.ID == 0 {
			entries[i] = e.Before
		}
	}
	return entries
}

// EntriesAfter returns the entries that are there after the change.
func (c Change) EntriesAfter() []Entry {
	var entries []Entry
	for _, e := range c.Edits {
		if e.After.ID != 0 {
			entries = append(entries, e.After)
		}
	}
	return entries
}

// inverse returns the edits that take c back.
func (c Change) inverse() []Edit {
	edits := make([]Edit, len(c.Edits))
	for i, e := range c.Edits {
		edits[i] = Edit{Before: e.After, After: e.Before}
	}
	return edits
}
