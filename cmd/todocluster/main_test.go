//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/cluster/clustertest"
	"todoshell/internal/await"
)

// asProgram has the test binary be the program, and what that starts, too.
const asProgram = "TODOCLUSTER_TEST"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

type running struct {
	*exec.Cmd
	cluster
	errors *told
}

// told is what the program has written to standard error.
type told struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (t *told) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(b)
}

func (t *told) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

func command(t *testing.T, args ...string) (c *exec.Cmd, stderr *told) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	c, stderr = exec.CommandContext(t.Context(), self, args...), &told{}
	c.Env = append(os.Environ(), asProgram+"=1", "TODOSHELL_NATS_SPACE=other")
	c.Stderr = stderr
	return c, stderr
}

// begin starts the program and returns when it says that all is ready.
func begin(t *testing.T, args ...string) *running {
	t.Helper()
	c, stderr := command(t, append(args, "--json")...)
	out, err := c.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	r := &running{Cmd: c, errors: stderr}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		require.NoError(t, c.Wait(), "%s", stderr)
	}
	require.NoError(t, json.Unmarshal(line, &r.cluster))
	require.Len(t, r.Servers, 3)
	require.Len(t, r.Nodes, 3)
	return r
}

// gone waits until nobody listens where servers and nodes did.
func (r *running) gone(t *testing.T) {
	t.Helper()
	for _, p := range r.all() {
		at, err := url.Parse(p.URL)
		require.NoError(t, err)
		assert.True(t, await.Until(t, func() bool {
			c, err := net.Dial("tcp", at.Host) //nolint:noctx // this machine answers at once
			if err == nil {
				_ = c.Close()
			}
			return err != nil
		}), p.Name)
	}
}

func ask(t *testing.T, method, url, body string) (answer string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	a, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	require.NoError(t, err)
	return string(text)
}

func TestCluster(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	r := begin(t, "--dir", dir)
	assert.Contains(t, ask(t, http.MethodPost, r.Nodes[0].URL+"/v1/lists/Bob/entries", `{"title":"Dentist"}`), `"id":1`)
	assert.True(t, await.Until(t, func() bool {
		return strings.Contains(ask(t, http.MethodGet, r.Nodes[2].URL+"/v1/lists/Bob/entries", ""), "Dentist")
	}), "each node has the same lists")

	require.NoError(t, syscall.Kill(r.Nodes[1].PID, syscall.SIGKILL))
	require.NoError(t, syscall.Kill(r.Servers[1].PID, syscall.SIGKILL))
	assert.Contains(t, ask(t, http.MethodPost, r.Nodes[2].URL+"/v1/lists/Bob/entries", `{"title":"Shopping"}`), `"id":2`)
	for _, killed := range []string{"node-2 (process " + strconv.Itoa(r.Nodes[1].PID), "nats-2 (process " + strconv.Itoa(r.Servers[1].PID)} {
		assert.True(t, await.Until(t, func() bool { return strings.Contains(r.errors.String(), killed+") has ended: signal: killed") }), killed)
	}
	require.NoError(t, r.Process.Signal(syscall.SIGTERM))
	require.NoError(t, r.Wait(), "%s", r.errors)
	r.gone(t)

	r = begin(t, "--dir", dir)
	assert.Contains(t, ask(t, http.MethodGet, r.Nodes[1].URL+"/v1/lists/Bob/entries", ""), "Shopping", "what was kept in the folder is there")
	require.NoError(t, r.Process.Kill())
	require.Error(t, r.Wait())
	r.gone(t)
	assert.True(t, await.Until(t, func() bool { return os.RemoveAll(dir) == nil }), "nobody writes into the folder any more")
}

func TestTemporary(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	c, stderr := command(t)
	out, err := c.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	var told strings.Builder
	for in := bufio.NewReader(out); !strings.Contains(told.String(), "Ctrl-C ends all"); {
		line, failed := in.ReadString('\n')
		told.WriteString(line)
		require.NoError(t, failed, "%s%s", &told, stderr)
	}
	assert.Contains(t, told.String(), "todoshell --connect http://127.0.0.1:")
	require.NoError(t, c.Process.Signal(os.Interrupt))
	require.NoError(t, c.Wait(), "%s", stderr)
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestPortInUse(t *testing.T) {
	free, err := clustertest.Free(1)
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(free[0])) //nolint:noctx // nothing is waited for
	require.NoError(t, err)
	defer l.Close()
	c, stderr := command(t, "--dir", t.TempDir(), "--port", strconv.Itoa(free[0]-size)) // that of the first server
	require.Error(t, c.Run())
	assert.Equal(t, exitFailed, c.ProcessState.ExitCode())
	assert.Contains(t, stderr.String(), "address already in use")
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"--no-such"}, {"extra"}, {"--port", "many"}} {
		c, stderr := command(t, args...)
		require.Error(t, c.Run())
		assert.Equal(t, exitUsage, c.ProcessState.ExitCode())
		assert.Contains(t, stderr.String(), "todocluster: ")
	}
	c, stderr := command(t, server)
	require.Error(t, c.Run())
	assert.Contains(t, stderr.String(), "see: todocluster --help")
	c, stderr = command(t, "--help")
	require.NoError(t, c.Run())
	assert.Contains(t, stderr.String(), "--dir")
}
