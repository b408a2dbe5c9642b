//go:build linux

package torture

import (
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

// The troubles that need disks of their own.
var diskTroubles = []trouble{
	{"power cut of a machine", false, 0, (*clients).powerOfOne},
	{"power cut of all machines", false, 0, (*clients).powerOfAll},
	{"power cut of all servers", false, 0, (*clients).powerOfServers},
	{"full disk of a server", false, 10 * time.Second, (*clients).fullServer},
	{"full disks of all servers", false, 0, (*clients).fullServers},
	{"full disk of a node", false, 0, (*clients).fullNode},
	{"damage on a server", false, 0, (*clients).damagedServer},
	{"damage in a replica", false, 0, (*clients).damagedReplica},
}

// mountDisks gives a machine a disk for its server and one for its node.
func (m *machine) mountDisks() error {
	var err error
	if m.serverDisk, err = mountDisk(m.storeDir(), m.storeDir()+".files"); err != nil {
		return err
	}
	m.nodeDisk, err = mountDisk(m.nodeDir(), m.nodeDir()+".files")
	return err
}

// cutPower ends processes of machines at once, and then lets their disks lose what is not synced.
func (c *clients) cutPower(machines []*machine, nodes bool) {
	for _, m := range machines {
		_ = m.server.Process.Signal(syscall.SIGKILL)
		if nodes {
			_ = m.node.Process.Signal(syscall.SIGKILL)
		}
	}
	lost := 0
	for _, m := range machines {
		m.server.signal(syscall.SIGKILL)
		lost += m.serverDisk.cut(c.random)
		if nodes {
			m.node.signal(syscall.SIGKILL)
			lost += m.nodeDisk.cut(c.random)
		}
	}
	c.wait(time.Second)
	for _, m := range machines {
		m.startServer()
	}
	for _, m := range machines {
		m.awaitServer()
		if nodes { // which end where they find no servers, for systemd to start them again
			m.startNode()
		}
	}
	for _, m := range machines {
		m.awaitNode()
	}
	c.report("  the disks lost %d writes", lost)
}

func (c *clients) powerOfOne()     { c.cutPower([]*machine{c.anyLeader()}, true) }
func (c *clients) powerOfAll()     { c.cutPower(c.machines, true) }
func (c *clients) powerOfServers() { c.cutPower(c.machines, false) }

func (c *clients) fullServer() { c.fill([]*machine{c.anyLeader()}) }

func (c *clients) fullServers() { c.fill(c.machines) }

// fill lets the disks of servers be full. When there is room, the servers are started again.
func (c *clients) fill(machines []*machine) {
	for _, m := range machines {
		m.serverDisk.full.Store(true)
	}
	c.wait(c.lasting())
	for _, m := range machines {
		m.serverDisk.full.Store(false)
		m.server.signal(syscall.SIGTERM)
		m.startServer()
	}
	for _, m := range machines {
		m.awaitServer()
		m.awaitNode()
	}
}

// fullNode lets the disk of a node be full, which says so, still shows what it has, and goes on
// when there is room.
func (c *clients) fullNode() {
	c.Helper()
	m := c.any()
	m.nodeDisk.full.Store(true)
	said := false
	for end := time.Now().Add(c.lasting()); time.Now().Before(end) && !c.Failed(); c.wait(100 * time.Millisecond) {
		a := m.ask(http.MethodPost, "full", "/entries", `{"title":"full"}`)
		if said = said || a.code == todo.DiskFull; !a.none() && a.status != http.StatusCreated {
			c.err("a node whose disk is full answers %d: %s", a.status, a.body)
		}
		if a = m.ask(http.MethodGet, c.keyed[0].list, "/entries?limit=1", ""); a.status != http.StatusOK {
			c.err("a node whose disk is full answers a look with %d: %s", a.status, a.body)
		}
	}
	if !said {
		c.err("a node whose disk is full does not say so")
	}
	m.nodeDisk.full.Store(false)
	m.awaitNode()
}

// damage flips a bit of one of the largest files below a folder, or cuts it, and tells what it did.
func (c *clients) damage(files string, kinds ...string) string {
	c.Helper()
	var paths []string
	sizes := make(map[string]int64)
	require.NoError(c, filepath.WalkDir(files, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && slices.Contains(kinds, filepath.Ext(path)) {
			if info, gone := d.Info(); gone == nil && info.Size() > 4096 {
				paths, sizes[path] = append(paths, path), info.Size()
			}
		}
		return err
	}))
	require.NotEmpty(c, paths, "files %s below %s", kinds, files)
	slices.SortFunc(paths, func(a, b string) int { return int(sizes[b] - sizes[a]) })
	path := paths[c.random.IntN(min(len(paths), 3))]
	return damageFile(c, path, c.random)
}

