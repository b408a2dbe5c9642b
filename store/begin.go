package store

import (
	"context"
	"errors"

	"github.com/cockroachdb/pebble/v2"

	"todoshell/store/codec"
	"todoshell/todo"
)

// unseen is how many versions are left out when a store is opened: more than can have been
// given and shown, as those of appends whose outcome was unknown, without becoming durable.
const unseen = 1 << 16

// unreadableVersions is how many versions are left out where it can't be read which have been given:
// more than a store can make appends.
const unreadableVersions = 1 << 40

// begin reads the totals, where an opened store begins. Where there are none, since it was not
// closed, they are counted anew. Where heads, index or totals are wrong or of an earlier
// version, all of them are written anew.
func (s *Store) begin(tell func(why string)) error {
	rebuild := false
	_, err := get(s.db, rebuildKey, func([]byte) error { rebuild = true; return nil })
	if err != nil && !isCorrupt(err) {
		return err
	}
	s.totalsKept, err = get(s.db, totalsKey, func(value []byte) (err error) {
		s.last, err = codec.DecodeTotals(value)
		return err
	})
	if err == nil && !s.totalsKept && !rebuild {
		s.last, err = count(s.db)
	}
	if err != nil && !isCorrupt(err) {
		return err
	}
	if rebuild || err != nil {
		b := &rebuilder{store: s, batch: s.db.NewBatch(), trust: !rebuild, tell: tell}
		if err = b.run(); err != nil {
			return err
		}
		s.last, s.totalsKept = b.totals, true
	}
	if s.last.Version == 0 { // not even one that was dropped
		s.heads.beginEmpty()
	}
	if s.source != nil {
		s.feed.begin(s.position)
	} else {
		s.feed.begin(todo.Position{s.last.Version})
		s.last.Version += unseen
	}
	if fatal := s.fatal.Load(); fatal != nil {
		return *fatal
	}
	return nil
}

// keepTotals writes the totals for the next opening, unless they are there. The first append
// after that takes them away: so no append has to write them.
func (s *Store) keepTotals() {
	s.put.Lock()
	defer s.put.Unlock()
	if s.totalsKept || s.fatal.Load() != nil || s.disk.room(0) != nil {
		return
	}
	if err := s.db.Set(totalsKey, s.last.Encode(), pebble.NoSync); err != nil {
		s.broke(err)
	}
}

// count returns the totals, by the heads of all lists. The error is of the code
// [todo.Damaged] if one of them can't be read, or doesn't say what its list holds.
func count(r pebble.Reader) (all codec.Totals, err error) {
	for h, err := range rawHeads(context.Background(), r, "", "") {
		if err == nil && !h.Counted {
			err = codec.ErrVersion
		}
		if err != nil {
			return codec.Totals{}, err
		}
		addTo(&all, h.Head)
	}
	return all, nil
}

// addTo counts a list.
func addTo(all *codec.Totals, h codec.Head) {
	all.Version = max(all.Version, h.Version)
	all.Lists += exists(h)
	all.Open += h.Open
}

// A rebuilder writes what is known of lists besides their journals and snapshots, from these:
// what they hold, in their heads, the index by first open days, and the totals. So it also
// brings the data of earlier versions up to date. If it is cut off, it begins anew with the
// next opening: the totals are written last.
type rebuilder struct {
	store  *Store
	batch  *pebble.Batch
	lists  int
	trust  bool // heads that say what their lists hold are right
	unsure bool // there may be lists, or versions, that can't be read
	tell   func(why string)
	totals codec.Totals
}

// How much a rebuilder writes at once.
const (
	rebuildLists = 1 << 10
	rebuildBytes = 1 << 20
	tellAfter    = 10_000 // lists: fewer take no time that anyone would notice
)

func (b *rebuilder) run() error {
	snap := b.store.db.NewSnapshot()
	defer snap.Close()
	defer b.batch.Close()
	if err := b.batch.DeleteRange(dueKey(0, ""), dueKey(todo.MaxDate+1, ""), nil); err != nil {
		return err
	}
	for h, err := range scanHeads(context.Background(), snap) {
		if err == nil {
			h, err = b.list(snap, h)
		} else if isDamage(err) {
			h.Version, err = latestRecord(snap, h.Name)
		}
		if isCorrupt(err) {
			b.unsure = true
			continue
		}
		if err == nil {
			err = b.count(h)
		}
		if err != nil {
			return err
		}
	}
	err := b.batch.Delete(rebuildKey, nil)
	if b.unsure {
		b.totals.Version += unreadableVersions
		err = b.batch.Set(rebuildKey, nil, nil) // the next opening tries again
	}
	if err = errors.Join(err, b.batch.Set(totalsKey, b.totals.Encode(), nil)); err != nil {
		return err
	}
	return b.write()
}

// list returns the head of a list, after it has been brought up to date. A list that is
// damaged keeps its head.
func (b *rebuilder) list(snap *pebble.Snapshot, h codec.Head) (codec.Head, error) {
	if h.Counted && b.trust {
		return h, nil
	}
	list, further, err := load(context.Background(), snap, h.Name, h)
	if further || isDamage(err) {
		return h, nil
	}
	if err != nil {
		return h, err
	}
	h.Head, h.Counted = todo.HeadOf(h.Name, list), true
	if len(h.Memories) > 0 {
		h.HasSnapshot, h.Memories = true, nil
		err = b.batch.Set(snapshotKey(h.Name), codec.EncodeSnapshot(list), nil)
	}
	return h, errors.Join(err, b.batch.Set(headKey(h.Name), h.Encode(), nil))
}

// count adds a list to the totals and to the index.
func (b *rebuilder) count(h codec.Head) error {
	addTo(&b.totals, h)
	if b.lists++; b.lists == tellAfter {
		b.tell("what is known of all lists is being written anew, once: some 20 seconds for a million lists")
	}
	if err := setDue(b.batch, h.Name, 0, h.FirstOpen); err != nil || b.batch.Len() < rebuildBytes && b.lists%rebuildLists > 0 {
		return err
	}
	return b.write()
}

// write makes durable what is in the batch.
func (b *rebuilder) write() error {
	if err := b.store.disk.room(b.batch.Len()); err != nil {
		return err
	}
	if err := b.store.db.Apply(b.batch, pebble.Sync); err != nil {
		return err
	}
	if err := b.store.fatal.Load(); err != nil {
		return *err
	}
	b.batch.Reset()
	return nil
}

// isCorrupt tells whether something was read that is not what was written, be it a value or a
// block of values.
func isCorrupt(err error) bool { return isDamage(err) || pebble.IsCorruptionError(err) }

// latestRecord returns the version of a list's latest record, at least.
func latestRecord(r pebble.Reader, name string) (todo.Version, error) {
	it, err := r.NewIter(&pebble.IterOptions{LowerBound: recordKey(name, 0), UpperBound: recordsEnd(name)})
	if err != nil {
		return 0, err
	}
	defer it.Close()
	for ok := it.Last(); ok; ok = it.Prev() {
		a, err := record(it, name)
		if err == nil {
			return a.Version, nil
		}
		if !isDamage(err) {
			return 0, err
		}
	}
	return 0, it.Error()
}
