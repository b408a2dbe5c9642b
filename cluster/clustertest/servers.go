package clustertest

import (
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"

	"todoshell/internal/await"
)

// Servers are nats-servers in the process of a test, which ends them. Their methods
// are for the goroutine of the test.
type Servers struct {
	tb      testing.TB
	options []*server.Options
	running []*server.Server // nil: stopped
}

// Start runs n servers, which are a cluster if they are several, and returns when JetStream has a leader that
// knows all of them, and none is behind. Each of change may change the options of server i before it starts.
func Start(tb testing.TB, n int, change ...func(i int, o *server.Options)) *Servers {
	tb.Helper()
	s := &Servers{tb: tb, options: make([]*server.Options, n), running: make([]*server.Server, n)}
	dir := tb.TempDir()
	numbers, err := Free(2 * n)
	if err != nil {
		tb.Fatal(err)
	}
	ports := make([]Ports, n)
	for i := range ports {
		ports[i] = Ports{Clients: numbers[2*i], Routes: numbers[2*i+1]}
	}
	tb.Cleanup(s.stop)
	for i := range n {
		s.options[i] = Options(dir, i, ports)
		for _, f := range change {
			f(i, s.options[i])
		}
		s.Restart(i)
	}
	s.Ready()
	return s
}

func (s *Servers) stop() {
	for i := range s.running {
		s.Stop(i)
	}
}

// URLs returns for each server what clients connect to.
func (s *Servers) URLs() []string {
	urls := make([]string, len(s.options))
	for i, o := range s.options {
		urls[i] = Ports{Clients: o.Port}.URL()
	}
	return urls
}

// URL returns the URLs of all servers, with a comma between two.
func (s *Servers) URL() string { return strings.Join(s.URLs(), ",") }

// Stop ends server i in an orderly way, as SIGTERM does, and returns when it has ended.
// It may be stopped already.
func (s *Servers) Stop(i int) {
	if r := s.running[i]; r != nil {
		r.Shutdown()
		r.WaitForShutdown()
		s.running[i] = nil
	}
}

// Restart runs server i on the files that it had, at the same ports, and returns when clients
// can connect; [Servers.Ready] waits for JetStream. It may be running still.
func (s *Servers) Restart(i int) {
	s.tb.Helper()
	s.Stop(i)
	r, err := Run(s.options[i].Clone())
	if err != nil {
		s.tb.Fatal(err)
	}
	s.running[i] = r
}

// Ready waits until JetStream has a leader that knows all running servers, and none of them
// is behind. That takes more than half of all.
func (s *Servers) Ready() {
	s.tb.Helper()
	if !await.Until(s.tb, s.ready) {
		s.tb.Fatal("JetStream has no leader, or a server is behind")
	}
}

func (s *Servers) ready() bool {
	running := slices.DeleteFunc(slices.Clone(s.running), func(r *server.Server) bool { return r == nil })
	return !slices.ContainsFunc(running, func(r *server.Server) bool { return !IsReady(r, len(running)) }) &&
		slices.ContainsFunc(running, (*server.Server).JetStreamIsLeader)
}

// Leader waits until a stream has a leader, and returns which server that is.
func (s *Servers) Leader(stream string) int {
	s.tb.Helper()
	leader := -1
	if !await.Until(s.tb, func() bool { leader = s.leader(stream); return leader >= 0 }) {
		s.tb.Fatalf("stream %s has no leader", stream)
	}
	return leader
}

func (s *Servers) leader(stream string) int {
	return slices.IndexFunc(s.running, func(r *server.Server) bool {
		return r != nil && r.GlobalAccount().JetStreamIsStreamLeader(stream)
	})
}
