package todo

import (
	"fmt"
	"time"
)

// A Draft is a list that is being changed, by one goroutine. Its reading
// methods, those of [List], see what its changes have done so far.
//
// A command that would change nothing, such as finishing what is done, makes
// no Change.
type Draft struct {
	List
	Changes []Change  // made since the draft was begun, in order
	Time    time.Time // when the changes are made
	By      string    // who makes them

	// Past returns an earlier change of the list, from its journal. Undo and Redo
	// need it for what was not made on this draft.
	Past func(rev uint64) (Change, error)

	// Refuse, unless nil, is the error of every command that would change the list: whoever
	// uses the draft may only read.
	Refuse error

	// Verify is set by every command that depends on what the list holds. Where it changes nothing,
	// since it fails or finds nothing to do, that may be true of an old list only, and whoever
	// keeps the list makes sure that there is no newer one.
	Verify bool

	owned     bool   // the trees are shared with no one
	edits     []Edit // backs the edits of Changes
	operation *Operation
}

// Draft begins to change l, which itself stays as it is.
func (l List) Draft() *Draft { return &Draft{List: l} }

// Draft begins another draft with the list as it is now. Both may go on.
func (d *Draft) Draft() *Draft { return d.Snapshot().Draft() }

// Reset begins anew with l, in the memory of the changes made before.
func (d *Draft) Reset(l List) {
	clear(d.Changes)
	*d = Draft{List: l, Changes: d.Changes[:0], edits: d.edits[:0]}
}

// Snapshot returns the list as it is now. The draft may go on.
func (d *Draft) Snapshot() List {
	d.owned = false
	return d.List
}

// Apply applies a change that was made elsewhere, as when a journal is read. On
// an error the draft is of no more use.
func (d *Draft) Apply(c Change) error {
	d.own()
	return d.apply(c)
}

// own makes the trees the draft's own. The trees of a snapshot may be read by
// anyone, and btree's Copy writes to what it copies: so it copies a copy.
func (d *Draft) own() {
	if d.owned {
		return
	}
	d.owned = true
	if d.memories != nil {
		memories := *d.memories
		d.memories = memories.Copy()
	}
	if d.byDate == nil {
		empty, _ := NewList(d.State, nil) // no entries, no errors
		d.byDate, d.byID = empty.byDate, empty.byID
		return
	}
	byDate, byID := *d.byDate, *d.byID
	d.byDate, d.byID = byDate.Copy(), byID.Copy()
}

// change applies and records a change.
func (d *Draft) change(c Change) error {
	if d.Refuse != nil {
		d.Verify = false // whatever the list holds, it is refused
		return d.Refuse
	}
	c.Rev, c.Time, c.By, c.Operation = d.Rev+1, d.Time, d.By, d.operation
	if c.Kind != Undo {
		c.Earlier = d.UndoRev
	}
	if err := d.Apply(c); err != nil {
		return err
	}
	d.Changes = append(d.Changes, c)
	return nil
}

// Add adds an entry and returns it.
func (d *Draft) Add(date Date, title string) (Entry, error) {
	if err := CheckTitle(title); err != nil {
		return Entry{}, err
	}
	if d.Verify = true; d.LastID >= MaxID {
		return Entry{}, listFull()
	}
	e := Entry{ID: d.LastID + 1, Date: date, Title: title}
	d.edits = append(d.edits, Edit{After: e})
	return e, d.change(Change{Kind: Add, Edits: d.edits[len(d.edits)-1 : len(d.edits) : len(d.edits)]})
}

// Import adds entries with the states they have. Their ids are kept where all
// of them are above any the list has given, each for one entry; otherwise they
// get new ids in the order given, as entries without ids do.
func (d *Draft) Import(entries []Entry) error {
	if len(entries) == 0 {
		return nil
	}
	last := d.LastID
	keep := true
	seen := make(map[uint64]bool, len(entries))
	for _, e := range entries {
		if err := CheckTitle(e.Title); err != nil {
			return err
		}
		keep = keep && e.ID > last && e.ID <= MaxID && !seen[e.ID]
		seen[e.ID] = true
	}
	if d.Verify = true; !keep && last+uint64(len(entries)) > MaxID {
		return listFull()
	}
	edits := make([]Edit, len(entries))
	for i, e := range entries {
		if !keep {
			e.ID = last + uint64(i) + 1
		}
		edits[i].After = e
	}
	return d.change(Change{Kind: Import, Edits: edits})
}

