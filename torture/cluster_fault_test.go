//go:build linux

package torture

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A trouble is something that goes wrong on machines, and is put right again.
type trouble struct {
	name  string
	short bool          // it is a part of the short form
	most  time.Duration // for which no change may have to wait; 0: for however long
	make  func(c *clients)
}

// The troubles that need nothing but processes.
var processTroubles = []trouble{
	{"kill -9 of a leader", true, 10 * time.Second, (*clients).killLeader},
	{"kill -9 of a leader", false, 10 * time.Second, (*clients).killLeader},
	{"kill -9 of a leader", false, 10 * time.Second, (*clients).killLeader},
	{"kill -9 of a leader", false, 10 * time.Second, (*clients).killLeader},
	{"kill -9 of a leader", false, 10 * time.Second, (*clients).killLeader},
	{"SIGTERM of all servers in turn", false, 500 * time.Millisecond, (*clients).roll},
	{"kill -9 of a node", true, 0, (*clients).killNode},
	{"kill -9 of shells", true, 0, (*clients).killShells},
	{"SIGTERM of all nodes in turn", false, 0, (*clients).rollNodes},
	{"SIGSTOP of a server", true, 10 * time.Second, (*clients).stopServer},
	{"SIGSTOP of a node", true, 0, (*clients).stopNode},
	{"a clock a day ahead, and behind", true, 0, (*clients).wrongClock},
	{"streams of events cut off", true, 0, (*clients).leave},
	{"kill -9 of all servers", false, 0, (*clients).killServers},
	{"kill -9 of all nodes", false, 0, (*clients).killNodes},
}

// suffer lets trouble happen, and checks that all nodes show the same within five seconds after it.
func (c *clients) suffer(f trouble) {
	c.Helper()
	_ = c.pause()
	began := time.Now()
	f.make(c)
	if c.faults.Add(1); c.Failed() {
		return
	}
	lasted := time.Since(began)
	c.gate.Lock()
	defer c.gate.Unlock()
	late := time.Since(began) - lasted
	equal := c.equalize(5 * time.Second)
	_ = c.finals(func(string) bool { return c.random.IntN(20) == 0 })
	pause := c.pause()
	c.report("  %-32s lasted %5.1fs, slowest change %6.3fs, under way after it %6.3fs, then equal in %6.3fs", f.name, lasted.Seconds(),
		pause.Seconds(), late.Seconds(), equal.Seconds())
	if f.most > 0 && pause > f.most {
		c.tooLong = append(c.tooLong, fmt.Sprintf("%s: a change took %v, and may take %v", f.name, pause, f.most))
	}
}

// report prints a line where figures are printed.
func (t *trio) report(format string, args ...any) {
	if long(t.T) > 0 || testing.Verbose() {
		fmt.Fprintf(os.Stdout, format+"\n", args...)
	}
}

// lasting is how long what stops is stopped: longer than anybody waits for it.
func (c *clients) lasting() time.Duration {
	if long(c.T) > 0 {
		return 12 * time.Second
	}
	return 4 * time.Second
}

// leader returns the machine whose server leads a partition, as another server sees it.
func (t *trio) leader(partition int) *machine {
	t.Helper()
	stream := fmt.Sprintf("TODO_%02d", partition)
	for {
		for _, m := range t.machines {
			if at := m.leaderOf(stream); at >= 0 {
				return t.machines[at]
			}
		}
		require.NoError(t, t.Context().Err())
		<-time.After(20 * time.Millisecond)
	}
}

func (m *machine) leaderOf(stream string) int {
	var all struct {
		Accounts []struct {
			Streams []struct {
				Name    string
				Cluster struct{ Leader string }
			} `json:"stream_detail"`
		} `json:"account_details"`
	}
	status, body := m.get(fmt.Sprintf("http://127.0.0.1:%d/jsz?accounts=true&streams=true", m.monitor), time.Second)
	if status != http.StatusOK || json.Unmarshal([]byte(body), &all) != nil {
		return -1
	}
	for _, a := range all.Accounts {
		for _, s := range a.Streams {
			if s.Name == stream {
				return slices.IndexFunc(m.machines, func(m *machine) bool { return s.Cluster.Leader == m.serverName() })
			}
		}
	}
	return -1
}

func (c *clients) anyLeader() *machine { return c.leader(c.random.IntN(partitions)) }
func (c *clients) any() *machine       { return c.machines[c.random.IntN(3)] }

func (c *clients) wait(d time.Duration) { <-time.After(d) }

func (c *clients) killLeader() {
	m := c.anyLeader()
	m.server.signal(syscall.SIGKILL)
	c.wait(time.Duration(500+c.random.IntN(2500)) * time.Millisecond)
	m.startServer()
	m.awaitServer()
}

func (c *clients) roll() {
	for _, m := range c.machines {
		m.server.signal(syscall.SIGTERM)
		m.startServer()
		m.awaitServer()
	}
}

// killNode kills a node, of which clients learn when they ask it.
func (c *clients) killNode() {
	m := c.any()
	m.node.signal(syscall.SIGKILL)
	c.wait(time.Second)
	m.startNode()
	m.awaitNode()
}

// killShells kills shells in the midst of their scripts.
func (c *clients) killShells() {
	for range 20 {
		c.typists[c.random.IntN(len(c.typists))].kill()
		c.wait(time.Duration(c.random.IntN(200)) * time.Millisecond)
	}
}

func (c *clients) rollNodes() {
	for _, m := range c.machines {
		m.node.signal(syscall.SIGTERM)
		m.startNode()
		m.awaitNode()
	}
}

func (c *clients) stopServer() {
	m := c.anyLeader()
	m.server.signal(syscall.SIGSTOP)
	c.wait(c.lasting())
	m.server.signal(syscall.SIGCONT)
	m.awaitServer()
}

// stopNode stops a node. When it goes on it catches up, or ends and says why.
func (c *clients) stopNode() {
	m := c.any()
	m.node.signal(syscall.SIGSTOP)
	m.down.Store(true)
	c.wait(c.lasting())
	m.node.signal(syscall.SIGCONT)
	m.awaitNode()
}

// leave lets watchers lose their streams.
func (c *clients) leave() {
	for range 10 {
		c.watchers[c.random.IntN(len(c.watchers))].leave()
		c.wait(time.Duration(c.random.IntN(200)) * time.Millisecond)
	}
}

func (c *clients) killServers() {
	for _, m := range c.machines {
		m.server.signal(syscall.SIGKILL)
	}
	c.wait(time.Duration(c.random.IntN(5)) * time.Second)
	for _, m := range c.machines {
		m.startServer()
	}
	for _, m := range c.machines {
		m.awaitServer()
		m.awaitNode()
	}
}

func (c *clients) killNodes() {
	for _, m := range c.machines {
		m.node.signal(syscall.SIGKILL)
	}
	for _, m := range c.machines {
		m.startNode()
	}
	for _, m := range c.machines {
		m.awaitNode()
	}
}

// wrongClock has a node work with a clock that is a day off, and then with the right one again.
func (c *clients) wrongClock() {
	m := c.any()
	right := m.controls
	for _, controls := range [][]string{{dayAhead}, {dayBehind}, nil} {
		m.controls = slices.Concat(right, controls)
		m.node.signal(syscall.SIGTERM)
		m.startNode()
		m.awaitNode()
		c.wait(c.lasting() / 4)
	}
}
