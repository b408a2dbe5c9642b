package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"todoshell/store"
	"todoshell/todo"
)

// How long is waited, and how often is tried again.
const (
	// patience is after what time an append, or a barrier, is given up.
	patience = 12 * time.Second
	// answerWithin is after what time without an acknowledgement something is done about it,
	// which costs a barrier. Servers that come and go leave some without any. It is twice as long
	// after each time, or servers that are slow would never have enough.
	answerWithin = 250 * time.Millisecond
	// maxAnswer is what that grows to where servers are slow. Whoever asks while there is no leader
	// waits as long for nothing once there is one.
	maxAnswer = 2 * time.Second
	again     = 50 * time.Millisecond
)

// The headers of messages, besides those that the library sets.
const (
	rollup        = "Nats-Rollup"
	rollupSubject = "sub"
	partHeader    = "Todo-Part"
	followsHeader = "Todo-Follows"
	batchID       = "Nats-Batch-Id"
	batchSequence = "Nats-Batch-Sequence"
	batchCommit   = "Nats-Batch-Commit"
	roomForHeader = 4 << 10
	maxParts      = 1000 // of an atomic batch, by the servers' limit
)

// Append makes a batch durable on most of the servers, and waits until the replica has it, too:
// see [todoshell/server.Log].
func (l *Log) Append(ctx context.Context, name string, after todo.Version, next todo.List, b todo.Batch) (todo.Version, error) {
	if err := cmp.Or(ctx.Err(), l.broken()); err != nil {
		return 0, err
	}
	if err := l.Store.Ready(); err != nil {
		return 0, err // it could not be applied here
	}
	p := l.partitions[store.PartitionOf(name, len(l.partitions))]
	messages, err := p.messages(name, after, next, b)
	if err != nil {
		return 0, err
	}
	v, err := p.append(name, after, messages, 1, b.ID)
	l.counts.appended(err)
	return v, err
}

// append publishes so many appends to a list, the first of which has the id, until it is sure what has become
// of them. It returns the version with the last.
func (p *partition) append(name string, after todo.Version, messages []*nats.Msg, appends int, id todo.BatchID) (todo.Version, error) {
	ctx, cancel := context.WithTimeout(p.log.ctx, patience)
	defer cancel()
	sent := false // whether it may have been stored
	fail := func(err error) (todo.Version, error) {
		if sent {
			return 0, fmt.Errorf("%w: %w", todo.ErrOutcomeUnknown, err)
		}
		return 0, p.log.cause(err)
	}
	for within, lag := answerWithin, time.Millisecond; ; lag = min(2*lag, again) {
		seq, err := p.publish(ctx, messages, within)
		if err == nil {
			_ = p.applied.wait(ctx, seq) // it is durable, whether or not this node comes to it in time
			return seq, nil
		}
		cause := err
		conflict, latest := isConflict(err)
		switch {
		case conflict:
			err = p.until(ctx, latest)
		case isUnsent(err) || isRefused(err):
			if err = pause(ctx, again, err); err == nil {
				continue
			}
		default:
			sent = true
			p.log.counts.doubts.Add(1)
			within = min(2*within, maxAnswer)
			err = p.log.Barrier(ctx, p.number)
		}
		if err != nil {
			return fail(err)
		}
		v, err := p.look(ctx, name, after, id, sent)
		if v > 0 {
			return v + todo.Version(appends-1), nil
		}
		if err != nil {
			return 0, err
		}
		// It is not there. A server says that there is a conflict also with what is still under way.
		if err = pause(ctx, lag+rand.N(2*lag), cause); err != nil {
			return fail(err)
		}
	}
}

// pause waits. Where the time is over, the error is the cause, or that of the context.
func pause(ctx context.Context, d time.Duration, cause error) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return cmp.Or(cause, ctx.Err())
	}
}

// until waits until the replica has a version, or makes sure that it has all if that is 0.
func (p *partition) until(ctx context.Context, v todo.Version) error {
	if v == 0 {
		return p.log.Barrier(ctx, p.number)
	}
	return p.applied.wait(ctx, v)
}

// look looks for a batch right after a version of a list in the replica. It returns the batch's version, or
// 0 where the list is still of the version before, or [todo.ErrConflict] where it is of another. Sent
// tells whether the batch may have been stored: then a drop has taken away what would tell.
func (p *partition) look(ctx context.Context, name string, after todo.Version, id todo.BatchID, sent bool) (todo.Version, error) {
	unknown := func(err error) (todo.Version, error) { return 0, fmt.Errorf("%w: %w", todo.ErrOutcomeUnknown, err) }
	before, err := p.version(ctx, name) // looked at first: what comes meanwhile may be the batch
	if err != nil {
		return unknown(err)
	}
	for a, err := range p.log.Since(ctx, name, after) {
		switch {
		case err != nil:
			return unknown(err)
		case a.ID == id:
			return a.Version, nil
		case a.After != after && sent:
			return unknown(errors.New("the list has been dropped since"))
		}
		p.log.counts.conflicts.Add(1)
		return 0, todo.ErrConflict
	}
	if before < after {
		return 0, todo.ErrConflict
	}
	return 0, nil
}

