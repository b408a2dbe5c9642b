//go:build linux

package torture

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// Each machine is a network namespace, with a wire to each of the other two. What is sent
// through a wire that is cut is lost in silence: the sender has a wrong hardware address.

// canConnect tells whether the tests may make network namespaces, or why not.
func canConnect() error {
	const name = "torture-probe"
	if err := ip("netns", "add", name); err != nil {
		return err
	}
	return ip("netns", "del", name)
}

func ip(args ...string) error {
	output, err := exec.Command("ip", args...).CombinedOutput() //nolint:noctx // it must run even when the test's context has ended
	if err != nil {
		return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, output)
	}
	return nil
}

// connect gives each machine a namespace, and wires between them.
func (t *trio) connect() {
	t.Helper()
	for _, m := range t.machines {
		m.network, m.host = fmt.Sprintf("torture-%d-%d", os.Getpid(), m.number), fmt.Sprintf("10.99.0.%d", m.number+1)
		_ = ip("netns", "del", m.network) // of a run that was killed
		require.NoError(t, ip("netns", "add", m.network))
		require.NoError(t, m.ip("link", "set", "lo", "up"))
		require.NoError(t, m.ip("addr", "add", m.host+"/32", "dev", "lo"))
	}
	for i, a := range t.machines {
		for _, b := range t.machines[i+1:] {
			require.NoError(t, ip("link", "add", "netns", a.network, "name", a.wire(b), "type", "veth",
				"peer", "name", b.wire(a), "netns", b.network))
			for _, end := range [][2]*machine{{a, b}, {b, a}} {
				require.NoError(t, end[0].ip("link", "set", end[0].wire(end[1]), "up"))
				require.NoError(t, end[0].ip("route", "add", end[1].host+"/32", "dev", end[0].wire(end[1]), "src", end[0].host))
			}
		}
	}
}

// disconnect removes what connect has made.
func (t *trio) disconnect() {
	for _, m := range t.machines {
		if m.network != "" {
			_ = ip("netns", "del", m.network)
		}
	}
}

func (m *machine) wire(to *machine) string { return fmt.Sprintf("to-%d", to.number) }

func (m *machine) ip(args ...string) error { return ip(append([]string{"-n", m.network}, args...)...) }

// cut cuts the wire between two machines.
func (m *machine) cut(to *machine) {
	m.Helper()
	for _, end := range [][2]*machine{{m, to}, {to, m}} {
		require.NoError(m, end[0].ip("neigh", "replace", end[1].host, "lladdr", "02:00:00:00:00:99",
			"dev", end[0].wire(end[1]), "nud", "permanent"))
	}
}

// mend mends it.
func (m *machine) mend(to *machine) {
	m.Helper()
	for _, end := range [][2]*machine{{m, to}, {to, m}} {
		require.NoError(m, end[0].ip("neigh", "del", end[1].host, "dev", end[0].wire(end[1])))
	}
}

// enter is the beginning of a command that runs in the network of the machine.
func (m *machine) enter() []string {
	if m.network == "" {
		return nil
	}
	return []string{"nsenter", "--net=" + m.netns()}
}

func (m *machine) netns() string { return "/run/netns/" + m.network }

// dial connects from the machine itself: a socket stays in the network in which it was made.
func (m *machine) dial(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	if m.network == "" {
		return d.DialContext(ctx, network, address)
	}
	type result struct {
		conn net.Conn
		err  error
	}
	dialed := make(chan result, 1)
	go func() { // whose thread ends with it if it can't come home
		runtime.LockOSThread()
		conn, err := m.within(func() (net.Conn, error) { return d.DialContext(ctx, network, address) })
		dialed <- result{conn, err}
	}()
	r := <-dialed
	return r.conn, r.err
}

func (m *machine) within(dial func() (net.Conn, error)) (net.Conn, error) {
	home, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return nil, err
	}
	defer home.Close()
	there, err := os.Open(m.netns())
	if err != nil {
		return nil, err
	}
	defer there.Close()
	if err = unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
		return nil, err
	}
	conn, err := dial()
	if unix.Setns(int(home.Fd()), unix.CLONE_NEWNET) == nil {
		runtime.UnlockOSThread()
	}
	return conn, err
}
