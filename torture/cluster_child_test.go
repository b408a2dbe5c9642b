//go:build linux

package torture

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"todoshell/app"
)

// A child of the tests is this program once more: as nats-server or as todoshell. The
// variable says as which, and with which controls it does wrong what must be found.
const (
	childRole     = "TORTURE_CHILD"    // "server" or "node"
	childControls = "TORTURE_CONTROLS" // words
)

// runAsChild does what a child does in place of the tests, if this process is one. It ends when
// the tests do.
func runAsChild() (code int, isOne bool) {
	role := os.Getenv(childRole)
	if role == "" {
		return 0, false
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.NewFile(3, "tests")) // it is open as long as the tests run
		os.Exit(1)
	}()
	if role == "server" {
		return runServer(os.Args[1]), true
	}
	return app.Run(nodeCommand(strings.Fields(os.Getenv(childControls)))), true
}

// A serverConfig is what a nats-server is told on its command line, as JSON.
type serverConfig struct {
	Name, Host, Dir      string
	Port, Route, Monitor int
	Routes               []string // of all servers, as URLs
	SyncLate             bool     // a control: fsyncs come up to two minutes later
}

func runServer(arg string) int {
	var c serverConfig
	if err := json.Unmarshal([]byte(arg), &c); err != nil {
		panic(err)
	}
	o := &natsserver.Options{
		ServerName: c.Name, Host: c.Host, Port: c.Port, HTTPHost: "127.0.0.1", HTTPPort: c.Monitor,
		Cluster:   natsserver.ClusterOpts{Name: "torture", Host: c.Host, Port: c.Route},
		JetStream: true, StoreDir: c.Dir, SyncAlways: !c.SyncLate, Tags: []string{"sync:always"},
	}
	for _, r := range c.Routes {
		u, err := url.Parse(r)
		if err != nil {
			panic(err)
		}
		o.Routes = append(o.Routes, u)
	}
	s, err := natsserver.NewServer(o)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	s.ConfigureLogger()
	s.Start()
	s.WaitForShutdown()
	return 0
}

// A child is a process that may be killed, and started again.
type child struct {
	*exec.Cmd
	ended chan struct{} // closed when it has
	hold  *os.File      // while it is open, the child goes on
	log   string        // the path of what it writes
}

// startChild starts a child on a machine, whose standard streams may be given.
func (m *machine) startChild(role, log string, streams [3]*os.File, args ...string) *child {
	m.Helper()
	theirs, hold, err := os.Pipe()
	require.NoError(m, err)
	words := append(m.enter(), append([]string{os.Args[0]}, args...)...)
	c := &child{Cmd: exec.Command(words[0], words[1:]...), ended: make(chan struct{}), hold: hold, log: filepath.Join(m.dir, log)} //nolint:noctx // it is ended by hand
	c.Env = append(os.Environ(), childRole+"="+role, childControls+"="+strings.Join(m.controls, " "), "TODOSHELL_NATS_URL=")
	c.ExtraFiles = []*os.File{theirs}
	said, err := os.OpenFile(c.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	require.NoError(m, err)
	c.Stdout, c.Stderr = said, said
	if streams[0] != nil {
		c.Stdin, c.Stdout, c.Stderr = streams[0], streams[1], streams[2]
	}
	require.NoError(m, c.Start())
	require.NoError(m, errors.Join(theirs.Close(), said.Close()))
	go func() {
		defer close(c.ended)
		_ = c.Wait() // how it ended, its ProcessState tells
	}()
	return c
}

// signal sends a signal, and waits for the end that it leads to.
func (c *child) signal(s syscall.Signal) {
	_ = c.Process.Signal(s)
	if s == syscall.SIGKILL || s == syscall.SIGTERM {
		<-c.ended
		_ = c.hold.Close()
	}
}

// runs tells whether the child has not ended.
func (c *child) runs() bool {
	select {
	case <-c.ended:
		return false
	default:
		return true
	}
}

// tail returns the end of what the child has written.
func (c *child) tail() string {
	b, _ := os.ReadFile(c.log)
	return string(b[max(0, len(b)-4000):])
}
