//go:build unix

package app

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ready returns the line by which a server says that it is ready, and its end.
func ready(t *testing.T, data string, args ...string) (line string, end func()) {
	t.Helper()
	serving := programOn(t, data, append([]string{"serve", "--http", "127.0.0.1:0"}, args...)...)
	if len(args) > 0 && args[0] == "--memory" {
		serving.Env = os.Environ()
	}
	out, err := serving.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, serving.Start())
	line, err = bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	return line, func() {
		require.NoError(t, serving.Process.Signal(syscall.SIGTERM))
		require.NoError(t, serving.Wait())
	}
}

func TestReadyLineSaysWhoMayComeIn(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	line, end := ready(t, data)
	end()
	assert.Regexp(t, `^todoshell: serving at http://127\.0\.0\.1:\d+ \(every user of this machine may come in until there is a token: `+
		`todoshell token add NAME\)\n$`, line)
	line, end = ready(t, data, "--memory")
	end()
	assert.Regexp(t, `^todoshell: serving at \S+ \(every user of this machine may come in\)\n$`, line)
	require.NoError(t, programOn(t, data, "token", "add", "phone").Run())
	line, end = ready(t, data, "--log-format", "json")
	end()
	assert.Regexp(t, `^todoshell: serving at \S+\n$`, line)
}

func TestProfilesAreForThisMachine(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	for _, open := range []string{":0", "0.0.0.0:0", "[::]:0"} {
		refused := programOn(t, data, "serve", "--http", "127.0.0.1:0", "--debug-addr", open)
		var words strings.Builder
		refused.Stderr = &words
		require.Error(t, refused.Run(), open)
		assert.Contains(t, words.String(), "--debug-addr "+open+" can be reached from other machines, and asks for no token; "+
			"listen on 127.0.0.1, or say --debug-public")
	}
	for _, args := range [][]string{{"--debug-addr", "localhost:0"}, {"--debug-addr", ":0", "--debug-public"}} {
		line, end := ready(t, data, args...)
		end()
		assert.Contains(t, line, "serving at")
	}
	require.Error(t, programOn(t, data, "serve", "--debug-public").Run())
}

// Logins outlive a restart of the server, and end with a token that was revoked
// meanwhile.
func TestLoginsOutliveARestart(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	token, err := programOn(t, data, "token", "add", "phone").Output()
	require.NoError(t, err)
	serving, site := serveData(t, data)
	ask := func(method, path, cookie, form string) (status int, set string) {
		r, failed := http.NewRequestWithContext(t.Context(), method, site+path, strings.NewReader(form))
		require.NoError(t, failed)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Cookie", cookie)
		answer, failed := http.DefaultTransport.RoundTrip(r)
		require.NoError(t, failed)
		_, _ = io.Copy(io.Discard, answer.Body)
		require.NoError(t, answer.Body.Close())
		return answer.StatusCode, answer.Header.Get("Set-Cookie")
	}
	status, set := ask("POST", "/login", "", "token="+strings.TrimSpace(string(token)))
	require.Equal(t, 303, status)
	_, secret, _ := strings.Cut(strings.Split(set, ";")[0], "=")
	whoami := func() int {
		asked, _ := ask("GET", "/v1/whoami", "todoshell-session-"+site[strings.LastIndex(site, ":")+1:]+"="+secret, "")
		return asked
	}
	require.Equal(t, 200, whoami())
	stop := func() {
		require.NoError(t, serving.Process.Signal(syscall.SIGTERM))
		require.NoError(t, serving.Wait())
	}
	stop()
	list, err := programOn(t, data, "token", "list", "--json").Output()
	require.NoError(t, err)
	assert.Contains(t, string(list), `"logins":1}`)
	serving, site = serveData(t, data)
	require.Equal(t, 200, whoami())
	stop()
	require.NoError(t, programOn(t, data, "token", "revoke", "phone").Run())
	require.NoError(t, programOn(t, data, "token", "add", "phone").Run())
	serving, site = serveData(t, data)
	require.Equal(t, 401, whoami())
	stop()
}

// A request that does not end is cut off, which is said in words.
func TestServeCutsOff(t *testing.T) {
	serving := programOn(t, filepath.Join(t.TempDir(), "data"), "serve", "--http", "127.0.0.1:0")
	var said bytes.Buffer
	serving.Stderr = &said
	out, err := serving.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, serving.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	at := strings.TrimPrefix(servingAt.FindStringSubmatch(line)[1], "http://")
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", at)
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "POST /v1/lists/Bob/entries HTTP/1.1\r\nHost: "+at+"\r\nContent-Length: 20\r\nExpect: 100-continue\r\n\r\n")
	require.NoError(t, err)
	answer, err := bufio.NewReader(conn).ReadString('\n')
	require.NoError(t, err)
	require.Contains(t, answer, "100 Continue", "it is under way")
	require.NoError(t, serving.Process.Signal(syscall.SIGTERM))
	require.Error(t, serving.Wait())
	assert.Regexp(t, `\ntodoshell: requests that had not ended after 4s were cut off; what was answered is on disk\n$`, said.String())
}
