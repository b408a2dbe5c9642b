package store

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"todoshell/todo"
)

// A feed tells followers of all appends that have become durable.
type feed struct {
	told []atomic.Uint64 // in each partition: the version of the latest append that was told

	mu        sync.Mutex
	closed    bool
	followers map[*follower]bool
	recent    recent
}

// A follower is told of appends as they become durable. While it catches up with what was
// before, the lists that are appended to meanwhile are noted instead.
type follower struct {
	tell       func(todo.Append)
	catchingUp bool
	changed    map[string]bool
}

var errClosed = errors.New("the store has been closed")

// begin begins where all appends up to a position have been told.
func (f *feed) begin(at todo.Position) {
	f.told = make([]atomic.Uint64, len(at))
	f.recent.forgotten = slices.Clone(at)
	f.reach(at)
}

// reach notes that nothing more is to be told up to a position.
func (f *feed) reach(at todo.Position) {
	for partition, v := range at {
		f.told[partition].Store(uint64(v))
	}
}

// tell tells of appends, in the order of their versions, to all who follow.
func (f *feed) tell(appends []todo.Append) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range appends {
		f.recent.add(a.List, a.Partition, a.Version)
		for one := range f.followers {
			if one.catchingUp {
				one.changed[a.List] = true
			} else {
				one.tell(a)
			}
		}
		f.told[a.Partition].Store(uint64(a.Version))
	}
}

// Latest returns how far appends have been told.
func (s *Store) Latest() todo.Position {
	p := make(todo.Position, len(s.feed.told))
	for partition := range p {
		p[partition] = s.feed.toldOf(partition)
	}
	return p
}

func (f *feed) toldOf(partition int) todo.Version { return todo.Version(f.told[partition].Load()) }

// Follow tells of every append after a position: see [todoshell/cache.Feed].
func (s *Store) Follow(ctx context.Context, from todo.Position, tell func(todo.Append)) (stop func(), err error) {
	if err = ctx.Err(); err != nil {
		return nil, err
	}
	one := &follower{tell: tell}
	all, err := s.feed.enter(one, from)
	if err != nil {
		return nil, err
	}
	stop = func() { s.feed.leave(one) }
	if all {
		from, err = s.catchUp(ctx, nil, from, tell)
	}
	for err == nil {
		changed := s.feed.changed(one)
		if len(changed) == 0 {
			return stop, nil
		}
		from, err = s.catchUp(ctx, changed, from, tell)
	}
	stop()
	return nil, err
}

// enter adds a follower who knows all appends up to a position. They have nothing to
// catch up with, or only with lists that were appended to recently, or with all.
func (f *feed) enter(one *follower, after todo.Position) (all bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false, errClosed
	}
	if f.followers == nil {
		f.followers = map[*follower]bool{}
	}
	f.followers[one] = true
	if f.isLatest(after) {
		return false, nil
	}
	one.catchingUp = true
	one.changed, all = f.recent.since(after)
	return all, nil
}

func (f *feed) isLatest(at todo.Position) bool {
	for partition := range f.told {
		if f.toldOf(partition) > at.Of(partition) {
			return false
		}
	}
	return true
}

func (f *feed) leave(one *follower) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.followers, one)
}

// changed returns the lists that a follower has to catch up with. Where there are none, it
// is told of appends as they come from then on.
func (f *feed) changed(one *follower) map[string]bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !one.catchingUp {
		return nil
	}
	changed := one.changed
	one.changed, one.catchingUp = map[string]bool{}, len(changed) > 0
	return changed
}

// close lets nobody follow any more.
func (f *feed) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed, f.followers = true, nil
}

// catchUp tells of the appends to lists, or to all if lists is nil, after a position, up to
// those that have been told already. It returns the position that these go up to. Of a
// damaged journal not all can be told: whoever follows notices what is missing by the
// versions.
func (s *Store) catchUp(ctx context.Context, lists map[string]bool, after todo.Position, tell func(todo.Append)) (todo.Position, error) {
	upTo := s.Latest()
	snap := s.db.NewSnapshot() // it may have more, which is told later
	defer snap.Close()
	one := func(name string) error {
		partition := s.partition(name)
		for a, err := range appends(ctx, snap, name, after.Of(partition)) {
			if err != nil && !isDamage(err) {
				return err
			}
			if err != nil || a.Version > upTo.Of(partition) {
				return nil
			}
			a.Partition = partition
			tell(a)
		}
		return nil
	}
	for name := range lists {
		if err := one(name); err != nil {
			return nil, err
		}
	}
	if lists == nil {
		return upTo, s.changedSince(ctx, snap, after, one)
	}
	return upTo, nil
}

// changedSince calls f with the names of all lists that were appended to after a position.
func (s *Store) changedSince(ctx context.Context, r pebble.Reader, after todo.Position, f func(name string) error) error {
	for h, err := range scanHeads(ctx, r) {
		if err == nil && h.Version > after.Of(s.partition(h.Name)) {
			err = f(h.Name)
		}
		if err != nil && !isDamage(err) {
			return err
		}
	}
	return nil
}

// recent are the lists of the latest appends that were told: so those who were told of
// appends until a short while ago need not look through all lists.
type recent struct {
	ring [1024]struct {
		list      string
		partition int
		version   todo.Version
	}
	next      int
	forgotten todo.Position // up to which appends were told that aren't here any more
}

func (r *recent) add(list string, partition int, v todo.Version) {
	at := &r.ring[r.next]
	r.forgotten[at.partition] = max(r.forgotten[at.partition], at.version)
	at.list, at.partition, at.version = list, partition, v
	r.next = (r.next + 1) % len(r.ring)
}

// since returns the lists that were appended to after a position. It may not be all.
func (r *recent) since(p todo.Position) (lists map[string]bool, notAll bool) {
	lists = map[string]bool{}
	for _, one := range r.ring {
		if one.version > p.Of(one.partition) {
			lists[one.list] = true
		}
	}
	for partition, v := range r.forgotten {
		notAll = notAll || v > p.Of(partition)
	}
	return lists, notAll
}