func listFull() error {
	return &Error{ListFull, "the list has too few ids left to give", "go on in another list"}
}

// MaxID is the highest id that [Draft.Import] keeps: what programs that know
// no 64-bit integers can tell from its neighbours.
const MaxID = 1<<53 - 1

// SetDate gives an entry another date and returns the entry.
func (d *Draft) SetDate(id uint64, date Date) (Entry, error) {
	return d.Patch(id, Patch{Date: &date})
}

// SetTitle gives an entry another title and returns the entry.
func (d *Draft) SetTitle(id uint64, title string) (Entry, error) {
	return d.Patch(id, Patch{Title: &title})
}

// A Patch is what to change of an entry. What is nil stays as it is.
type Patch struct {
	Date   *Date
	Title  *string
	Status *Status
}

// Patch changes an entry in one change, and returns it.
func (d *Draft) Patch(id uint64, p Patch) (Entry, error) {
	if p.Title != nil {
		if err := CheckTitle(*p.Title); err != nil {
			return Entry{}, err
		}
	}
	kind := Update
	if p.Date == nil && p.Title == nil && p.Status != nil {
		kind = [...]Kind{Open: Reopen, Done: Finish}[*p.Status]
	}
	return one(d.edit(kind, []uint64{id}, func(e *Entry) {
		set(&e.Date, p.Date)
		set(&e.Title, p.Title)
		set(&e.Status, p.Status)
	}))
}

func set[T any](field, to *T) {
	if to != nil {
		*field = *to
	}
}

// Finish marks entries as done and returns them, in the order of the ids. If
// one of the ids is unknown, nothing changes; an id given twice counts once.
func (d *Draft) Finish(ids ...uint64) ([]Entry, error) {
	return d.edit(Finish, ids, func(e *Entry) { e.Status = Done })
}

// Reopen is the opposite of Finish.
func (d *Draft) Reopen(ids ...uint64) ([]Entry, error) {
	return d.edit(Reopen, ids, func(e *Entry) { e.Status = Open })
}

// Delete removes entries and returns them as they were. If one of the ids is
// unknown, nothing changes; an id given twice counts once.
func (d *Draft) Delete(ids ...uint64) ([]Entry, error) {
	return d.edit(Delete, ids, func(e *Entry) { *e = Entry{} })
}

func one(entries []Entry, err error) (Entry, error) {
	if err != nil {
		return Entry{}, err
	}
	return entries[0], nil
}

// edit changes entries with f, and returns them as the change left them.
func (d *Draft) edit(kind Kind, ids []uint64, f func(*Entry)) ([]Entry, error) {
	var c = Change{Kind: kind}
	var entries []Entry
	seen := make(map[uint64]bool)
	d.Verify = true
	for _, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = len(ids) > 1
		before, ok := d.Entry(id)
		if !ok {
			return nil, &Error{UnknownID, fmt.Sprintf("there is no entry %d", id), "see: entries LIST"}
		}
		after := before
		f(&after)
		if after == before {
			entries = append(entries, before)
			continue
		}
		c.Edits = append(c.Edits, Edit{before, after})
		if after.ID == 0 {
			after = before
		}
		entries = append(entries, after)
	}
	if len(c.Edits) == 0 {
		return entries, nil
	}
	return entries, d.change(c)
}

// Drop empties the list and forgets its journal. What is added after it begins
// a new list.
func (d *Draft) Drop() error {
	if d.Verify = true; d.Rev == 0 {
		return &Error{UnknownList, "there is no such list", "see: lists"}
	}
	return d.change(Change{Kind: Drop})
}
