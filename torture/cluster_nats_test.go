//go:build linux

package torture

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

// A machineDialer connects to the server of a machine, on that machine.
type machineDialer struct{ *machine }

func (d machineDialer) Dial(network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(d.Context(), tryTime)
	defer cancel()
	return d.dial(ctx, network, address)
}

// nats connects to the server of a machine, for as long as f takes.
func (m *machine) nats(f func(*nats.Conn, jetstream.JetStream)) {
	m.Helper()
	conn, err := nats.Connect(fmt.Sprintf("nats://%s:%d", m.host, m.port), nats.SetCustomDialer(machineDialer{m}), nats.DontRandomize(), nats.IgnoreDiscoveredServers())
	require.NoError(m, err)
	defer conn.Close()
	js, err := jetstream.New(conn)
	require.NoError(m, err)
	f(conn, js)
}

// stream is the name of a partition's.
func stream(partition int) string { return fmt.Sprintf("TODO_%02d", partition) }

// lead has a machine's server lead a partition, if it can.
func (m *machine) lead(partition int) bool {
	m.Helper()
	for range 20 {
		if m.leader(partition) == m {
			return true
		}
		m.nats(func(conn *nats.Conn, _ jetstream.JetStream) {
			_, _ = conn.Request("$JS.API.STREAM.LEADER.STEPDOWN."+stream(partition),
				[]byte(`{"placement":{"preferred":"`+m.serverName()+`"}}`), tryTime)
		})
		<-time.After(200 * time.Millisecond)
	}
	return false
}

// chain checks that each message of a list says which one it follows, and follows that.
func (t *trio) chain(partition int) {
	t.Helper()
	m := t.leader(partition)
	m.nats(func(_ *nats.Conn, js jetstream.JetStream) {
		s, err := js.Stream(t.Context(), stream(partition))
		require.NoError(t, err)
		end := s.CachedInfo().State.LastSeq
		latest := make(map[string]uint64)
		for at := uint64(0); at < end && !t.Failed(); { // a consumer may be lost with its server
			consumer, err := s.CreateConsumer(t.Context(), jetstream.ConsumerConfig{AckPolicy: jetstream.AckNonePolicy, MemoryStorage: true,
				Replicas: 1, DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: at + 1})
			for err == nil && at < end {
				var batch jetstream.MessageBatch
				if batch, err = consumer.Fetch(500, jetstream.FetchMaxWait(5*time.Second)); err == nil {
					for message := range batch.Messages() {
						at = t.link(message, latest)
					}
					err = batch.Error()
				}
			}
			require.NoError(t, t.Context().Err(), "%v", err)
		}
	})
}

// link checks one message of a stream and returns its sequence.
func (t *trio) link(m jetstream.Msg, latest map[string]uint64) uint64 {
	t.Helper()
	meta, err := m.Metadata()
	require.NoError(t, err)
	h, seq, before := m.Headers(), meta.Sequence.Stream, latest[m.Subject()]
	latest[m.Subject()] = seq
	expected := h.Get(jetstream.ExpectedLastSubjSeqHeader)
	follows, err := strconv.ParseUint(expected, 10, 64)
	switch part := h.Get("Todo-Part"); {
	case m.Subject()[len(m.Subject())-4:] == ".bar":
	case part != "" && part[:2] != "1/": // it is one with the part before it
		if before != seq-1 {
			t.err("%s: message %d is part %s, and the one before it is %d", m.Subject(), seq, part, before)
		}
	case err != nil:
		t.err("%s: message %d follows %q", m.Subject(), seq, expected)
	case follows != before && (before > 0 || h.Get("Nats-Rollup") == ""): // a drop takes away what it follows
		t.err("%s: message %d follows %d, and the one before it is %d", m.Subject(), seq, follows, before)
	}
	return seq
}
