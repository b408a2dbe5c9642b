package clustertest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// host is where all servers listen: nobody else can reach them, so they ask nobody for a password.
const host = "127.0.0.1"

// SyncAlways is the tag of a server that fsyncs every write. A client can't ask a server
// for that setting, but it can demand the tag.
const SyncAlways = "sync:always"

// Ports says where a server listens on this machine.
type Ports struct {
	Clients, Routes int // Routes is for the other servers
}

// URL returns what clients connect to.
func (p Ports) URL() string { return fmt.Sprintf("nats://%s:%d", host, p.Clients) }

// Options returns how server i of a cluster is set up, which listens at ports[i] and
// has its files in a folder of its name below dir. A single server is no cluster.
func Options(dir string, i int, ports []Ports) *server.Options {
	name := fmt.Sprintf("nats-%d", i+1)
	o := &server.Options{
		ServerName:             name,
		Host:                   host,
		Port:                   ports[i].Clients,
		JetStream:              true,
		StoreDir:               filepath.Join(dir, name),
		SyncAlways:             true,
		Tags:                   []string{SyncAlways},
		DisableJetStreamBanner: true,
		NoSigs:                 true,
		NoLog:                  true,
	}
	if len(ports) == 1 {
		return o
	}
	o.Cluster = server.ClusterOpts{Name: "todoshell", Host: host, Port: ports[i].Routes}
	for _, p := range ports {
		o.Routes = append(o.Routes, &url.URL{Scheme: "nats", Host: net.JoinHostPort(host, strconv.Itoa(p.Routes))})
	}
	return o
}

// Run starts a server and returns when clients can connect. JetStream may not be ready yet.
func Run(o *server.Options) (*server.Server, error) {
	s, err := server.NewServer(o)
	if err != nil {
		return nil, err
	}
	s.ConfigureLogger()
	go s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		s.Shutdown()
		return nil, fmt.Errorf("server %s does not listen at %s", o.ServerName, net.JoinHostPort(o.Host, strconv.Itoa(o.Port)))
	}
	return s, nil
}

// IsReady tells whether JetStream has a leader, and a server is not behind. The leader also has to
// know n servers.
func IsReady(s *server.Server, n int) bool {
	switch {
	case !s.JetStreamEnabled() || !s.JetStreamIsCurrent():
		return false
	case !s.JetStreamIsClustered():
		return true
	case s.JetStreamIsLeader():
		return len(s.JetStreamClusterPeers()) >= n
	}
	info, err := s.Jsz(&server.JSzOptions{})
	return err == nil && info.Meta != nil && info.Meta.Leader != ""
}

// Free returns n ports of this machine at which nobody listens. They lie below those that systems
// give to outgoing connections, so that they are still free when a server starts again.
func Free(n int) ([]int, error) {
	const lowest, above, attempts = 10_000, 30_000, 1_000
	var ports []int
	for range attempts {
		if len(ports) == n {
			return ports, nil
		}
		l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(lowest+rand.IntN(above-lowest)))) //nolint:noctx // nothing is waited for
		if err != nil {
			continue
		}
		defer l.Close()                                     // not before all are found, or one could be found twice
		ports = append(ports, l.Addr().(*net.TCPAddr).Port) //nolint:errcheck // it is one
	}
	return nil, errors.New("no ports are free")
}
