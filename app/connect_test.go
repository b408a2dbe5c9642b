package app

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/attach"
	"todoshell/cache"
	"todoshell/server"
	"todoshell/store"
)

// newTestSite serves lists in memory to those who have the token "secret".
func newTestSite(t *testing.T) (shells *attach.Server, url string) {
	t.Helper()
	data, err := store.OpenMemory()
	require.NoError(t, err)
	lists := cache.New(&server.System{Now: time.Now}, data, 1000)
	shells = attach.NewServer(func(*http.Request) *cache.Cache { return lists }, nil)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		shells.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		site.Close()
		lists.Close()
		require.NoError(t, data.Close())
	})
	return shells, site.URL
}

// connected is todoshell with a server elsewhere.
func connected(t *testing.T, url string, args ...string) (cmd *exec.Cmd, stdout, stderr *bytes.Buffer) {
	t.Helper()
	cmd = exec.CommandContext(t.Context(), "todoshell", append([]string{"--connect", url}, args...)...) //nolint:gosec // it is this test
	home := t.TempDir()
	cmd.Env = []string{"HOME=" + home, "GORACE=" + os.Getenv("GORACE"), "TODOSHELL_TOKEN=secret"}
	stdout, stderr = new(bytes.Buffer), new(bytes.Buffer)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	t.Cleanup(func() { assert.NoDirExists(t, filepath.Join(home, ".local/share"), "nothing is opened here") })
	return cmd, stdout, stderr
}

func TestConnect(t *testing.T) {
	_, url := newTestSite(t)
	cmd, stdout, stderr := connected(t, url, "-c", "add Bob none Milk", "-c", "entries Bob", "-c", "nonsense")
	require.Error(t, cmd.Run())
	assert.Equal(t, 1, cmd.ProcessState.ExitCode())
	assert.Equal(t, "1\n1\t\topen\tMilk\n", stdout.String())
	assert.Equal(t, "todoshell: -c:3: unknown command \"nonsense\"; see: help\n", stderr.String())

	token := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(token, []byte("secret\n"), 0o600))
	cmd, stdout, _ = connected(t, url, "--token-file", token, "-c", "lists")
	cmd.Env = append(cmd.Env, "TODOSHELL_TOKEN=")
	require.NoError(t, cmd.Run())
	assert.Equal(t, "Bob\n", stdout.String())

	cmd, _, stderr = connected(t, url, "-c", "lists")
	cmd.Env = append(cmd.Env, "TODOSHELL_TOKEN=wrong")
	require.Error(t, cmd.Run())
	assert.Equal(t, exitData, cmd.ProcessState.ExitCode())
	assert.Equal(t, "todoshell: the server at "+url+" does not let this shell in; "+
		"give a token that it knows with --token-file or TODOSHELL_TOKEN\n", stderr.String())
}

// When the server goes, that is the end, and nothing is opened here.
func TestConnectionLost(t *testing.T) {
	shells, url := newTestSite(t)
	cmd, _, stderr := connected(t, url, "-f", "-", "-c", "add Bob none never")
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	cmd.Stdout = nil
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, err = io.WriteString(stdin, "add Bob none Milk\n")
	require.NoError(t, err)
	answer := make([]byte, 2)
	_, err = io.ReadFull(stdout, answer)
	require.NoError(t, err)

	ended, end := context.WithCancel(t.Context())
	end()
	shells.Shutdown(ended)
	require.Error(t, cmd.Wait())
	assert.Equal(t, exitData, cmd.ProcessState.ExitCode())
	assert.Equal(t, "todoshell: the server at "+url+" has gone in the middle of this; "+
		"what was not answered may have been done or not: look before you try again\n", stderr.String())
}

// Nothing goes over a network in clear text, unless it is said to.
func TestConnectInsecure(t *testing.T) {
	run := func(args ...string) (code int, stderr string) {
		cmd, _, errs := connected(t, args[0], append(args[1:], "-c", "lists")...)
		_ = cmd.Run()
		return cmd.ProcessState.ExitCode(), errs.String()
	}
	for _, url := range []string{"http://lists.example.org", "HTTP://192.0.2.1:5454", "http://0.0.0.0:1", "http://[2001:db8::1]:1",
		"http://localhost.example.org", "http://127.0.0.1.example.org", "http://127.0.0.1@192.0.2.1", "http://evil#@127.0.0.1/"} {
		code, stderr := run(url)
		assert.Equal(t, exitUsage, code, url)
		assert.NotContains(t, stderr, "cannot be reached", url)
	}
	code, stderr := run("http://lists.example.org")
	assert.Equal(t, exitUsage, code)
	assert.Equal(t, "todoshell: --connect http://lists.example.org would send the token and the lists in clear text; "+
		"use https://, or add --insecure to do so all the same\n", stderr)
	code, stderr = run("http://0.0.0.0:1", "--insecure") // which nobody serves
	assert.Equal(t, exitData, code)
	assert.Contains(t, stderr, "todoshell: warning: the token and the lists go to 0.0.0.0:1 in clear text; "+
		"whoever is on the way can read and change them\n")
	assert.Contains(t, stderr, "cannot be reached")
	for _, url := range []string{"http://127.0.0.1:1", "http://127.9.9.9:1", "http://localhost:1", "http://LocalHost:1", "http://[::1]:1", "http://[::ffff:127.0.0.1]:1",
		"https://127.0.0.1:1"} {
		for _, args := range [][]string{{url}, {url, "--insecure"}} {
			code, stderr = run(args...)
			assert.Equal(t, exitData, code, "%q: %s", args, stderr)
			assert.NotContains(t, stderr, "warning", args)
		}
	}
	cmd, _, errs := connected(t, "", "--insecure", "-c", "lists")
	require.Error(t, cmd.Run())
	assert.Equal(t, "todoshell: --insecure is for --connect\n", errs.String())
}

// A server that asks for what no line needs is left, and that is told.
func TestConnectHostile(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{r.Header.Get("Sec-WebSocket-Protocol")}})
		if !assert.NoError(t, err) {
			return
		}
		defer ws.CloseNow() //nolint:errcheck // nothing depends on it
		_ = ws.Write(r.Context(), websocket.MessageBinary, []byte("h"))
		_, _, _ = ws.Read(r.Context())
		_ = ws.Write(r.Context(), websocket.MessageBinary, []byte(`q{"ID":1,"Do":"take","Need":{"Kind":1,"Path":"/etc/passwd"}}`))
		_, message, err := ws.Read(r.Context())
		assert.Error(t, err, "%s", message)
	}))
	defer site.Close()
	cmd, stdout, stderr := connected(t, site.URL, "-c", "lists", "-c", "add Bob none never")
	require.Error(t, cmd.Run())
	assert.Equal(t, exitData, cmd.ProcessState.ExitCode())
	assert.Empty(t, stdout.String())
	assert.Equal(t, "todoshell: the server at "+site.URL+` asked to read the file "/etc/passwd", which no command here needs; this shell has left it; `+
		"what was not answered may have been done or not: find out about that server before you use it again\n", stderr.String())
}
