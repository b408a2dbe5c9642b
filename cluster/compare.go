package cluster

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"todoshell/access"
)

// How current a node's copy of the tokens is.
const (
	// compareEvery is how often a node makes sure that its copy is the latest. It is also how late
	// it learns of a change where the servers' word of it was lost.
	compareEvery = time.Second
	// currentFor is how long nobody else can have changed what was compared: after that,
	// nobody comes in with a token. It is what is promised to whoever revokes one.
	currentFor = 30 * time.Second
)

// compare makes sure that the copy is the latest, or makes it so. It publishes a barrier on the condition that the
// document is that of the copy; most of the servers have to agree to it, so that none that is cut off can say so alone.
func (a *Access) compare(ctx context.Context) error {
	for {
		began, d := a.now(), a.copied.Load()
		_, err := a.publish(ctx, a.barrier(), nil, jetstream.WithExpectLastSequenceForSubject(d.sequence, a.subject))
		if err == nil {
			a.note(began)
			return nil
		}
		wait := again
		if conflict, _ := isConflict(err); conflict {
			wait = time.Millisecond + rand.N(2*time.Millisecond) // also where others compare at the same moment
			err = a.read(ctx)
		}
		if err = pause(ctx, wait, err); err != nil {
			return unavailable(err)
		}
	}
}

// note notes when the copy was the latest.
func (a *Access) note(compared time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if compared.After(*a.compared.Load()) {
		a.compared.Store(&compared)
	}
}

// take makes a document the copy, if it is newer.
func (a *Access) take(sequence uint64, text []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if sequence <= a.copied.Load().sequence {
		return
	}
	stream := a.stream.CachedInfo().Config.Name
	a.copied.Store(&document{sequence: sequence, Document: &access.Document{Text: text,
		Name: fmt.Sprintf("the message %s of the stream %s", a.subject, stream), Removal: fmt.Sprintf("say %q", "nats stream purge "+stream)}})
}

// read reads the latest document.
func (a *Access) read(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	m, err := a.stream.GetLastMsgForSubject(ctx, a.subject)
	if err == nil {
		a.take(m.Sequence, m.Data)
	}
	return err
}

// told takes what the servers tell of a change. They do so once: what is lost, compare finds.
func (a *Access) told(m *nats.Msg) {
	if sequence, err := strconv.ParseUint(m.Header.Get(jetstream.SequenceHeader), 10, 64); err == nil {
		a.take(sequence, m.Data)
	}
}

// compareNow has the copy compared at once.
func (a *Access) compareNow() {
	select {
	case a.again <- struct{}{}:
	default:
	}
}

// keepCompared compares the copy until ctx ends.
func (a *Access) keepCompared(ctx context.Context) {
	tick := time.NewTicker(compareEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-a.again:
		case <-ctx.Done():
			return
		}
		soon, cancel := context.WithTimeout(ctx, patience)
		_ = a.compare(soon) // Current tells
		cancel()
	}
}
