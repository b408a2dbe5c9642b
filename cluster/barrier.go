package cluster

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"todoshell/store"
	"todoshell/todo"
)

// A barriers is the barriers of a partition, of which one is under way at a time: those who
// come meanwhile share the next.
type barriers struct {
	mu      sync.Mutex
	current *barrier // nil: none is under way
	next    *barrier // nil: nobody waits for it
}

type barrier struct {
	done chan struct{}
	err  error
}

// wait waits until a barrier has been made.
func (b *barrier) wait(ctx context.Context) error {
	select {
	case <-b.done:
		return b.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Barrier waits until the replica has all of a partition that anyone was answered before.
func (l *Log) Barrier(ctx context.Context, partition int) error {
	return l.partitions[partition].barrier().wait(ctx)
}

// barrier returns one that has not begun.
func (p *partition) barrier() *barrier {
	bs := &p.barriers
	bs.mu.Lock()
	defer bs.mu.Unlock()
	if bs.next == nil {
		bs.next = &barrier{done: make(chan struct{})}
		if bs.current == nil {
			b := bs.next
			bs.next = nil
			if !p.log.start(func() { p.makeBarriers(b) }) {
				b.err = p.log.cause(context.Canceled)
				close(b.done)
				return b
			}
			bs.current = b
			return b
		}
	}
	return bs.next
}

// makeBarriers makes a barrier, and those after it as long as somebody waits for one.
func (p *partition) makeBarriers(b *barrier) {
	for b != nil {
		began := time.Now()
		b.err = p.makeBarrier()
		p.log.counts.barrier(time.Since(began), b.err)
		if b.err == nil {
			p.proven.Store(int64(began.Sub(p.log.opened)))
		}
		close(b.done)
		p.barriers.mu.Lock()
		b = p.barriers.next
		p.barriers.current, p.barriers.next = b, nil
		p.barriers.mu.Unlock()
	}
}

// makeBarrier publishes a barrier and waits for the follower. It is published again where no
// acknowledgement comes: any of them will do.
func (p *partition) makeBarrier() error {
	ctx, cancel := context.WithTimeout(p.log.ctx, patience)
	defer cancel()
	for within := answerWithin; ; within = min(2*within, maxAnswer) {
		m := nats.NewMsg(p.subject + barrierSubject)
		m.Header.Set(rollup, rollupSubject)
		seq, err := p.send(ctx, m, within)
		if err == nil {
			if err = p.applied.wait(ctx, seq); err == nil {
				return nil
			}
		}
		select {
		case <-time.After(again):
		case <-ctx.Done():
			return p.log.cause(fmt.Errorf("it is not sure what is the latest: %w", err))
		}
	}
}

// Fresh waits until the replica has all of a list, or of all lists where name is empty, that anyone
// was answered before.
func (l *Log) Fresh(ctx context.Context, name string) error {
	if name != "" {
		return l.Barrier(ctx, store.PartitionOf(name, len(l.partitions)))
	}
	under := make([]*barrier, len(l.partitions))
	for i, p := range l.partitions {
		under[i] = p.barrier()
	}
	for _, b := range under {
		if err := b.wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

// proofAge returns for how long it has not been sure that the replica has all.
func (l *Log) proofAge() time.Duration {
	now := time.Since(l.opened) // clocks may be set back
	oldest := now
	for _, p := range l.partitions {
		oldest = min(oldest, time.Duration(p.proven.Load()))
	}
	return now - oldest
}

// How often a node makes sure that it has all, and when it isn't ready any more.
const (
	proveEvery  = 2 * time.Second
	provenUntil = 3 * proveEvery
)

// prove makes barriers as long as the log is open.
func (l *Log) prove() {
	tick := time.NewTicker(proveEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			_ = l.Fresh(l.ctx, "") // Ready tells
		case <-l.ctx.Done():
			return
		}
	}
}

// Ready tells why nothing can be changed here now.
func (l *Log) Ready() error {
	if err := l.broken(); err != nil {
		return err
	}
	if err := l.Store.Ready(); err != nil {
		return err
	}
	if age := l.proofAge(); age > provenUntil {
		return &todo.Error{Code: Unavailable, Message: fmt.Sprintf("the cluster has not answered for %v", age.Round(time.Second)),
			Hint: "see whether most of the NATS servers run; lists can be read as they were"}
	}
	return nil
}
