package todo

import "slices"

// Undo takes the list's latest change back, or the latest that is not yet taken
// back, and returns the entries as they are again.
func (d *Draft) Undo() ([]Entry, error) {
	if d.Verify = true; d.UndoRev == 0 {
		return nil, &Error{NothingToUndo, "there is nothing to undo", "see: log LIST"}
	}
	target, err := d.past(d.UndoRev)
	if err != nil {
		return nil, err
	}
	c := Change{Kind: Undo, Edits: target.inverse(), Of: target.Rev, Earlier: target.Earlier, Later: d.RedoRev}
	return d.fromPast(c)
}

// Redo takes the latest Undo back, as long as no other change came after it,
// and returns the entries as they are again.
func (d *Draft) Redo() ([]Entry, error) {
	if d.Verify = true; d.RedoRev == 0 {
		return nil, &Error{NothingToRedo, "there is nothing to redo", "only what undo took back can be redone, until the next change"}
	}
	undo, err := d.past(d.RedoRev)
	if err != nil {
		return nil, err
	}
	c := Change{Kind: Redo, Edits: undo.inverse(), Of: undo.Of, Later: undo.Later}
	return d.fromPast(c)
}

// Target returns the change that an Undo took back, or a Redo made again. Where that is
// itself a Redo, it goes on to the change that was made again, for at most a hundred steps.
func (d *Draft) Target(c Change) (Change, error) {
	for range 100 {
		target, err := d.past(c.Of)
		if c = target; err != nil || c.Kind != Redo {
			return c, err
		}
	}
	return c, nil
}

// fromPast makes a change whose edits come from the journal. If the journal does not fit
// the list, applying them may stop midway: so it keeps a snapshot to go back to.
func (d *Draft) fromPast(c Change) ([]Entry, error) {
	before := d.Snapshot()
	if err := d.change(c); err != nil {
		d.List, d.owned = before, false
		return nil, err
	}
	return c.EntriesAfter(), nil
}

func (d *Draft) past(rev uint64) (Change, error) {
	for _, c := range slices.Backward(d.Changes) {
		if c.Rev == rev && c.Kind != Drop {
			return c, nil
		}
	}
	if d.Past == nil {
		return Change{}, damaged("revision %d is not at hand", rev)
	}
	return d.Past(rev)
}
