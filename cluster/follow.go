package cluster

import (
	"context"
	"errors"
	"fmt"
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
		err := p.read(stall)
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
	return errors.Is(err, &todo.Error{Code: todo.Damaged}) || errors.Is(err, &todo.Error{Code: todo.StoreBroken})
}

// read reads the stream with a new consumer until that fails.
func (p *partition) read(stall time.Duration) error {
	ctx, cancel := context.WithCancelCause(p.log.ctx)
	defer cancel(nil)
	soon, stop := context.WithTimeout(ctx, stall)
	consumer, err := p.log.js.CreateConsumer(soon, p.stream, jetstream.ConsumerConfig{
		Name: nuid.Next(), DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: uint64(p.at() + 1),
		AckPolicy: jetstream.AckNonePolicy, MemoryStorage: true, Replicas: 1, InactiveThreshold: forgetAfter,
	})
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
	defer p.log.forget(p.stream, consumer.CachedInfo().Name)
	defer consuming.Stop()
	defer context.AfterFunc(*p.log.link.Load(), func() { cancel(nats.ErrDisconnected) })()
	r := reader{partition: p, position: p.at()}
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
			if !p.applied.wanted() {
				latest = time.Now()
			} else if time.Since(latest) > stall {
				return errStalled
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// forget lets go of a consumer. One that can't be told is forgotten by the servers, later.
func (l *Log) forget(stream, consumer string) {
	l.run.Go(func() {
		ctx, cancel := context.WithTimeout(l.ctx, maxStall)
		defer cancel()
		_ = l.js.DeleteConsumer(ctx, stream, consumer)
	})
}

// A reader makes updates of the messages of one consumer.
type reader struct {
	*partition
	consumed uint64       // how many messages the consumer has delivered
	position todo.Version // of the latest message that ends an append
	parts    []byte       // of an append that is not complete
	updates  []store.Update
}

var (
	errGap     = errors.New("the consumer has left out messages")
	errStalled = errors.New("the consumer delivers nothing")
)

// apply applies a message, with others that are there already.
func (r *reader) apply(ctx context.Context, m jetstream.Msg, more <-chan jetstream.Msg) error {
	r.updates = r.updates[:0]
	if err := r.take(m); err != nil {
		return err
	}
	for n := len(more); n > 0 && len(r.updates) < applyAtOnce; n-- {
		if err := r.take(<-more); err != nil {
			return err
		}
	}
	if err := r.log.Apply(ctx, r.updates, todo.Position(nil).With(r.number, r.position)); err != nil {
		return err
	}
	clear(r.updates)
	r.applied.set(r.position)
	return nil
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
	what := strings.TrimPrefix(m.Subject(), r.subject)
	if what == barrierSubject || what == secretSubject {
		r.position = seq
		return nil
	}
	list, ok := strings.CutPrefix(what, listSubject)
	if !ok {
		return r.damaged(seq, errMessage)
	}
	body := m.Data()
	if part := m.Headers().Get(partHeader); part != "" {
		var i, n int
		if _, err = fmt.Sscanf(part, "%d/%d", &i, &n); err != nil || i == 1 != (len(r.parts) == 0) {
			return r.damaged(seq, errMessage)
		}
		r.parts = append(r.parts, body...)
		if i < n {
			return nil
		}
		body, r.parts = r.parts, nil
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
	return &todo.Error{Code: todo.Damaged, Message: fmt.Sprintf("message %d of the stream %s can't be read: %v", seq, r.stream, why),
		Hint: "this node goes no further; is there another program, or a later version of this one, that writes into the stream?"}
}
