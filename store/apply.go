package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"todoshell/store/codec"
	"todoshell/todo"
)

// An Update is an append that the stream tells a replica of.
type Update struct {
	todo.Append           // with List, Partition, After, Version
	Dropped     todo.List // where the last change is a drop: the list as that leaves it, with its memories
}

func (u *Update) drops() bool { return u.Changes[len(u.Changes)-1].Kind == todo.Drop }

// Apply appends what the streams have made durable to a replica, all or nothing, moves the
// positions of its partitions to those given, and tells followers. It waits for no fsync:
// what a crash takes is in the streams, after the positions that it leaves.
//
// Updates whose version the list has already are passed over. One that does not continue
// its list, being no drop, is an error of the code [todo.Damaged].
func (s *Store) Apply(ctx context.Context, updates []Update, at todo.Position) error {
	s.applying.Lock()
	defer s.applying.Unlock()
	if err := cmp.Or(ctx.Err(), s.writable()); err != nil {
		return err
	}
	if s.source == nil {
		return errEmbedded
	}
	a := applier{Store: s, batch: s.db.NewBatch(), lists: map[string]*updated{}}
	defer a.batch.Close()
	for i := range updates {
		if err := a.add(&updates[i]); err != nil {
			return err
		}
	}
	if err := a.finish(ctx, at); err != nil {
		return err
	}
	if err := s.disk.room(a.batch.Len()); err != nil {
		return err
	}
	if err := a.put(); err != nil {
		return err
	}
	s.feed.tell(a.told)
	s.feed.reach(s.position)
	return nil
}

// An applier prepares the batch of one call of Apply.
type applier struct {
	*Store
	batch    *pebble.Batch
	lists    map[string]*updated
	told     []todo.Append
	position todo.Position
}

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

// add adds an update to the batch.
func (a *applier) add(u *Update) error {
	l, err := a.list(u.List)
	if err != nil {
		return err
	}
	if u.Version <= l.head.Version {
		return nil
	}
	if err = a.follows(u, &l.head); err != nil {
		return unreadable(u.List, fmt.Sprintf("version %d in the stream", u.Version), err)
	}
	last := u.Changes[len(u.Changes)-1]
	key := recordKey(u.List, last.Rev)
	if u.drops() {
		key = recordKey(u.List, 0)
		err = setDropped(a.batch, u.List, &l.head, u.Dropped)
		l.drop(u)
	} else {
		l.update(u)
	}
	l.head.Version = u.Version
	a.told = append(a.told, u.Append)
	return errors.Join(err, a.batch.Set(key, codec.EncodeRecord(u.After, u.Batch).Value(u.Version), nil))
}

// follows tells whether an update continues its list.
func (a *applier) follows(u *Update, h *codec.Head) error {
	switch {
	case len(u.Changes) == 0 || u.After >= u.Version || u.Partition != a.partition(u.List) || dropInside(u.Changes):
		return codec.ErrShape
	case !u.drops() && (u.After != h.Version || u.Changes[0].Rev != h.Rev+1):
		return errFollows
	}
	return nil
}

// list returns a list as the updates before leave it.
func (a *applier) list(name string) (*updated, error) {
	l, known := a.lists[name]
	if !known {
		h, err := a.readHead(name)
		if err != nil {
			return nil, err
		}
		l = &updated{name: name, before: h.Head, head: h.Head}
		l.first = firstOpen{day: h.FirstOpen, sure: true, days: a.days.take(name)}
		if l.first.days == nil && h.Open == 0 {
			l.first.days = new(openDays)
		}
		a.lists[name] = l
	}
	return l, nil
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

// finish adds what is to be known of the updated lists, and the positions.
func (a *applier) finish(ctx context.Context, at todo.Position) (err error) {
	for _, l := range a.lists {
		if l.head.Version == l.before.Version {
			continue
		}
		if err = a.finishList(ctx, l); err != nil {
			return err
		}
		l.value = l.head.Encode()
		err = errors.Join(setDue(a.batch, l.name, l.before.FirstOpen, l.head.FirstOpen),
			a.batch.Set(headKey(l.name), l.value, nil))
		if err != nil {
			return err
		}
	}
	a.position = slices.Clone(a.Store.position)
	for partition, v := range at {
		a.position[partition] = max(a.position[partition], v)
	}
	return a.batch.Set(replicaKey, a.replica(a.position), nil)
}

// finishList sees to the list's first open day, and to its snapshot. Only where these are not
// to be had otherwise is the list loaded.
func (a *applier) finishList(ctx context.Context, l *updated) error {
	days, due := l.first.days, snapshotDue(&l.head)
	if due || days == nil && !l.first.sure {
		list, err := a.load(ctx, l)
		if err == nil {
			err = setSnapshot(a.batch, l.name, &l.head, list)
		}
		if err != nil {
			return err
		}
		days = daysOf(list)
	}
	l.first.days, l.head.FirstOpen = days, l.first.day
	if days != nil {
		l.head.FirstOpen = days.first()
	}
	if l.head.Open < 0 || l.head.Open > l.head.Entries || l.head.Open == 0 && l.head.FirstOpen > 0 {
		return unreadable(l.name, fmt.Sprintf("version %d in the stream", l.head.Version), errReplaces)
	}
	return nil
}

// load returns a list as the updates leave it.
func (a *applier) load(ctx context.Context, l *updated) (list todo.List, err error) {
	if l.dropped != nil {
		list = l.dropped.Dropped
	} else if list, _, err = load(ctx, a.db, l.name, l.before); err != nil {
		return list, err
	}
	d := list.Draft()
	for _, u := range l.since {
		for _, c := range u.Changes {
			if err = d.Apply(c); err != nil {
				return list, unreadable(l.name, fmt.Sprintf("version %d in the stream", u.Version), err)
			}
		}
	}
	return d.Snapshot(), nil
}

// put puts the batch into the log, from which on readers see it.
func (a *applier) put() error {
	a.Store.put.Lock()
	defer a.Store.put.Unlock()
	totals := a.last
	for _, l := range a.lists {
		totals.Version = max(totals.Version, l.head.Version)
		totals.Open += l.head.Open - l.before.Open
		totals.Lists += exists(l.head) - exists(l.before)
	}
	if a.totalsKept {
		if err := a.batch.Delete(totalsKey, nil); err != nil {
			return err
		}
	}
	if err := a.db.Apply(a.batch, pebble.NoSync); err != nil {
		a.broke(err)
		return a.writable()
	}
	if err := a.writable(); err != nil {
		return err // the log could not be written some time before
	}
	a.last, a.totalsKept, a.Store.position = totals, false, a.position
	for _, l := range a.lists {
		if l.value != nil {
			a.heads.of(l.name).put(l.name, l.value)
		}
		if l.first.days != nil {
			a.days.put(l.name, l.first.days)
		}
	}
	return nil
}