// version returns the version of a list in the replica.
func (p *partition) version(ctx context.Context, name string) (todo.Version, error) {
	for head, err := range p.log.Heads(ctx, name, name) {
		if err != nil || head.Name == name {
			return head.Version, err
		}
		break
	}
	return 0, nil
}

// messages returns the messages of an append.
func (p *partition) messages(name string, after todo.Version, next todo.List, b todo.Batch) ([]*nats.Msg, error) {
	body := encode(after, next, b)
	size := int(p.log.conn.MaxPayload()) - roomForHeader
	parts := (len(body) + size - 1) / size
	if parts > maxParts {
		return nil, &todo.Error{Code: TooLarge, Message: fmt.Sprintf("a change of %d bytes is more than the cluster takes at once", len(body)),
			Hint: "make it in several steps, or raise max_payload of the NATS servers"}
	}
	messages := make([]*nats.Msg, parts)
	for i := range messages {
		m := nats.NewMsg(p.subject + listSubject + token(name))
		m.Data = body[i*size : min(len(body), (i+1)*size)]
		if parts > 1 {
			m.Header.Set(partHeader, fmt.Sprintf("%d/%d", i+1, parts))
		}
		messages[i] = m
	}
	first := messages[0].Header
	first.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(uint64(after), 10))
	if isDrop(b) {
		first.Set(rollup, rollupSubject)
	}
	return messages, nil
}

// publish publishes messages, all or none, and returns the sequence of the last.
func (p *partition) publish(ctx context.Context, messages []*nats.Msg, within time.Duration) (todo.Version, error) {
	last := len(messages) - 1
	if last > 0 {
		id := nats.NewInbox()[len(nats.InboxPrefix):]
		for i, m := range messages {
			m.Header.Set(batchID, id)
			m.Header.Set(batchSequence, strconv.Itoa(i+1))
		}
		messages[last].Header.Set(batchCommit, "1")
		for _, m := range messages[:last] {
			if err := p.log.conn.PublishMsg(m); err != nil {
				return 0, err
			}
		}
	}
	return p.send(ctx, messages[last], within)
}

// send publishes a message and returns its sequence. It doesn't wait for an acknowledgement after
// the connection that it was sent over has been lost, or for longer than within.
//
// A stream that has what the replica has gives a message a sequence after that.
func (p *partition) send(ctx context.Context, m *nats.Msg, within time.Duration) (todo.Version, error) {
	link := *p.log.link.Load()
	if link.Err() != nil {
		return 0, errUnlinked
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	defer context.AfterFunc(link, cancel)()
	at := p.at()
	ack, err := p.log.js.PublishMsg(ctx, m, jetstream.WithRetryAttempts(0))
	if err != nil {
		return 0, err
	}
	seq := todo.Version(ack.Sequence)
	if seq <= at {
		err = p.lost(fmt.Sprintf("is at message %d, and this node has already seen message %d", seq, at))
		p.log.fail(err)
		return 0, err
	}
	return seq, nil
}

// The codes of the servers' errors: https://github.com/nats-io/nats-server/blob/main/server/errors.json
const (
	wrongLastSequence   = jetstream.ErrorCode(10071)
	wrongLastSequence10 = jetstream.ErrorCode(10164) // which one there is isn't known yet
	storeFailed         = jetstream.ErrorCode(10077) // on the leader; others may have it
)

// isConflict tells whether there is another message than the expected one, and which, if the server
// says that.
func isConflict(err error) (is bool, latest todo.Version) {
	e, ok := errors.AsType[*jetstream.APIError](err)
	if !ok || e.ErrorCode != wrongLastSequence && e.ErrorCode != wrongLastSequence10 {
		return false, 0
	}
	_, _ = fmt.Sscanf(e.Description, "wrong last sequence: %d", &latest) // else a barrier tells
	return true, latest
}

var errUnlinked = errors.New("there is no connection to a NATS server")

// isUnsent tells whether it is sure that nobody got what was sent. It isn't where the library says that
// the connection is lost, or closed: it says so also of what was under way.
func isUnsent(err error) bool {
	for _, one := range []error{errUnlinked, nats.ErrNoResponders, jetstream.ErrNoStreamResponse, nats.ErrReconnectBufExceeded,
		nats.ErrConnectionReconnecting} {
		if errors.Is(err, one) {
			return true
		}
	}
	return false
}

// isRefused tells whether a server says that it did not store what was sent.
func isRefused(err error) bool {
	e, ok := errors.AsType[*jetstream.APIError](err)
	return ok && e.ErrorCode != storeFailed
}
