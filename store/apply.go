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
		l = &updated{name: name, before: h.Head, head: h.Head, first: firstOpen{day: h.FirstOpen, sure: true}}
		a.lists[name] = l
	}
	return l, nil
}

func (l *updated) drop(u *Update) {
	l.head.Head, l.head.Counted, l.head.Memories = todo.HeadOf(l.name, u.Dropped), true, nil
	l.first, l.dropped, l.since = firstOpen{sure: true}, u, nil
}

func (l *updated) update(u *Update) {
	for _, c := range u.Changes {
		for _, e := range c.Edits {
			if e.Before.ID != 0 {
				l.head.Entries--
			}
			if e.After.ID != 0 {
				l.head.Entries++
			}
			l.head.Open += l.first.edit(e)
		}
		if l.head.Open == 0 {
			l.first = firstOpen{sure: true}
		}
	}
	l.head.Edits += countEdits(u.Changes)
	l.head.Counted, l.head.Rev = true, u.Changes[len(u.Changes)-1].Rev
	l.since = append(l.since, u)
}

// finish adds what is to be known of the updated lists, and the positions.
func (a *applier) finish(ctx context.Context, at todo.Position) (err error) {
	for _, l := range a.lists {
		if l.head.Version == l.before.Version {
			continue
		}
		due := snapshotDue(&l.head)
		if due || !l.first.sure {
			var list todo.List
			if list, err = a.load(ctx, l); err != nil {
				return err
			}
			l.first.day = list.FirstOpen()
			err = setSnapshot(a.batch, l.name, &l.head, list)
		}
		l.head.FirstOpen = l.first.day
		l.value = l.head.Encode()
		err = errors.Join(err, setDue(a.batch, l.name, l.before.FirstOpen, l.head.FirstOpen),
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
	}
	return nil
}

// A firstOpen is the first day that has an open entry, zero if there is none, as far as it follows from
// edits: if it is not sure, the entry that made it so has gone, and there may be no other
// of that day. All other open entries are on later days.
type firstOpen struct {
	day  todo.Date
	sure bool
}

// edit follows an edit, and returns how many open entries it adds.
func (f *firstOpen) edit(e todo.Edit) (more int) {
	if e.Before.ID != 0 && e.Before.Status == todo.Open {
		more--
		f.sure = f.sure && (e.Before.Date == 0 || e.Before.Date != f.day)
	}
	if e.After.ID != 0 && e.After.Status == todo.Open {
		more++
		if day := e.After.Date; day != 0 && (day <= f.day || f.day == 0) {
			f.day, f.sure = day, true
		}
	}
	return more
}
