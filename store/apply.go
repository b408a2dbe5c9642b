package store

import (
	"cmp"
	"context"
	"errors"
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
// positions of its partitions to those given, or to the updates where these go further, and
// tells followers. It waits for no fsync:
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
	a := applier{Store: s, batch: s.db.NewBatch(), lists: map[string]*updated{}, position: slices.Clone(s.position)}
	defer a.batch.Close()
	for i := range updates {
		if err := a.add(&updates[i]); err != nil {
			return err
		}
	}
	for partition, v := range at {
		a.position[partition] = max(a.position[partition], v)
	}
	if len(a.told) == 0 && slices.Equal(a.position, s.position) {
		return nil
	}
	if err := a.finish(ctx); err != nil {
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
		return unfit(u.List, u.Version, err)
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
	l.head.Version, a.position[u.Partition] = u.Version, max(a.position[u.Partition], u.Version)
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

// finish adds what is to be known of the updated lists, and the positions.
func (a *applier) finish(ctx context.Context) (err error) {
	for _, l := range a.lists {
		if l.head.Version == l.before.Version {
			continue
		}
		if err = l.finish(ctx, a); err != nil {
			return err
		}
		l.value = l.head.Encode()
		err = errors.Join(setDue(a.batch, l.name, l.before.FirstOpen, l.head.FirstOpen),
			a.batch.Set(headKey(l.name), l.value, nil))
		if err != nil {
			return err
		}
	}
	return a.batch.Set(replicaKey, a.replica(a.position), nil)
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
