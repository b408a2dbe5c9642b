package cluster

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/cluster/clustertest"
	"todoshell/todo"
)

func openOne(t *testing.T, servers *clustertest.Servers) *Log {
	t.Helper()
	l, err := Open(t.Context(), t.TempDir(), Config{URL: servers.URL(), Space: "todo", Replicas: 1, Partitions: 1}, func(string) {})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, l.Close()) })
	return l
}

// untilPatienceEnds runs a test beside others that take as long as a node is patient.
func untilPatienceEnds(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("it takes as long as a node is patient")
	}
	t.Parallel()
}

// add appends an entry to a list as the replica has it.
func add(l *Log, name string) (todo.Version, error) {
	list, err := l.Load(context.Background(), name)
	if err != nil {
		return 0, err
	}
	d := list.Draft()
	d.Time = time.Unix(1_700_000_000, 0).UTC()
	if _, err = d.Add(0, "one"); err != nil {
		return 0, err
	}
	return l.Append(context.Background(), name, list.Version, d.Snapshot(), todo.NewBatch(d.Changes))
}

// A publisher does something else with what is published.
type publisher struct {
	jetstream.JetStream

	publish func(ctx context.Context, m *nats.Msg) (*jetstream.PubAck, error)
}

func (p publisher) PublishMsg(ctx context.Context, m *nats.Msg, _ ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	return p.publish(ctx, m)
}

// Servers that take longer than is waited for at first are only slow.
func TestSlowServers(t *testing.T) {
	l := openOne(t, clustertest.Start(t, 1))
	js := l.js
	l.js = publisher{js, func(ctx context.Context, m *nats.Msg) (*jetstream.PubAck, error) {
		ack, err := js.PublishMsg(context.WithoutCancel(ctx), m)
		select {
		case <-time.After(3 * answerWithin):
			return ack, err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
	_, err := add(l, "Bob")
	require.NoError(t, err)
	require.NoError(t, l.Fresh(t.Context(), "Bob"))
	list, err := l.Load(t.Context(), "Bob")
	require.NoError(t, err)
	assert.Equal(t, 1, list.Len(), "once")
}

// What was under way when the connection was lost may have been stored.
func TestDisconnected(t *testing.T) {
	untilPatienceEnds(t)
	l := openOne(t, clustertest.Start(t, 1))
	js := l.js
	var lost atomic.Bool
	l.js = publisher{js, func(ctx context.Context, m *nats.Msg) (*jetstream.PubAck, error) {
		if lost.Load() {
			return nil, jetstream.ErrNoStreamResponse // and there is no other server
		}
		lost.Store(true)
		_, _ = js.PublishMsg(ctx, m)
		return nil, nats.ErrDisconnected
	}}
	ended := make(chan error)
	go func() {
		_, err := add(l, "Bob")
		ended <- err
	}()
	require.ErrorIs(t, <-ended, todo.ErrOutcomeUnknown)
}

// What a server refuses was not stored; its reason is told.
func TestRefused(t *testing.T) {
	untilPatienceEnds(t)
	l := openOne(t, clustertest.Start(t, 1))
	js := l.js
	l.js = publisher{js, func(ctx context.Context, m *nats.Msg) (*jetstream.PubAck, error) {
		if m.Subject == "todo.00."+barrierSubject {
			return js.PublishMsg(ctx, m)
		}
		return nil, &jetstream.APIError{Code: 503, ErrorCode: 10023, Description: "insufficient resources"}
	}}
	_, err := add(l, "Bob")
	require.ErrorIs(t, err, &todo.Error{Code: Unavailable})
	require.ErrorContains(t, err, "insufficient resources")
}

// Without a connection, it is sure that nothing was changed.
func TestUnlinked(t *testing.T) {
	untilPatienceEnds(t)
	servers := clustertest.Start(t, 1)
	l := openOne(t, servers)
	servers.Stop(0)
	<-(*l.link.Load()).Done()
	_, err := add(l, "Bob")
	require.ErrorIs(t, err, &todo.Error{Code: Unavailable})
}

// Whoever waits while the log is closed is told so, whenever they came.
func TestCloseUnderWay(t *testing.T) {
	servers := clustertest.Start(t, 1)
	for range 5 {
		l := openOne(t, servers)
		var waiting sync.WaitGroup
		var closed atomic.Bool
		for range 8 {
			waiting.Go(func() {
				for {
					done := closed.Load()
					if err := l.Fresh(t.Context(), ""); err != nil || done {
						assert.Error(t, err)
						return
					}
				}
			})
		}
		require.NoError(t, l.Close())
		closed.Store(true)
		waiting.Wait()
	}
}

// A stream that is made anew is not the one that was followed, and what it acknowledges is not taken for that.
func TestStreamMadeAnew(t *testing.T) {
	for name, between := range map[string]int{"shorter": 0, "longer": 100} {
		t.Run(name, func(t *testing.T) {
			servers := clustertest.Start(t, 1)
			l := openOne(t, servers)
			for range 20 {
				_, err := add(l, "Bob")
				require.NoError(t, err)
			}
			js, err := jetstream.New(l.conn)
			require.NoError(t, err)
			s, err := js.Stream(t.Context(), "TODO_00")
			require.NoError(t, err)
			config := s.CachedInfo().Config
			require.NoError(t, js.DeleteStream(t.Context(), "TODO_00"))
			_, err = js.CreateStream(t.Context(), config)
			require.NoError(t, err)
			for range between {
				_, err = js.Publish(t.Context(), "todo.00."+barrierSubject, nil)
				require.NoError(t, err)
			}
			if _, err = add(l, "Alice"); between == 0 {
				require.Error(t, err)
			}
			require.ErrorIs(t, l.Fresh(t.Context(), ""), &todo.Error{Code: Unfit})
			require.ErrorIs(t, l.Ready(), &todo.Error{Code: Unfit})
		})
	}
}
