package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"todoshell/access"
	"todoshell/todo"
)

// Access is where all nodes of a cluster have their tokens: a [todoshell/access.Source]. The document is one
// message in a stream of its own, of which each node has a copy in memory.
type Access struct {
	conn    *nats.Conn
	js      jetstream.JetStream
	stream  jetstream.Stream
	subject string // of the document; that of barriers begins with it
	now     func() time.Time

	mu       sync.Mutex // held by the one who replaces the copy, or the time
	copied   atomic.Pointer[document]
	compared atomic.Pointer[time.Time] // when the copy, or one before it, was the latest for sure
	again    chan struct{}             // has room for one
	cancel   context.CancelFunc
	run      sync.WaitGroup
}

// A document is the message of a sequence; it is nil where there is none.
type document struct {
	*access.Document

	sequence uint64
}

// OpenAccess connects to the tokens of a cluster. The stream is made where there is none.
func OpenAccess(ctx context.Context, c Config) (*Access, error) { return openAccess(ctx, c, time.Now) }

func openAccess(ctx context.Context, c Config, now func() time.Time) (_ *Access, err error) {
	a := &Access{subject: c.Space + ".access", now: now, again: make(chan struct{}, 1)}
	a.copied.Store(&document{})
	a.compared.Store(new(time.Time))
	if a.conn, err = c.connect(func() {}, func(*nats.Conn) { a.compareNow() }); err != nil {
		return nil, err
	}
	running, cancel := context.WithCancel(context.Background())
	a.cancel = cancel
	if err = a.open(ctx, c); err != nil {
		a.Close()
		return nil, err
	}
	a.run.Go(func() { a.keepCompared(running) })
	return a, nil
}

func (a *Access) open(ctx context.Context, c Config) (err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err = checkVersion(a.conn); err != nil {
		return err
	}
	if a.js, err = jetstream.New(a.conn); err != nil {
		return err
	}
	name, told := strings.ToUpper(c.Space)+"_ACCESS", a.subject+".told"
	info, err := makeStream(ctx, a.js, jetstream.StreamConfig{
		Name: name, Subjects: []string{a.subject, a.barrier()}, MaxMsgsPerSubject: 1,
		Description: "who may come in to todoshell", Storage: jetstream.FileStorage, Replicas: c.Replicas, DenyDelete: true,
		RePublish: &jetstream.RePublish{Source: a.subject, Destination: told},
		Placement: &jetstream.Placement{Tags: []string{syncTag}},
		Metadata:  map[string]string{formatKey: format},
	})
	if err != nil {
		return c.unfit(name, err)
	}
	if err = c.check(info); err != nil {
		return err
	}
	if a.stream, err = a.js.Stream(ctx, name); err != nil {
		return c.unfit(name, err)
	}
	if _, err = a.conn.Subscribe(told, a.told); err != nil {
		return err
	}
	return a.compare(ctx)
}

func (a *Access) barrier() string { return a.subject + ".bar" }

// Close ends the connection.
func (a *Access) Close() {
	a.cancel()
	a.run.Wait()
	a.conn.Close()
}

// Current returns the document. There is an error where others may have changed it since it was compared; a node
// that has not known of any tokens goes on without.
func (a *Access) Current() (*access.Document, error) {
	compared, d := a.compared.Load(), a.copied.Load() // in this order: the copy is at least as new
	if d.Document == nil {
		return nil, nil
	}
	if age := a.now().Sub(*compared); age > currentFor {
		return nil, &todo.Error{Code: Unavailable, Message: fmt.Sprintf("this node has not heard of its cluster for %v", age.Round(time.Second)),
			Hint: "nobody comes in here with a token until it does; try another node"}
	}
	return d.Document, nil
}

// Change replaces the document, on the condition that nobody else has. It is edited again if so.
func (a *Access) Change(edit func(*access.Document) ([]byte, error)) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		if err := a.compare(ctx); err != nil { // or edit would decide by what others may have changed
			return err
		}
		d := a.copied.Load()
		text, err := edit(d.Document)
		if err != nil {
			return err
		}
		sequence, err := a.replace(ctx, text, d.sequence)
		if conflict, _ := isConflict(err); conflict {
			continue
		}
		if err == nil {
			a.take(sequence, text)
		}
		return err
	}
}

// replace publishes the document until it is sure what has become of it, on the condition that the latest is
// that of a sequence. The servers know it by its id, and store it once.
func (a *Access) replace(ctx context.Context, text []byte, after uint64) (uint64, error) {
	id, sent := nuid.Next(), false
	for {
		sequence, err := a.publish(ctx, a.subject, text,
			jetstream.WithMsgID(id), jetstream.WithExpectLastSequencePerSubject(after))
		conflict, _ := isConflict(err)
		switch {
		case err == nil || conflict:
			return sequence, err
		case errors.Is(err, nats.ErrMaxPayload):
			return 0, &todo.Error{Code: access.CantSave, Message: fmt.Sprintf("all tokens and logins take %d bytes, more than the NATS servers take", len(text)),
				Hint: "revoke tokens that nobody uses, or raise max_payload of the servers"}
		}
		sent = sent || !isUnsent(err)
		if pause(ctx, again, err) == nil {
			continue
		}
		if !sent {
			return 0, unavailable(err)
		}
		return 0, &todo.Error{Code: todo.OutcomeUnknown, Message: fmt.Sprintf("whether the tokens were changed is unknown: %v", err),
			Hint: "see: todoshell token list"}
	}
}

func (a *Access) publish(ctx context.Context, subject string, text []byte, options ...jetstream.PublishOpt) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	ack, err := a.js.Publish(ctx, subject, text, append(options, jetstream.WithRetryAttempts(0))...)
	if err != nil {
		return 0, err
	}
	return ack.Sequence, nil
}
