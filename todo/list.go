package todo

import (
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/tidwall/btree"
)

// A List is a to-do list at one revision. It never changes; the zero List is
// empty. Lists share what they have in common, so keeping an old one is cheap.
type List struct {
	byDate *btree.BTreeG[Entry]     // in the order of Entry.Compare
	byID   *btree.Map[uint64, Date] // where in byDate an entry is
	open   int32
	first  Date // that has an open entry; zero: none of them has a date
	State
	Version Version // as of the latest append; whoever loads or appends sets it

	memories   *memories
	operations uint64 // how many the list has been asked to remember so far
}

// State is what a list knows besides its entries.
type State struct {
	Rev     uint64 // how many changes the list has had
	LastID  uint64 // the highest id ever given
	UndoRev uint64 // the revision that undo takes back next; 0: none
	RedoRev uint64 // the Undo that redo takes back next; 0: none
}

// NewList returns the list that holds entries, in any order.
func NewList(state State, entries []Entry) (List, error) {
	l := List{byDate: newByDate(), byID: new(btree.Map[uint64, Date]), State: state}
	for _, e := range entries {
		if err := l.insert(e); err != nil {
			return List{}, err
		}
	}
	return l, nil
}

func newByDate() *btree.BTreeG[Entry] {
	less := func(a, b Entry) bool {
		if a.Date != b.Date {
			return uint32(a.Date)-1 < uint32(b.Date)-1 // as Date.Compare
		}
		return a.ID < b.ID
	}
	return btree.NewBTreeGOptions(less, btree.Options{Degree: 16, NoLocks: true}) // one writer, before it is shared
}

// Len returns how many entries there are.
func (l List) Len() int {
	if l.byID == nil {
		return 0
	}
	return l.byID.Len()
}

// Open returns how many entries are still to be done.
func (l List) Open() int { return int(l.open) }

// FirstOpen returns the first day that has an open entry, or zero where no open
// entry has a date.
func (l List) FirstOpen() Date { return l.first }

// Entry returns the entry with the id.
func (l List) Entry(id uint64) (Entry, bool) {
	if l.byID == nil {
		return Entry{}, false
	}
	date, ok := l.byID.Get(id)
	if !ok {
		return Entry{}, false
	}
	return l.byDate.Get(Entry{ID: id, Date: date})
}

// Entries goes through the entries of a span in the order of [Entry.Compare],
// in O(log n + the answers).
func (l List) Entries(span Span) iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		if l.byDate == nil {
			return
		}
		l.byDate.Ascend(Entry{Date: span.From}, func(e Entry) bool {
			if e.Date.Compare(span.To) > 0 {
				return false
			}
			return span.Status != nil && e.Status != *span.Status || yield(e)
		})
	}
}

// Backward goes through them from the last to the first.
func (l List) Backward(span Span) iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		if l.byDate == nil {
			return
		}
		l.byDate.Descend(Entry{Date: span.To, ID: math.MaxUint64}, func(e Entry) bool {
			if e.Date.Compare(span.From) < 0 {
				return false
			}
			return span.Status != nil && e.Status != *span.Status || yield(e)
		})
	}
}

// Apply returns the list with one more change. A change that does not follow
// l is an error.
func (l List) Apply(c Change) (List, error) {
	d := l.Draft()
	if err := d.Apply(c); err != nil {
		return l, err
	}
	return d.Snapshot(), nil
}

// Appended returns the list with an append that was made to it.
func (l List) Appended(a Append) (List, error) {
	d := l.Draft()
	for _, c := range a.Changes {
		if err := d.Apply(c); err != nil {
			return l, err
		}
	}
	d.Version = a.Version
	return d.Snapshot(), nil
}

// apply is the one function that changes a list, in place: l's trees must be
// its own.
func (l *List) apply(c Change) error {
	if c.Rev != l.Rev+1 {
		return damaged("revision %d follows revision %d", c.Rev, l.Rev)
	}
	if c.Kind == Drop {
		l.drop(c)
		return nil
	}
	first := l.first
	for _, e := range c.Edits {
		if e.Before.ID != 0 {
			if err := l.remove(e.Before); err != nil {
				return err
			}
		}
		if e.After.ID != 0 {
			if err := l.insert(e.After); err != nil {
				return err
			}
		}
	}
	l.findFirst(first, c.Edits)
	l.Rev = c.Rev
	if c.Operation != nil {
		l.remember(Memory{Operation: *c.Operation, Rev: c.Rev})
	}
	switch c.Kind {
	case Undo:
		l.UndoRev, l.RedoRev = c.Earlier, c.Rev
	case Redo:
		l.UndoRev, l.RedoRev = c.Rev, c.Later
	default:
		l.UndoRev, l.RedoRev = c.Rev, 0
	}
	return nil
}

// drop empties the list. It still remembers what it was asked to do: asking again
// must not bring it back, nor drop another list of its name.
func (l *List) drop(c Change) {
	before := l.Memories()
	*l = List{byDate: newByDate(), byID: new(btree.Map[uint64, Date]), Version: l.Version}
	for _, m := range before {
		m.Gone = true
		l.remember(m)
	}
	if c.Operation != nil {
		l.remember(Memory{Operation: *c.Operation, Rev: c.Rev, Gone: true, Drop: true})
	}
}

// findFirst looks for the first open day again where edits have taken an open entry
// from the day that it was. All other open entries are on that day or later.
func (l *List) findFirst(was Date, edits []Edit) {
	if was == 0 || l.first != was {
		return // an edit has added an earlier one
	}
	taken := func(e Edit) bool {
		return e.Before.ID != 0 && e.Before.Status == Open && e.Before.Date == was
	}
	if !slices.ContainsFunc(edits, taken) {
		return
	}
	open := Open
	if l.first = 0; l.open == 0 {
		return
	}
	for e := range l.Entries(Span{From: was, To: MaxDate, Status: &open}) {
		l.first = e.Date
		return
	}
}

func (l *List) insert(e Entry) error {
	// Load is Set with a fast path for what comes last, as new ids do.
	if _, taken := l.byID.Load(e.ID, e.Date); taken {
		return damaged("entry %d is there already", e.ID)
	}
	l.byDate.Set(e)
	l.LastID = max(l.LastID, e.ID)
	if e.Status == Open {
		l.open++
		if e.Date != 0 && (l.first == 0 || e.Date < l.first) {
			l.first = e.Date
		}
	}
	return nil
}

func (l *List) remove(e Entry) error {
	l.byID.Delete(e.ID)
	old, found := l.byDate.Delete(e)
	if !found || old != e {
		return damaged("entry %d is not what the change replaces", e.ID)
	}
	if old.Status == Open {
		l.open--
	}
	return nil
}

func damaged(format string, args ...any) error {
	return &Error{Damaged, fmt.Sprintf(format, args...), "run: todoshell check"}
}