func damageFile(c *clients, path string, random *rand.Rand) string {
	c.Helper()
	content, err := os.ReadFile(path)
	require.NoError(c, err)
	what := "cut " + path
	if random.IntN(3) == 0 {
		content = content[:random.IntN(len(content))]
	} else {
		content[random.IntN(len(content))] ^= 1 << random.IntN(8)
		what = "flipped a bit of " + path
	}
	require.NoError(c, os.WriteFile(path, content, 0o600))
	return what
}

// damagedServer damages a stream on one server, lets that one lead it, and a node read all of it anew.
// The node shows the same as the others, or says that something is wrong. Then the server's
// copy is put aside, and made anew from the others.
func (c *clients) damagedServer() {
	c.Helper()
	m, partition := c.any(), c.random.IntN(partitions)
	m.server.signal(syscall.SIGKILL)
	what := c.damage(filepath.Join(m.storeDir()+".files", "jetstream", "$G", "streams", stream(partition), "msgs"), ".blk")
	m.startServer()
	m.awaitAnswer(m.server, m.healthURL())
	leads := m.lead(partition)
	m.emptyNode()
	m.startNode()
	ready := m.awaitAnswer(m.node, m.site()+"/readyz")
	c.report("  %s; it leads: %v; a node that reads it is ready: %v %s", what, leads, ready, lastLine(m.node.tail()))
	if ready {
		c.sameOrDamaged(m)
	}
	m.server.signal(syscall.SIGKILL)
	require.NoError(c, os.RemoveAll(filepath.Join(m.storeDir(), "jetstream", "$G", "streams", stream(partition))))
	m.startServer()
	m.awaitServer()
	m.emptyNode()
	m.startNode()
	m.awaitNode()
}

// damagedReplica damages the replica of a node, which says so where it can't show something.
// Then it is put aside, and made anew from the streams.
func (c *clients) damagedReplica() {
	c.Helper()
	m := c.any()
	m.node.signal(syscall.SIGKILL)
	what := c.damage(m.nodeDir()+".files", ".sst", ".log")
	m.startNode()
	ready := m.awaitAnswer(m.node, m.site()+"/readyz")
	c.report("  %s; the node is ready: %v %s", what, ready, lastLine(m.node.tail()))
	if ready {
		c.sameOrDamaged(m)
	}
	m.emptyNode()
	m.startNode()
	m.awaitNode()
}

// emptyNode ends a node and removes its replica.
func (m *machine) emptyNode() {
	m.Helper()
	if m.node.runs() {
		m.node.signal(syscall.SIGKILL)
	}
	entries, err := os.ReadDir(m.nodeDir())
	require.NoError(m, err)
	for _, e := range entries {
		require.NoError(m, os.RemoveAll(filepath.Join(m.nodeDir(), e.Name())))
	}
}

// awaitAnswer waits some seconds for a child to answer that all is well, and tells whether it did.
func (m *machine) awaitAnswer(child *child, url string) bool {
	for end := time.Now().Add(8 * time.Second); time.Now().Before(end) && child.runs(); <-time.After(20 * time.Millisecond) {
		if status, _ := m.get(url, time.Second); status == http.StatusOK {
			m.down.Store(false)
			return true
		}
	}
	return false
}

// sameOrDamaged compares what a node shows, where it shows anything, with the next node.
func (c *clients) sameOrDamaged(m *machine) {
	c.Helper()
	c.gate.Lock()
	defer c.gate.Unlock()
	o := c.machines[(m.number+1)%3]
	for name := range o.names() {
		a, b := o.ask(http.MethodGet, name, "/entries?limit=10000", ""), m.ask(http.MethodGet, name, "/entries?limit=10000", "")
		for end := time.Now().Add(2 * time.Second); a.body != b.body && b.status == http.StatusOK && time.Now().Before(end); <-time.After(20 * time.Millisecond) {
			b = m.ask(http.MethodGet, name, "/entries?limit=10000", "")
		}
		if a.body != b.body && b.code != todo.Damaged {
			c.err("%q is shown as %.300s\nand on a damaged machine as %.300s", name, a.body, b.body)
		}
	}
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
