package store

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"strings"

	"github.com/cockroachdb/pebble/v2"

	"todoshell/store/codec"
	"todoshell/todo"
)

// Heads goes through the heads of lists: see [todoshell/cache.Overview]. That of a list
// whose head can't be read tells of an entry that is open since ever: so whoever looks for
// entries looks into the list, and learns that it is damaged.
func (s *Store) Heads(ctx context.Context, prefix, from string) iter.Seq2[todo.Head, error] {
	return func(yield func(todo.Head, error) bool) {
		snap, err := s.durable(ctx)
		if err != nil {
			yield(todo.Head{}, err)
			return
		}
		defer snap.Close()
		for h, err := range rawHeads(ctx, snap, prefix, from) {
			if isDamage(err) {
				err = nil
			}
			h.Name = string(h.name)
			h.Partition = s.partition(h.Name)
			if !yield(h.Head.Head, err) {
				return
			}
		}
	}
}

// unknownHead stands for a head that can't be decoded.
var unknownHead = codec.Head{Head: todo.Head{Rev: 1, Entries: 1, Open: 1, FirstOpen: todo.MinDate}}

// damaged is what all errors of its code are to errors.Is.
var damaged = &todo.Error{Code: todo.Damaged}

func isDamage(err error) bool { return errors.Is(err, damaged) }

// A rawHead is a head whose name still lies in the database: both are gone with the next
// one.
type rawHead struct {
	codec.Head
	name []byte
}

// rawHeads goes through the heads of lists whose names begin with prefix, those before
// from left out. It goes on after a damaged one.
func rawHeads(ctx context.Context, r pebble.Reader, prefix, from string) iter.Seq2[*rawHead, error] {
	return func(yield func(*rawHead, error) bool) {
		lower := headKey(max(prefix, from))
		upper := append(headKey(prefix), 0xff) // a byte that UTF-8 doesn't have
		h := new(rawHead)
		it, err := r.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
		if err != nil {
			yield(h, err)
			return
		}
		defer it.Close()
		for ok := it.First(); ok; ok = it.Next() {
			value, err := it.ValueAndErr()
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(&rawHead{}, err)
				return
			}
			h.name = it.Key()[1:]
			if h.Head, err = codec.DecodeHead(value); err != nil {
				h.Head, err = unknownHead, unreadable(string(h.name), "the head", err)
			}
			if !yield(h, err) {
				return
			}
		}
		if err := cmp.Or(ctx.Err(), it.Error()); err != nil {
			yield(&rawHead{}, err)
		}
	}
}

// scanHeads goes through the heads of all lists, with their names.
func scanHeads(ctx context.Context, r pebble.Reader) iter.Seq2[codec.Head, error] {
	return func(yield func(codec.Head, error) bool) {
		for h, err := range rawHeads(ctx, r, "", "") {
			h.Name = string(h.name)
			if !yield(h.Head, err) {
				return
			}
		}
	}
}

// Due goes through the names of lists by their first open days: see
// [todoshell/cache.Overview]. From one day to the next it skips what does not begin with
// prefix.
func (s *Store) Due(ctx context.Context, prefix string, until todo.Date) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if err := ctx.Err(); err != nil {
			yield("", err)
			return
		}
		if until == 0 {
			until = todo.MaxDate
		}
		it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: dueKey(0, ""), UpperBound: dueKey(until+1, "")})
		if err != nil {
			yield("", err)
			return
		}
		defer it.Close()
		for ok := it.First(); ok; {
			if err = ctx.Err(); err != nil {
				yield("", err)
				return
			}
			switch day, name := dueOf(it.Key()); {
			case strings.HasPrefix(name, prefix):
				if !yield(name, nil) {
					return
				}
				ok = it.Next()
			case name < prefix:
				ok = it.SeekGE(dueKey(day, prefix))
			default:
				ok = it.SeekGE(dueKey(day+1, prefix))
			}
		}
		if err = it.Error(); err != nil {
			yield("", err)
		}
	}
}

// Totals counts what all lists hold together.
func (s *Store) Totals(ctx context.Context) (todo.Totals, error) {
	s.put.Lock()
	totals := s.last.Totals
	s.put.Unlock()
	return totals, cmp.Or(ctx.Err(), s.settle(ctx))
}
