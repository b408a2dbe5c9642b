package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"todoshell/store/codec"
	"todoshell/todo"
)

// A checker reads a store and reports what is wrong.
type checker struct {
	pebble.Reader
	report    func(error)
	position  todo.Position // of a replica
	partition func(name string) int

	rebuild bool // something is wrong that the journals tell
	read    keys // of lists
	totals  codec.Totals
}

// keys counts keys.
type keys struct{ records, snapshots, due int }

// derived reports what is wrong with what could be told from the journals.
func (c *checker) derived(format string, args ...any) {
	c.rebuild = true
	c.report(&todo.Error{Code: todo.Damaged, Message: fmt.Sprintf(format, args...),
		Hint: "nothing is lost: it is put right when todoshell is ended and started again"})
}

// list checks a list whose head was read, and counts it.
func (c *checker) list(ctx context.Context, h codec.Head, err error) todo.List {
	addTo(&c.totals, h)
	if err != nil {
		c.report(err)
		return todo.List{}
	}
	list, err := c.replay(ctx, h)
	if err != nil {
		c.report(err)
		return list
	}
	list.Version = h.Version
	if c.position != nil && !c.position.Includes(c.partition(h.Name), h.Version) {
		c.report(unreadable(h.Name, fmt.Sprintf("version %d", h.Version), errAhead))
	}
	if got := todo.HeadOf(h.Name, list); got != h.Head || !h.Counted {
		c.derived("list %q: the head is wrong: it says %d entries, %d open, first on %q, which are %d, %d, %q",
			h.Name, h.Entries, h.Open, h.FirstOpen, got.Entries, got.Open, got.FirstOpen)
		return list
	}
	if h.FirstOpen > 0 {
		c.indexed(h)
	}
	return list
}

// indexed looks for a list in the index by days.
func (c *checker) indexed(h codec.Head) {
	found, err := get(c.Reader, dueKey(h.FirstOpen, h.Name), func([]byte) error { return nil })
	switch {
	case err != nil:
		c.report(unreadable(h.Name, "the index by days", err))
	case !found:
		c.derived("list %q: it is missing in the index by days", h.Name)
	default:
		c.read.due++
	}
}

// replay replays a list from its first change.
func (c *checker) replay(ctx context.Context, h codec.Head) (list todo.List, err error) {
	snapshot, err := readSnapshot(c.Reader, h.Name, h)
	if err != nil {
		return list, err
	}
	if h.HasSnapshot {
		c.read.snapshots++
	}
	if h.SnapshotRev == 0 {
		list = snapshot // what is remembered of an earlier list
	}
	draft, differs, version := list.Draft(), error(nil), todo.Version(0)
	wrong := func(err error) error { return unreadable(h.Name, fmt.Sprintf("revision %d", draft.Rev+1), err) }
	for record, err := range records(ctx, c.Reader, h.Name, 0) {
		if err != nil {
			return draft.Snapshot(), wrong(err)
		}
		c.read.records++
		if record.Changes[len(record.Changes)-1].Kind == todo.Drop { // of an earlier list
			version = record.Version
			continue
		}
		for _, change := range record.Changes {
			if err := draft.Apply(change); err != nil {
				return draft.Snapshot(), wrong(err)
			}
			if change.Rev == h.SnapshotRev && !equal(draft.Snapshot(), snapshot) {
				differs = unreadable(h.Name, fmt.Sprintf("the snapshot of revision %d", change.Rev), errDiffers)
			}
		}
		if record.After != version && differs == nil {
			differs = unreadable(h.Name, fmt.Sprintf("revision %d", draft.Rev), errFollows)
		}
		version = record.Version
	}
	if draft.Rev != h.Rev || version != h.Version && differs == nil {
		differs = wrong(errMissing)
	}
	return draft.Snapshot(), differs
}

func equal(a, b todo.List) bool {
	if a.State != b.State || a.Len() != b.Len() {
		return false
	}
	for e := range a.Entries(todo.Always) {
		if other, _ := b.Entry(e.ID); other != e {
			return false
		}
	}
	return true
}

// overview checks what is known of all lists together, and looks for what belongs to none.
func (c *checker) overview(ctx context.Context, totals codec.Totals) {
	if totals.Version < c.totals.Version || totals.Totals != c.totals.Totals { // versions may be left out
		c.derived("the totals are wrong: they say version %d, %d lists, %d open entries, which are %d, %d, %d",
			totals.Version, totals.Lists, totals.Open, c.totals.Version, c.totals.Lists, c.totals.Open)
	}
	all, err := countKeys(ctx, c.Reader)
	if err != nil {
		c.report(err)
		return
	}
	if all.due != c.read.due {
		c.derived("the index by days has %d keys, but only %d belong to lists", all.due, c.read.due)
	}
	if all.due = c.read.due; all != c.read {
		c.report(&todo.Error{Code: todo.Damaged,
			Message: fmt.Sprintf("there are %d records and %d snapshots, but only %d and %d belong to lists",
				all.records, all.snapshots, c.read.records, c.read.snapshots), Hint: mend})
	}
}

// countKeys counts all keys, whichever lists they are of.
func countKeys(ctx context.Context, r pebble.Reader) (all keys, err error) {
	for _, of := range []struct {
		first byte
		n     *int
	}{{'j', &all.records}, {'s', &all.snapshots}, {'d', &all.due}} {
		it, err := r.NewIter(&pebble.IterOptions{LowerBound: []byte{of.first}, UpperBound: []byte{of.first + 1}})
		if err != nil {
			return all, err
		}
		for ok := it.First(); ok && ctx.Err() == nil; ok = it.Next() {
			*of.n++
		}
		if err := errors.Join(it.Error(), it.Close()); err != nil {
			return all, err
		}
	}
	return all, nil
}
