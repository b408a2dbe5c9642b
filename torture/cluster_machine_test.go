//go:build linux

package torture

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/stretchr/testify/require"
)

// A machine runs a nats-server and a node. Where the tests may make network namespaces, it
// has a network of its own.
type machine struct {
	*trio
	number                        int
	dir                           string
	network                       string // the name of its namespace; "": that of the tests
	host                          string // where other machines reach it
	port, route, monitor, webPort int
	controls                      []string
	serverDisk, nodeDisk          *disk // at storeDir and nodeDir; nil: that of the tests

	server, node *child
	down         atomic.Bool // the node is not to be asked for now
	web          *http.Client
}

// A trio is three machines with what clients do on them.
type trio struct {
	*part
	dir      string
	machines []*machine
	closed   bool
}

// ports is how many ports a machine takes.
const ports = 4

// What machines have of their own, besides processes.
const (
	plain = iota
	networks
	disks
)

// newTrio starts three machines.
func newTrio(p *part, own int, controls ...string) *trio {
	p.Helper()
	t := &trio{part: p, dir: p.TempDir()}
	if dir := os.Getenv("TORTURE_DIR"); dir != "" { // to look at afterwards
		t.dir = filepath.Join(dir, fmt.Sprint(time.Now().UnixNano()))
	}
	free := freePorts(p, 3*ports)
	for i := range 3 {
		m := &machine{trio: t, number: i, dir: filepath.Join(t.dir, fmt.Sprint(i)), host: "127.0.0.1", controls: controls}
		m.port, m.route, m.monitor, m.webPort = free[4*i], free[4*i+1], free[4*i+2], free[4*i+3]
		require.NoError(p, os.MkdirAll(m.dir, 0o700))
		t.machines = append(t.machines, m)
	}
	p.Cleanup(t.close)
	if own == networks {
		t.connect()
	}
	for _, m := range t.machines {
		if own == disks {
			require.NoError(p, m.mountDisks())
		}
		m.web = &http.Client{Transport: &http.Transport{DialContext: m.dial, MaxIdleConnsPerHost: 64}}
		m.startServer()
	}
	for _, m := range t.machines {
		m.awaitServer()
	}
	for _, m := range t.machines {
		m.startNode()
		m.awaitNode()
	}
	return t
}

// close ends all that was started, unless that has been done.
func (t *trio) close() {
	if t.closed {
		return
	}
	t.closed = true
	for _, m := range t.machines {
		for _, c := range []*child{m.node, m.server} {
			if c != nil {
				_ = c.Process.Signal(syscall.SIGCONT)
				c.signal(syscall.SIGKILL)
			}
		}
		if m.web != nil {
			m.web.CloseIdleConnections()
		}
		for _, d := range []*disk{m.serverDisk, m.nodeDisk} {
			if d != nil {
				d.close()
			}
		}
	}
	t.disconnect()
}

func freePorts(p *part, n int) (free []int) {
	p.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // nothing is waited for
		require.NoError(p, err)
		defer l.Close()                                   // not before there are all, so that none comes twice
		free = append(free, l.Addr().(*net.TCPAddr).Port) //nolint:errcheck // it is one
	}
	return free
}

// natsURL is what the nodes of a machine connect to: its own server first.
func (m *machine) natsURL() string {
	var urls []string
	for i := range m.machines {
		o := m.machines[(m.number+i)%len(m.machines)]
		urls = append(urls, fmt.Sprintf("nats://%s:%d", o.host, o.port))
	}
	return strings.Join(urls, ",")
}

func (m *machine) storeDir() string { return filepath.Join(m.dir, "server") }

func (m *machine) nodeDir() string { return filepath.Join(m.dir, "node") }

func (m *machine) site() string { return fmt.Sprintf("http://127.0.0.1:%d", m.webPort) }

func (m *machine) serverName() string { return fmt.Sprintf("nats-%d", m.number) }

// startServer starts the nats-server.
func (m *machine) startServer() {
	m.Helper()
	c := serverConfig{Name: m.serverName(), Host: m.host, Dir: m.storeDir(), Port: m.port, Route: m.route,
		Monitor: m.monitor, SyncLate: slices.Contains(m.controls, syncLate)}
	for _, o := range m.machines {
		c.Routes = append(c.Routes, fmt.Sprintf("nats://%s:%d", o.host, o.route))
	}
	text, err := json.Marshal(c)
	require.NoError(m, err)
	m.server = m.startChild("server", "server.log", [3]*os.File{}, string(text))
}

// startNode starts the node, which serves HTTP on its own machine alone.
func (m *machine) startNode() {
	m.Helper()
	m.node = m.startChild("node", "node.log", [3]*os.File{}, "serve", "--data", m.nodeDir(),
		"--http", fmt.Sprintf("127.0.0.1:%d", m.webPort), "--nats-url", m.natsURL())
}

func (m *machine) healthURL() string { return fmt.Sprintf("http://127.0.0.1:%d/healthz", m.monitor) }

// awaitServer waits until the server has caught up with the others.
func (m *machine) awaitServer() {
	m.Helper()
	m.awaitOK(m.healthURL(), m.server)
}

// awaitNode waits until the node is ready.
func (m *machine) awaitNode() {
	m.Helper()
	m.awaitOK(m.site()+"/readyz", m.node)
	m.down.Store(false)
}

// backWithin is after what time what was put right must work again. It takes some seconds.
const backWithin = 90 * time.Second

func (m *machine) awaitOK(url string, c *child) {
	m.Helper()
	last := ""
	for late := time.Now().Add(backWithin); c.runs() && !m.Failed() && time.Now().Before(late); <-time.After(5 * time.Millisecond) {
		var status int
		if status, last = m.get(url, 2*time.Second); status == http.StatusOK {
			return
		}
	}
	m.err("%s says %s\n%s", url, last, c.tail())
	m.FailNow()
}

// get asks once, and returns the status, 0 for none, and what was said.
func (m *machine) get(url string, patience time.Duration) (status int, body string) {
	ctx, cancel := context.WithTimeout(m.Context(), patience)
	defer cancel()
	_, status, body, err := m.do(ctx, http.MethodGet, url, "", nil)
	if err != nil {
		return 0, err.Error()
	}
	return status, body
}
