package cache

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"todoshell/todo"
)

// UnknownPlace is the code of a place in the events from which nobody can go on.
const UnknownPlace todo.Code = "unknown_place"

// Whoever comes back to all lists and has missed more than this is told that it is too
// much. The changes of one list are read one by one, however many there are.
const (
	maxMissed      = 4096    // events
	maxMissedBytes = 1 << 20 // of them
	maxMissedLists = 10_000  // lists that are looked through
)

var (
	errUnknownPlace = &todo.Error{Code: UnknownPlace, Message: "nothing is known of this place in the events", Hint: "load anew"}
	errMissedMuch   = &todo.Error{Code: UnknownPlace, Message: "too much has happened meanwhile", Hint: "load anew"}
)

// Reach lets a new watch begin no earlier than at a place, where somebody was who comes back. On
// another machine they may have been told of more than is known here: then it waits until that is known,
// or returns why it can't be.
func (w *Watch) Reach(ctx context.Context, place Place) error {
	if w.reaches(place) {
		return nil
	}
	if err := w.cache.log.Fresh(ctx, ""); err != nil {
		return err
	}
	w.cache.watches.mu.Lock()
	defer w.cache.watches.mu.Unlock()
	w.begin()
	return nil
}

// reaches tells whether the watch began no earlier than at a place.
func (w *Watch) reaches(place Place) bool {
	for partition, v := range place.Position {
		if !w.begun.Includes(partition, v) {
			return false
		}
	}
	return true
}

// From goes through the events after a place, where somebody was who comes back, up to
// those that Next goes on with. The watch must be new. An error ends it; that of the
// code [UnknownPlace] says that they have missed what can't be told any more.
func (w *Watch) From(ctx context.Context, place Place) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		if err := w.from(ctx, place, yield); err != nil {
			yield(Event{}, err)
		}
	}
}

func (w *Watch) from(ctx context.Context, place Place, yield func(Event, error) bool) error {
	if !w.reaches(place) {
		return errUnknownPlace
	}
	if w.back(place) {
		return nil
	}
	if w.list != "" {
		head, err := w.cache.head(ctx, w.list)
		if err != nil {
			return err
		}
		w.place = place.Clone()
		for e, err := range w.missed(ctx, head, place) {
			if err != nil {
				return err
			}
			w.place.pass(e)
			if !yield(e, nil) {
				return nil
			}
		}
		w.place = placeAt(w.begun)
		return nil
	}
	all, err := w.missedOfAll(ctx, place)
	if err != nil {
		return err
	}
	w.place = place.Clone()
	for _, e := range all {
		w.place.pass(e)
		if !yield(e, nil) {
			return nil
		}
	}
	w.place = placeAt(w.begun)
	return nil
}

// back lets Next go on at a place, if all events since then are kept.
func (w *Watch) back(place Place) bool {
	ws := &w.cache.watches
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if w.chain != ws.all || !w.chain.keeps(place) {
		return false
	}
	w.at, w.place = w.chain.first, place.Clone()
	for at := w.seen(); at != nil && place.includes(at.Event); at = w.seen() {
		w.at = at.next
	}
	return true
}

// missedOfAll returns the events of all lists after a place that came before the watch
// began.
func (w *Watch) missedOfAll(ctx context.Context, place Place) ([]Event, error) {
	var all []Event
	lists, bytes := 0, 0
	for head, err := range w.cache.heads(ctx, w.prefix, "") {
		if lists++; err != nil {
			return nil, err
		}
		if lists > maxMissedLists {
			return nil, errMissedMuch
		}
		for e, err := range w.missed(ctx, head, place) {
			if err != nil {
				return nil, err
			}
			if bytes += e.Size(); len(all) == maxMissed || bytes > maxMissedBytes {
				return nil, errMissedMuch
			}
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(a, b Event) int {
		return cmp.Or(cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Number, b.Number))
	})
	return all, nil
}

// missed goes through the events of one list after a place that came before the watch
// began. They are in the journal.
func (w *Watch) missed(ctx context.Context, head todo.Head, place Place) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		if head.Version < place.version(head.Partition) {
			return
		}
		after := max(place.version(head.Partition), 1) - 1 // of the latest append, some changes may be missing
		for a, err := range w.cache.log.Since(ctx, head.Name, after) {
			if err != nil {
				yield(Event{}, err)
				return
			}
			if !w.begun.Includes(a.Partition, a.Version) {
				return // Next comes to it
			}
			for i := range a.Changes {
				if e := eventOf(a, i+1); !place.includes(e) && !yield(e, nil) {
					return
				}
			}
		}
	}
}

// head returns the head of a list, one of the version 0 where there never was one.
func (c *Cache) head(ctx context.Context, name string) (todo.Head, error) {
	for h, err := range c.heads(ctx, name, name) {
		if err != nil || h.Name == name {
			return h, err
		}
		break
	}
	return todo.Head{Name: name}, nil
}
