package store

import (
	"context"
	"fmt"

	"todoshell/store/codec"
	"todoshell/todo"
)

// An updated list is one that there are updates of.
type updated struct {
	name    string
	before  codec.Head
	head    codec.Head // without that of its first open day: see first
	first   firstOpen
	value   []byte    // of the head
	dropped *Update   // the latest drop, if there is one
	since   []*Update // after the drop
}

func (l *updated) drop(u *Update) {
	l.head.Head, l.head.Counted, l.head.Memories = todo.HeadOf(l.name, u.Dropped), true, nil
	l.first, l.dropped, l.since = firstOpen{days: new(openDays)}, u, nil
}

func (l *updated) update(u *Update) {
	for _, c := range u.Changes {
		for _, e := range c.Edits {
			l.count(e.Before, -1)
			l.count(e.After, 1)
			l.first.edit(e)
		}
	}
	l.head.Edits += countEdits(u.Changes)
	l.head.Counted, l.head.Rev = true, u.Changes[len(u.Changes)-1].Rev
	l.since = append(l.since, u)
}

func (l *updated) count(e todo.Entry, n int) {
	if e.ID == 0 {
		return
	}
	l.head.Entries += n
	if e.Status == todo.Open {
		l.head.Open += n
	}
}

// finish sees to the list's first open day, and to its snapshot. Only where these are not
// to be had otherwise is the list loaded. One that is damaged keeps what it had: no open entry
// is before that day, so that whoever looks for entries looks into the list.
func (l *updated) finish(ctx context.Context, a *applier) error {
	if l.first.days == nil && l.head.Open == 0 {
		l.first.days = new(openDays)
	}
	if snapshotDue(&l.head) || l.first.days == nil && !l.first.sure {
		if err := l.look(ctx, a); err != nil {
			return err
		}
	}
	l.head.FirstOpen = l.first.day
	if l.first.days != nil {
		l.head.FirstOpen = l.first.days.first()
	}
	if l.head.Open < 0 || l.head.Open > l.head.Entries || l.head.Open == 0 && l.head.FirstOpen > 0 {
		return unfit(l.name, l.head.Version, errReplaces)
	}
	return nil
}

// look loads the list, for its snapshot and its open days.
func (l *updated) look(ctx context.Context, a *applier) (err error) {
	var list todo.List
	if l.dropped != nil {
		list = l.dropped.Dropped
	} else if list, _, err = load(ctx, a.db, l.name, l.before); isDamage(err) {
		return nil
	} else if err != nil {
		return err
	}
	for _, u := range l.since {
		if list, err = list.Appended(u.Append); err != nil {
			return unfit(l.name, u.Version, err)
		}
	}
	l.first.days = daysOf(list)
	return setSnapshot(a.batch, l.name, &l.head, list)
}

// unfit is the error of an update that does not fit its list.
func unfit(name string, v todo.Version, err error) error {
	return unreadable(name, fmt.Sprintf("version %d of the stream", v), err)
}
