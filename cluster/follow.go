package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"todoshell/store"
	"todoshell/todo"
)

// How a follower reads.
const (
	readAhead   = 4096 // messages
	applyAtOnce = 256
	heartbeat   = time.Second // two that don't come: the consumer is remade
	pullFor     = 10 * time.Second
	forgetAfter = time.Minute // a consumer that nobody reads
	roomAgain   = time.Second // after what time a full disk is tried again

	// After what time without an answer, or without a message that somebody waits for, the consumer is
	// remade; twice as long after each time that this didn't help.
	minStall, maxStall = 200 * time.Millisecond, 2 * time.Second
)

// follow applies what the stream of a partition has to the replica, as long as the log is open.
//
// Each consumer gets a new name. The library's own for reading in order asks again for the one that it
// had, which the servers may have given to one that is away, and then says nothing.
func (p *partition) follow() {
	stall := minStall
	for p.log.ctx.Err() == nil && p.log.broken() == nil {
		at := p.at()
		r := reader{partition: p, position: at, wanted: p.applied.wanted, use: p.apply}
		err := r.read(p.log.ctx, stall)
		if stall = min(2*stall, maxStall); p.at() > at {
			stall = minStall
		}
		if p.log.ctx.Err() != nil {
			return
		}
		p.log.counts.remade.Add(1)
		wait := again
		if isFinal(err) {
			p.log.fail(err)
		} else if errors.Is(err, &todo.Error{Code: todo.DiskFull}) {
			wait = roomAgain
		}
		_ = pause(p.log.ctx, wait, nil)
	}
}

// isFinal tells whether an error of following is not one of the way to the servers.
func isFinal(err error) bool {
	return slices.ContainsFunc([]todo.Code{todo.Damaged, todo.StoreBroken, Unfit}, func(c todo.Code) bool {
		return errors.Is(err, &todo.Error{Code: c})
	})
}

// apply applies what was read to the replica.
func (p *partition) apply(ctx context.Context, updates []store.Update, at todo.Version) error {
	if err := p.log.Apply(ctx, updates, todo.Position(nil).With(p.number, at)); err != nil {
		return err
	}
	p.applied.set(at)
	return nil
}

// A reader makes updates of the messages of a stream, one consumer after the other.
type reader struct {
	*partition
	subjects []string                                                                 // that are read; nil: all
	use      func(ctx context.Context, updates []store.Update, at todo.Version) error // what is done with the updates up to a version
	wanted   func() bool                                                              // whether somebody waits for the next message

	position todo.Version // of the latest message that ends an append
	bad      todo.Version // of the message that can't be read
	consumed uint64       // how many messages the consumer has delivered
	parts    parts
	updates  []store.Update
}

// read reads what comes after the position with a new consumer, until that fails.
func (r *reader) read(ctx context.Context, stall time.Duration) error {
	p := r.partition
	r.consumed, r.parts = 0, parts{}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	soon, stop := context.WithTimeout(ctx, stall)
	consumer, err := p.log.js.CreateConsumer(soon, p.stream, jetstream.ConsumerConfig{
		Name: nuid.Next(), DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: uint64(r.position + 1), FilterSubjects: r.subjects,
		AckPolicy: jetstream.AckNonePolicy, MemoryStorage: true, Replicas: 1, InactiveThreshold: forgetAfter,
	})
	if err == nil {
		defer p.log.forget(p.stream, consumer.CachedInfo().Name)
		err = p.check(soon)
	}
	stop()
	if err != nil {
		return err
	}
	messages := make(chan jetstream.Msg, readAhead)
	consuming, err := consumer.Consume(func(m jetstream.Msg) {
		select {
		case messages <- m:
		case <-ctx.Done():
		}
	}, jetstream.PullMaxMessages(readAhead), jetstream.PullExpiry(pullFor), jetstream.PullHeartbeat(heartbeat),
		jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) { cancel(err) }))
	if err != nil {
		return err
	}
	defer consuming.Stop()
	defer context.AfterFunc(*p.log.link.Load(), func() { cancel(nats.ErrDisconnected) })()
	tick := time.NewTicker(stall / 2)
	defer tick.Stop()
	for latest := time.Now(); ; {
		select {
		case m := <-messages:
			if err := r.apply(ctx, m, messages); err != nil {
				return err
			}
			latest = time.Now()
		case <-tick.C:
			if !r.wanted() {
				latest = time.Now()
			} else if time.Since(latest) > stall {
				return errStalled
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// check makes sure that the stream is the one that was opened, and none that was made in its place.
func (p *partition) check(ctx context.Context) error {
	s, err := p.log.js.Stream(ctx, p.stream)
	if err == nil && !s.CachedInfo().Created.Equal(p.created) {
		return p.lost("was deleted, and made anew")
	}
	return err
}

// forget lets go of a consumer. One that can't be told is forgotten by the servers, later.
func (l *Log) forget(stream, consumer string) {
	l.run.Go(func() {
		ctx, cancel := context.WithTimeout(l.ctx, maxStall)
		defer cancel()
		_ = l.js.DeleteConsumer(ctx, stream, consumer)
	})
}

var (
	errGap     = errors.New("the consumer has left out messages")
	errStalled = errors.New("the consumer delivers nothing")
)

// apply uses a message, with others that are there already, up to one that can't be read.
func (r *reader) apply(ctx context.Context, m jetstream.Msg, more <-chan jetstream.Msg) error {
	r.updates = r.updates[:0]
	err := r.take(m)
	for n := len(more); err == nil && n > 0 && len(r.updates) < applyAtOnce; n-- {
		err = r.take(<-more)
	}
	err = cmp.Or(r.use(ctx, r.updates, r.position), err)
	clear(r.updates)
	return err
}

// take reads a message.
func (r *reader) take(m jetstream.Msg) error {
	meta, err := m.Metadata()
	if err != nil {
		return err
	}
	if r.consumed++; meta.Sequence.Consumer != r.consumed {
		return errGap
	}
	seq := todo.Version(meta.Sequence.Stream)
	body, complete, err := r.parts.join(m)
	switch {
	case err != nil:
		return r.damaged(seq, err)
	case !complete:
		return nil
	}
	what := strings.TrimPrefix(m.Subject(), r.subject)
	if what == barrierSubject || what == secretSubject {
		r.position = seq
		return nil
	}
	list, ok := strings.CutPrefix(what, listSubject)
	if !ok {
		return r.damaged(seq, errMessage)
	}
	u, err := decode(body)
	if err != nil {
		return r.damaged(seq, err)
	}
	if u.List, err = nameOf(list); err != nil {
		return r.damaged(seq, err)
	}
	u.Partition, u.Version = r.number, seq
	if m.Headers().Get(followsHeader) != "" {
		u.After = seq - 1
	}
	r.updates = append(r.updates, u)
	r.position = seq
	return nil
}

func (r *reader) damaged(seq todo.Version, why error) error {
	r.bad = seq
	return &todo.Error{Code: Unfit, Message: fmt.Sprintf("message %d of the stream %s can't be read: %v", seq, r.stream, why),
		Hint: "this node goes no further; is there another program, or a later version of this one, that writes into the stream?"}
}
