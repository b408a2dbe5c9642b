package cluster

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"todoshell/todo"
)

// syncTag is the tag of servers whose configuration says sync_interval: always. The servers don't tell
// that otherwise.
const syncTag = "sync:always"

// The metadata of streams.
const (
	partitionsKey = "partitions"
	formatKey     = "format"
	format        = "1"
)

// openStreams returns the streams of the space, which are made where there are none.
func (l *Log) openStreams(ctx context.Context, c Config) ([]*jetstream.StreamInfo, error) {
	first, err := l.openStream(ctx, c, 0, c.Partitions)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(first.Config.Metadata[partitionsKey])
	if err != nil || n < 1 || n > MaxPartitions || first.Config.Metadata[formatKey] != format {
		return nil, &todo.Error{Code: Unfit, Message: fmt.Sprintf("the stream %s is not one of this program, or of a later version of it", first.Config.Name),
			Hint: "choose another space with --nats-space"}
	}
	streams := []*jetstream.StreamInfo{first}
	for i := 1; i < n; i++ {
		s, err := l.openStream(ctx, c, i, n)
		if err != nil {
			return nil, err
		}
		streams = append(streams, s)
	}
	return streams, nil
}

// MaxPartitions is what two digits can count.
const MaxPartitions = 100

// openStream returns a partition's stream, which is made where there is none.
func (l *Log) openStream(ctx context.Context, c Config, number, partitions int) (*jetstream.StreamInfo, error) {
	name, subject := fmt.Sprintf("%s_%02d", strings.ToUpper(c.Space), number), fmt.Sprintf("%s.%02d.", c.Space, number)
	info, err := makeStream(ctx, l.js, jetstream.StreamConfig{
		Name: name, Subjects: []string{subject + listSubject + "*", subject + barrierSubject, subject + secretSubject},
		Description: "lists of todoshell", Storage: jetstream.FileStorage, Replicas: c.Replicas,
		AllowRollup: true, AllowAtomicPublish: true, DenyDelete: true, Discard: jetstream.DiscardNew, AllowDirect: true,
		Placement: &jetstream.Placement{Tags: []string{syncTag}},
		Metadata:  map[string]string{partitionsKey: strconv.Itoa(partitions), formatKey: format},
	})
	if err != nil {
		return nil, c.unfit(name, err)
	}
	return info, c.check(info)
}

// makeStream returns a stream as it is, or makes it where there is none. Other nodes may do the same at the same
// time: then the servers say of a stream that is just being made that there is none.
func makeStream(ctx context.Context, js jetstream.JetStream, config jetstream.StreamConfig) (*jetstream.StreamInfo, error) {
	var info *jetstream.StreamInfo
	err := ask(ctx, func(ctx context.Context) error {
		s, failed := js.Stream(ctx, config.Name)
		if errors.Is(failed, jetstream.ErrStreamNotFound) {
			s, failed = js.CreateStream(ctx, config)
		}
		if failed == nil {
			info, failed = s.Info(ctx)
		}
		return failed
	})
	return info, err
}

// ask asks the servers until one answers, for as long as there is patience: one that is only starting, or that
// asks another that is away, says nothing, and one that is behind does not find what there is.
func ask(ctx context.Context, request func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		soon, stop := context.WithTimeout(ctx, maxStall)
		err := request(soon)
		stop()
		if err == nil || !isUnsent(err) && !slices.ContainsFunc(soonOtherwise, func(one error) bool { return errors.Is(err, one) }) {
			return err
		}
		if pause(ctx, again, nil) != nil {
			return err
		}
	}
}

// soonOtherwise are the errors of servers that don't know yet.
var soonOtherwise = []error{context.DeadlineExceeded, nats.ErrTimeout, jetstream.ErrStreamNotFound, jetstream.ErrMsgNotFound,
	&jetstream.APIError{ErrorCode: noLeader}}

// check tells whether a stream keeps what it is for.
func (c Config) check(s *jetstream.StreamInfo) error {
	switch {
	case s.Config.Replicas < c.Replicas:
		return &todo.Error{Code: Unfit, Message: fmt.Sprintf("the stream %s is kept by %d servers, not by %d", s.Config.Name, s.Config.Replicas, c.Replicas),
			Hint: fmt.Sprintf("nats stream edit %s --replicas %d; or say --nats-replicas %d", s.Config.Name, c.Replicas, s.Config.Replicas)}
	case s.Config.Placement == nil || !slices.Contains(s.Config.Placement.Tags, syncTag):
		return unsynced(s.Config.Name, nil)
	}
	return nil
}

func unsynced(stream string, why error) error {
	message := fmt.Sprintf("it is not known that the servers of the stream %s put on disk what they acknowledge", stream)
	if why != nil {
		message += ": " + why.Error()
	}
	return &todo.Error{Code: Unfit, Message: message,
		Hint: `each server's configuration has to have: jetstream { sync_interval: always } and server_tags: ["` + syncTag + `"]`}
}

// Errors of the servers: https://github.com/nats-io/nats-server/blob/main/server/errors.json
const (
	noLeader        = jetstream.ErrorCode(10008) // for now
	noSuitablePeers = jetstream.ErrorCode(10005)
	tooManyReplicas = jetstream.ErrorCode(10074) // on a server that is alone
)

// unfit says why a stream can't be had.
func (c Config) unfit(stream string, err error) error {
	if errors.Is(err, jetstream.ErrJetStreamNotEnabled) || errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount) {
		return &todo.Error{Code: Unfit, Message: fmt.Sprintf("the NATS servers keep no streams: %v", err),
			Hint: "each server's configuration has to have: jetstream { store_dir: …, sync_interval: always }"}
	}
	e, ok := errors.AsType[*jetstream.APIError](err)
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return unavailable(errors.New("either too few of its NATS servers run, or they are not configured to keep streams (jetstream)"))
	case !ok || e.ErrorCode == noLeader:
		return unavailable(fmt.Errorf("stream %s: %w", stream, err))
	case strings.Contains(e.Description, "tags"):
		return unsynced(stream, err)
	case e.ErrorCode == noSuitablePeers || e.ErrorCode == tooManyReplicas:
		return &todo.Error{Code: Unfit, Message: fmt.Sprintf("there are not %d NATS servers to keep the stream %s: %s", c.Replicas, stream, e.Description),
			Hint: "start them all; or say how many there are with --nats-replicas"}
	}
	return &todo.Error{Code: Unfit, Message: fmt.Sprintf("the stream %s can't be had: %s", stream, e.Description), Hint: "see: nats stream report"}
}

// readSecret reads the secret that all nodes share, and makes it where there is none.
func (l *Log) readSecret(ctx context.Context) error {
	p := l.partitions[0]
	err := ask(ctx, func(ctx context.Context) error {
		stream, err := l.js.Stream(ctx, p.stream)
		if err != nil {
			return err
		}
		m, err := stream.GetLastMsgForSubject(ctx, p.subject+secretSubject)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			secret := make([]byte, len(l.secret))
			_, _ = rand.Read(secret) // never fails: see there
			_, err = l.js.Publish(ctx, p.subject+secretSubject, secret, jetstream.WithExpectLastSequencePerSubject(0))
			if conflict, _ := isConflict(err); err == nil || conflict {
				m, err = stream.GetLastMsgForSubject(ctx, p.subject+secretSubject)
			}
		}
		if err == nil {
			copy(l.secret[:], m.Data)
		}
		return err
	})
	if err != nil {
		return unavailable(err)
	}
	return nil
}

// Secret returns what versions and positions are sealed with on all nodes.
func (l *Log) Secret() [16]byte { return l.secret }
