package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"todoshell/store"
	"todoshell/todo"
)

// Check checks the replica: see [todoshell/store.Store.Check]. Then it reads all streams, up to where they
// were when it began, and compares what they have with what the replica has. What is wrong with the replica is
// told as errors of any other code than [Unfit], and put right by a replica that is made anew; what is wrong
// with the streams is told as errors of the code Unfit.
func (l *Log) Check(ctx context.Context, problem func(error)) (sum store.Summary, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(l.ctx, func() { cancel(cmp.Or(l.broken(), context.Canceled)) })()
	if err = l.Fresh(ctx, ""); err != nil {
		return sum, err
	}
	if sum, err = l.Store.Check(ctx, problem); err != nil {
		return sum, cmp.Or(context.Cause(ctx), err)
	}
	c := &checker{Log: l, damaged: sum.Problems > 0, report: func(err error) {
		sum.Problems++
		problem(err)
	}}
	err = c.compare(ctx)
	return sum, cmp.Or(context.Cause(ctx), err)
}

// A checker compares the replica with the streams.
type checker struct {
	*Log
	report  func(error)
	damaged bool // the replica: it has been told where
	upTo    todo.Position

	// How many appends the replica has more than the streams, of all lists whose names have the same hash:
	// so however many lists there are, only those where it is not 0 have to be looked at one by one.
	more [1 << 16]int
}

// of returns the count that a list is in.
func (c *checker) of(name string) *int {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // never fails: see there
	return &c.more[h.Sum64()%uint64(len(c.more))]
}

func (c *checker) compare(ctx context.Context) (err error) {
	c.upTo, err = c.Records(ctx, func(name string) error {
		*c.of(name)++
		return nil
	})
	if err != nil {
		return c.unread(err)
	}
	for _, p := range c.partitions {
		err = p.readTo(ctx, c.upTo[p.number], nil, c.same, c.report)
		if err != nil {
			return err
		}
	}
	if !slices.ContainsFunc(c.more[:], func(n int) bool { return n != 0 }) {
		return nil
	}
	if err = c.Fresh(ctx, ""); err != nil { // now there are barriers behind what is looked for
		return err
	}
	latest := ""
	_, err = c.Records(ctx, func(name string) error {
		if name == latest || *c.of(name) == 0 {
			return nil
		}
		latest = name
		return c.list(ctx, name)
	})
	return c.unread(err)
}

// unread returns nil for damage of the replica that has been told.
func (c *checker) unread(err error) error {
	if c.damaged && !errors.Is(err, &todo.Error{Code: Unavailable}) {
		return nil
	}
	return err
}

// same compares an append in a stream with the replica.
func (c *checker) same(u *store.Update) {
	*c.of(u.List)--
	if err := c.Compare(u); err != nil && !c.damaged {
		c.report(err)
	}
}

// list tells what the stream lacks of a list that the replica has.
func (c *checker) list(ctx context.Context, name string) error {
	p := c.partitions[store.PartitionOf(name, len(c.partitions))]
	there := map[todo.Version]bool{}
	subjects := []string{p.subject + listSubject + token(name), p.subject + barrierSubject}
	err := p.readTo(ctx, c.upTo[p.number], subjects, func(u *store.Update) { there[u.Version] = true }, func(error) {})
	if err != nil {
		return err
	}
	if err = c.Fresh(ctx, name); err != nil { // what a drop has taken from the stream, it takes from the replica
		return err
	}
	for a, err := range c.Since(ctx, name, 0) {
		switch {
		case err != nil:
			return c.unread(err)
		case a.Version <= c.upTo[p.number] && !there[a.Version]:
			c.report(&todo.Error{Code: Unfit, Message: fmt.Sprintf("list %q: the stream %s lacks version %d", name, p.stream, a.Version),
				Hint: lost})
			return nil
		}
	}
	return nil
}

// errRead ends a reading that has come to its end.
var errRead = errors.New("all has been read")

// readTo reads the stream from its beginning up to a version, or to a barrier after it, of which there is always one to come. It
// calls use with each update, and bad with each message that can't be read.
func (p *partition) readTo(ctx context.Context, last todo.Version, subjects []string, use func(*store.Update), bad func(error)) error {
	r := reader{partition: p, subjects: subjects, wanted: func() bool { return true }}
	r.use = func(_ context.Context, updates []store.Update, at todo.Version) error {
		for i := range updates {
			if updates[i].Version <= last {
				use(&updates[i])
			}
		}
		if at >= last {
			return errRead
		}
		return nil
	}
	latest := time.Now()
	for r.position < last {
		before := r.position
		err := r.read(ctx, maxStall)
		if r.position > before {
			latest = time.Now()
		}
		switch {
		case errors.Is(err, errRead):
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case r.bad > r.position:
			bad(err)
			r.position = r.bad
		case isFinal(err):
			return err
		case time.Since(latest) > patience:
			return unavailable(fmt.Errorf("the stream %s can't be read: %w", p.stream, err))
		}
		_ = pause(ctx, again, nil)
	}
	return nil
}
