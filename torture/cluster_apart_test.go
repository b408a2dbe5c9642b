//go:build linux

package torture

import (
	"net/http"
	"time"
)

// The troubles that need a network for each machine.
var networkTroubles = []trouble{
	{"a leader's machine alone", false, 10 * time.Second, (*clients).leaderAlone},
	{"a machine alone", false, 10 * time.Second, (*clients).machineAlone},
	{"one wire cut", false, 10 * time.Second, (*clients).oneWire},
}

func (c *clients) leaderAlone() { c.alone(c.anyLeader()) }

func (c *clients) machineAlone() { c.alone(c.any()) }

// alone cuts a machine off from the other two, with the clients on it. It must not answer any
// change, nor show anything as fresh.
func (c *clients) alone(m *machine) {
	c.Helper()
	for _, o := range c.near(m.number)[1:] {
		m.cut(o)
	}
	m.down.Store(true) // the clients of other machines don't reach it
	cutOff := time.Now()
	for asked := cutOff; time.Since(cutOff) < c.lasting(); asked = time.Now() {
		a := m.ask(http.MethodPost, "alone", "/entries", `{"title":"alone"}`)
		if a.status > 0 && a.status < 400 && asked.After(cutOff) {
			c.err("a machine that is alone answers a change: %s", a.body)
		}
		a = m.ask(http.MethodGet, "alone", "/entries?limit=1&fresh=1", "")
		if a.status == http.StatusOK {
			c.err("a machine that is alone shows something as fresh: %s", a.body)
		}
		a = m.ask(http.MethodGet, c.keyed[0].list, "/entries?limit=1", "")
		if a.status != http.StatusOK {
			c.err("a machine that is alone can't be looked at: %d %s", a.status, a.body)
		}
		c.wait(100 * time.Millisecond)
	}
	for _, o := range c.machines {
		if o != m {
			m.mend(o)
		}
	}
	mended := time.Now()
	m.awaitServer()
	m.awaitNode()
	c.report("  the machine is back after %.3fs", time.Since(mended).Seconds())
}

// oneWire cuts the wire between a leader's machine and another.
func (c *clients) oneWire() {
	m := c.anyLeader()
	o := c.machines[(m.number+1+c.random.IntN(2))%3]
	m.cut(o)
	c.wait(c.lasting())
	m.mend(o)
	for _, m := range c.machines {
		m.awaitServer()
		m.awaitNode()
	}
}
