package main

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
