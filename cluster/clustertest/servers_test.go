package clustertest_test

import (
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/cluster/clustertest"
	"todoshell/internal/await"
)

func connect(t *testing.T, url string) (*nats.Conn, jetstream.JetStream) {
	t.Helper()
	c, err := nats.Connect(url, nats.MaxReconnects(-1))
	require.NoError(t, err)
	t.Cleanup(c.Close)
	js, err := jetstream.New(c)
	require.NoError(t, err)
	return c, js
}

func config(replicas int) jetstream.StreamConfig {
	return jetstream.StreamConfig{Name: "ONE", Subjects: []string{"one.>"}, Replicas: replicas,
		Placement: &jetstream.Placement{Tags: []string{clustertest.SyncAlways}}}
}

// What is acknowledged is there after the leader has ended, and after all have.
func TestCluster(t *testing.T) {
	servers := clustertest.Start(t, 3)
	_, js := connect(t, servers.URL())
	_, err := js.CreateStream(t.Context(), config(3))
	require.NoError(t, err)
	_, err = js.Publish(t.Context(), "one.a", []byte("a"))
	require.NoError(t, err)

	first := servers.Leader("ONE")
	servers.Stop(first)
	next := servers.Leader("ONE")
	assert.NotEqual(t, first, next)
	require.True(t, await.Until(t, func() bool {
		_, err = js.Publish(t.Context(), "one.b", []byte("b"))
		return err == nil
	}))
	for i := range 3 {
		servers.Restart(i)
	}
	servers.Ready()
	servers.Leader("ONE")
	require.True(t, await.Until(t, func() bool {
		s, err := js.Stream(t.Context(), "ONE")
		if err != nil {
			return false
		}
		m, err := s.GetLastMsgForSubject(t.Context(), "one.b")
		return err == nil && string(m.Data) == "b"
	}))
}

func TestOne(t *testing.T) {
	servers := clustertest.Start(t, 1)
	c, js := connect(t, servers.URL())
	assert.Equal(t, server.VERSION, c.ConnectedServerVersion())
	_, err := js.CreateStream(t.Context(), config(1))
	require.NoError(t, err)
	assert.Zero(t, servers.Leader("ONE"))
	_, err = js.CreateStream(t.Context(), config(3))
	require.Error(t, err)
}

// A stream that demands the tag is not made where a server lacks it.
func TestNoTag(t *testing.T) {
	servers := clustertest.Start(t, 3, func(i int, o *server.Options) {
		if i == 1 {
			o.Tags = nil
		}
	})
	_, js := connect(t, servers.URL())
	_, err := js.CreateStream(t.Context(), config(3))
	require.ErrorContains(t, err, "tags not matched")
}

func TestOlder(t *testing.T) {
	servers := clustertest.Start(t, 1)
	c, js := connect(t, clustertest.Older(t, servers.URL(), "2.9.0"))
	assert.Equal(t, "2.9.0", c.ConnectedServerVersion())
	_, err := js.CreateStream(t.Context(), config(1))
	require.NoError(t, err)
	_, err = js.Publish(t.Context(), "one.a", make([]byte, 500_000))
	require.NoError(t, err)
	assert.Equal(t, "2.9.0", c.ConnectedServerVersion())
}
