package deploy_test

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/internal/await"
)

// machines are the names in the certificates, and those of the servers.
var machines = []string{"a", "b", "c"}

// options reads the configuration of a machine, whose files are in a folder of this test.
func options(t *testing.T, certs, machine string) *server.Options {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "tls"), 0o700))
	for from, to := range map[string]string{"ca.pem": "ca.pem", machine + ".pem": "cert.pem", machine + "-key.pem": "key.pem"} {
		require.NoError(t, os.Symlink(filepath.Join(certs, from), filepath.Join(dir, "tls", to)))
	}
	write(t, dir, "machine.conf", "NAME: a", "NAME: "+machine)
	path := write(t, dir, "nats-server.conf", "/etc/nats/tls", filepath.ToSlash(filepath.Join(dir, "tls")),
		"/var/lib/nats", filepath.ToSlash(filepath.Join(dir, "data")))
	o, err := server.ProcessConfigFile(path)
	require.NoError(t, err)
	return o
}

// What the promises stand on is in the configuration, and nothing of it is misspelt.
func TestNATSOptions(t *testing.T) {
	certs := certificates(t)
	for _, machine := range machines {
		o := options(t, certs, machine)
		assert.Equal(t, machine, o.ServerName)
		assert.True(t, o.JetStream)
		assert.True(t, o.SyncAlways)
		assert.Equal(t, "sync:always", o.Tags[0])
		assert.Len(t, o.Routes, len(machines))
		assert.EqualValues(t, 100<<30, o.JetStreamMaxStore)
		assert.True(t, o.TLSMap)
	}
}

// Three such servers make a cluster. A node may add to its streams, and take nothing away.
func TestNATS(t *testing.T) {
	certs := certificates(t)
	servers := cluster(t, certs)
	js := connect(t, servers, certs, "b")
	ctx, cancel := await.Context(t.Context(), t)
	defer cancel()
	config := jetstream.StreamConfig{Name: "TODO_00", Subjects: []string{"todo.00.>"}, Replicas: len(machines), DenyDelete: true, AllowRollup: true,
		Placement: &jetstream.Placement{Tags: []string{"sync:always"}}}
	stream, err := js.CreateStream(ctx, config)
	require.NoError(t, err)
	_, err = js.Publish(ctx, "todo.00.l.Bob", []byte("one"), jetstream.WithExpectLastSequencePerSubject(0))
	require.NoError(t, err)
	_, err = js.Publish(ctx, "todo.00.l.Bob", []byte("two"), jetstream.WithExpectLastSequencePerSubject(0))
	require.ErrorContains(t, err, "wrong last sequence")
	consumer, err := stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{})
	require.NoError(t, err)
	message, err := consumer.Next()
	require.NoError(t, err)
	assert.Equal(t, "one", string(message.Data()))

	refused := make(chan error, 1)
	js.Conn().SetErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { refused <- err })
	require.NoError(t, js.Conn().Publish("$JS.API.STREAM.PURGE.TODO_00", nil))
	require.ErrorIs(t, <-refused, nats.ErrPermissionViolation)
	require.NoError(t, connect(t, servers, certs, "operator").DeleteStream(ctx, "TODO_00"))

	_, err = nats.Connect(servers[0].ClientURL(), identity(certs, "lists")...)
	require.ErrorIs(t, err, nats.ErrAuthorization, "another certificate of ours is none of a node")
	_, err = nats.Connect(servers[0].ClientURL(), nats.RootCAs(filepath.Join(certs, "ca.pem")))
	require.Error(t, err, "nobody comes in without a certificate")
}

// cluster starts the three servers, at other addresses.
func cluster(t *testing.T, certs string) (servers []*server.Server) {
	t.Helper()
	ports := freePorts(t, len(machines))
	var routes []*url.URL
	for _, port := range ports {
		routes = append(routes, &url.URL{Scheme: "nats", Host: fmt.Sprint("127.0.0.1:", port)})
	}
	for i, machine := range machines {
		o := options(t, certs, machine)
		o.Host, o.Port, o.HTTPPort, o.NoSigs, o.NoLog = "127.0.0.1", server.RANDOM_PORT, 0, true, true
		o.Cluster.Host, o.Cluster.Port, o.Routes = "127.0.0.1", ports[i], routes
		s, err := server.NewServer(o)
		require.NoError(t, err)
		s.Start()
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
		servers = append(servers, s)
	}
	leads := func(s *server.Server) bool {
		return s.JetStreamIsLeader() && len(s.JetStreamClusterPeers()) == len(machines)
	}
	require.True(t, await.Until(t, func() bool { return slices.ContainsFunc(servers, leads) }))
	for _, s := range servers {
		require.True(t, await.Until(t, s.JetStreamIsCurrent))
	}
	return servers
}

// freePorts returns ports at which nothing listens.
func freePorts(t *testing.T, n int) (ports []int) {
	t.Helper()
	for range n {
		l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
		require.NoError(t, err)
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port) //nolint:errcheck // it is one of TCP
	}
	return ports
}

func identity(certs, who string) []nats.Option {
	return []nats.Option{nats.RootCAs(filepath.Join(certs, "ca.pem")),
		nats.ClientCert(filepath.Join(certs, who+".pem"), filepath.Join(certs, who+"-key.pem"))}
}

// connect connects with the certificate of a machine, or of the operator.
func connect(t *testing.T, servers []*server.Server, certs, who string) jetstream.JetStream {
	t.Helper()
	conn, err := nats.Connect(servers[0].ClientURL(), identity(certs, who)...)
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	return js
}
