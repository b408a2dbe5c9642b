package attach

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/internal/await"
	"todoshell/repl"
	"todoshell/server"
	"todoshell/store"
	"todoshell/todo"
)

// newServer serves lists in memory, and returns where.
func newServer(t *testing.T, grant todo.Grant, backup func(string) error) (s *Server, url string) {
	t.Helper()
	data, err := store.OpenMemory()
	require.NoError(t, err)
	lists := cache.New(&server.System{Now: time.Now}, data, 1000)
	s = NewServer(func(*http.Request) *cache.Cache { return lists.Within(grant) }, backup)
	ended, end := context.WithCancel(t.Context())
	end()
	mux := http.NewServeMux()
	mux.Handle(Path, s)
	web := httptest.NewServer(mux)
	t.Cleanup(func() {
		s.Shutdown(ended)
		web.Close()
		lists.Close()
		require.NoError(t, data.Close())
	})
	return s, web.URL
}

type screen struct{ out, err bytes.Buffer }

func newTestClient(t *testing.T, url string, env repl.Environment, chosen repl.Settings) (*Client, *screen) {
	t.Helper()
	s := new(screen)
	if env.Out == nil {
		env.Out = &s.out
	}
	env.Err = &s.err
	c, err := ToServer(t.Context(), url, "", env, repl.State{Settings: chosen})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c, s
}

func given(text string) repl.Task { return repl.Task{Kind: repl.Given, Text: text} }

func code(c todo.Code) error { return &todo.Error{Code: c} }

func TestTasks(t *testing.T) {
	_, url := newServer(t, todo.Grant{}, nil)
	c, s := newTestClient(t, url, repl.Environment{In: strings.NewReader("add Bob none Milk\nadd Ann none Eggs\n")}, repl.Settings{})
	require.NoError(t, c.Do(t.Context(), repl.Task{Kind: repl.Script, Text: "-"}))
	require.NoError(t, c.Do(t.Context(), given("use Bob")))
	require.NoError(t, c.Do(t.Context(), given("set json on\nentries .\nnonsense\nset json off")))
	assert.Equal(t, "1\n1\n"+`{"list":"Bob","id":1,"date":null,"status":"open","title":"Milk"}`+"\n", s.out.String())
	assert.Contains(t, s.err.String(), `"code":"unknown_command"`)
	assert.Contains(t, s.err.String(), `"file":"-c","line":1,"subline":3`)
	assert.Equal(t, "Bob", c.State().InUse)
	assert.Equal(t, repl.ExitFailed, c.State().Code())
	assert.False(t, c.State().Ended())
	assert.Equal(t, "entries Ann ", "entries "+c.Complete("entries A").Insert)

	var missing *os.PathError // is explained in the same words as here
	require.ErrorAs(t, c.Do(t.Context(), repl.Task{Kind: repl.Script, Text: "missing"}), &missing)
	assert.Equal(t, "missing", missing.Path)
}

func TestExit(t *testing.T) {
	_, url := newServer(t, todo.Grant{}, nil)
	c, _ := newTestClient(t, url, repl.Environment{}, repl.Settings{Bail: true})
	require.NoError(t, c.Do(t.Context(), given("exit 7")))
	assert.True(t, c.State().Ended())
	assert.Equal(t, 7, c.State().Code())
	c, _ = newTestClient(t, url, repl.Environment{}, repl.Settings{Bail: true})
	require.NoError(t, c.Do(t.Context(), given("nonsense\nadd Bob none never")))
	assert.Equal(t, repl.ExitBail, c.State().Code())
}

// A shell over a network is held to its grant, and backs nothing up.
func TestGrant(t *testing.T) {
	_, url := newServer(t, todo.Grant{Prefix: "B", ReadOnly: true}, nil)
	c, s := newTestClient(t, url, repl.Environment{}, repl.Settings{})
	require.NoError(t, c.Do(t.Context(), given("add Bob none x\nentries Ann\nbackup somewhere")))
	assert.Empty(t, s.out.String())
	assert.Equal(t, 3, strings.Count(s.err.String(), "\n"), s.err.String())
	assert.Contains(t, s.err.String(), "you may only read")
	assert.Contains(t, s.err.String(), `you may not use the list "Ann"`)
	assert.Contains(t, s.err.String(), "a shell elsewhere makes no backups")
}

func TestBackup(t *testing.T) {
	var asked []string
	_, url := newServer(t, todo.Grant{}, func(dir string) error {
		asked = append(asked, dir)
		return &os.PathError{Op: "mkdir", Path: dir, Err: os.ErrExist}
	})
	c, s := newTestClient(t, url, repl.Environment{}, repl.Settings{})
	require.NoError(t, c.Do(t.Context(), given("backup copy")))
	here, err := os.Getwd()
	require.NoError(t, err)
	assert.Equal(t, []string{filepath.Join(here, "copy")}, asked)
	assert.Equal(t, "todoshell: -c:1: copy: file already exists; check the path\n", s.err.String())
}

func TestCantConnect(t *testing.T) {
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		want    todo.Code
	}{
		"no token":      {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }, Unauthorized},
		"no shells":     {http.NotFound, CantConnect},
		"no WebSockets": {func(http.ResponseWriter, *http.Request) {}, CantConnect},
		"another version": {func(w http.ResponseWriter, r *http.Request) {
			ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"todoshell.0"}})
			if err == nil {
				_ = ws.CloseNow()
			}
		}, CantConnect},
	} {
		t.Run(name, func(t *testing.T) {
			web := httptest.NewServer(test.handler)
			defer web.Close()
			_, err := ToServer(t.Context(), web.URL, "", repl.Environment{}, repl.State{})
			require.ErrorIs(t, err, code(test.want))
			assert.NotContains(t, err.Error(), "WebSocket")
		})
	}
	_, err := ToServer(t.Context(), "http://127.0.0.1:1", "", repl.Environment{}, repl.State{})
	require.ErrorIs(t, err, code(CantConnect))
	_, err = ToFolder(t.Context(), t.TempDir(), repl.Environment{}, repl.State{})
	require.ErrorIs(t, err, code(CantConnect))
}

func TestTokenIsSent(t *testing.T) {
	got := make(chan string, 1)
	web := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.Header.Get("Authorization") }))
	defer web.Close()
	_, err := ToServer(t.Context(), web.URL, "secret", repl.Environment{}, repl.State{})
	require.Error(t, err)
	assert.Equal(t, "Bearer secret", <-got)
}

// Other clients, and those who know the protocol badly, are sent away.
func TestProtocol(t *testing.T) {
	_, url := newServer(t, todo.Grant{}, nil)
	other, _, err := websocket.Dial(t.Context(), url+Path, nil) //nolint:bodyclose // it needs no closing
	require.NoError(t, err)
	_, _, err = other.Read(t.Context())
	assert.Equal(t, websocket.StatusPolicyViolation, websocket.CloseStatus(err))
	_, response, err := websocket.Dial(t.Context(), url+Path, //nolint:bodyclose // it needs no closing
		&websocket.DialOptions{HTTPHeader: http.Header{"Origin": {"https://elsewhere.example"}}})
	require.Error(t, err)
	assert.Equal(t, http.StatusForbidden, response.StatusCode)

	for _, message := range []string{"", "?", "t", "t{}", "c", "r", "r{", "d", "d12", "t\x00"} {
		rude(t, url, message)
	}
}

func rude(t *testing.T, url, message string) {
	t.Helper()
	ws, _, err := websocket.Dial(t.Context(), url+Path, //nolint:bodyclose // it needs no closing
		&websocket.DialOptions{Subprotocols: []string{protocol}})
	require.NoError(t, err)
	_, hello, err := ws.Read(t.Context())
	require.NoError(t, err)
	assert.Equal(t, string(byte(helloKind)), string(hello))
	require.NoError(t, ws.Write(t.Context(), websocket.MessageBinary, []byte(message)))
	_, _, err = ws.Read(t.Context())
	require.Error(t, err, "%q", message)
}

// follow runs a script that goes on, after its first answer.
func follow(ctx context.Context, t *testing.T, url string) (c *Client, more *io.PipeWriter, ended chan error) {
	t.Helper()
	in, more := io.Pipe()
	answers, out := io.Pipe()
	c, _ = newTestClient(t, url, repl.Environment{In: in, Out: out}, repl.Settings{})
	ended = make(chan error, 1)
	go func() { ended <- c.Do(ctx, repl.Task{Kind: repl.Script, Text: "-"}) }()
	_, err := io.WriteString(more, "add Bob none Milk\n")
	require.NoError(t, err)
	answer := make([]byte, 2)
	_, err = io.ReadFull(answers, answer)
	require.NoError(t, err)
	assert.Equal(t, "1\n", string(answer))
	go io.Copy(io.Discard, answers) //nolint:errcheck // it ends with the pipe
	t.Cleanup(func() { _ = errors.Join(more.Close(), out.Close()) })
	return c, more, ended
}

func TestCancel(t *testing.T) {
	_, url := newServer(t, todo.Grant{}, nil)
	ctx, cancel := context.WithCancel(t.Context())
	c, _, ended := follow(ctx, t, url)
	cancel()
	require.NoError(t, <-ended)
	require.NoError(t, c.Do(t.Context(), given("add Bob none Eggs")), "the next task is not cancelled")
}

func TestShutdown(t *testing.T) {
	s, url := newServer(t, todo.Grant{}, nil)
	idle, _ := newTestClient(t, url, repl.Environment{}, repl.Settings{})
	require.NoError(t, idle.Do(t.Context(), given("lists")))
	_, _, ended := follow(t.Context(), t, url)
	ctx, cancel := context.WithCancel(t.Context())
	down := make(chan struct{})
	go func() {
		defer close(down)
		s.Shutdown(ctx)
	}()
	idle.reading.Wait() // it has been told
	err := idle.Do(t.Context(), given("add Bob none never"))
	require.ErrorIs(t, err, code(repl.ServerGone))
	assert.True(t, IsGone(err))
	select {
	case err = <-ended:
		require.Fail(t, "the script was not waited for", err)
	default:
	}
	cancel()
	err = <-ended
	require.ErrorIs(t, err, code(repl.ServerLost))
	assert.True(t, IsLost(err))
	<-down
	_, err = ToServer(t.Context(), url, "", repl.Environment{}, repl.State{})
	require.ErrorIs(t, err, code(CantConnect))
	await.Gone(t, "attach.(*terminal)")
}

// A script that ends while its server waits for it is not lost.
func TestShutdownWaits(t *testing.T) {
	s, url := newServer(t, todo.Grant{}, nil)
	_, more, ended := follow(t.Context(), t, url)
	down := make(chan struct{})
	go func() {
		defer close(down)
		s.Shutdown(t.Context())
	}()
	_, err := io.WriteString(more, "add Bob none Eggs\n")
	require.NoError(t, err)
	require.NoError(t, more.Close())
	require.NoError(t, <-ended)
	<-down
}

// A server whose client has gone ends its session.
func TestClientGone(t *testing.T) {
	_, url := newServer(t, todo.Grant{}, nil)
	c, _, ended := follow(t.Context(), t, url)
	_ = c.CloseNow()
	require.ErrorIs(t, <-ended, code(repl.ServerLost))
	require.ErrorIs(t, c.Do(t.Context(), given("lists")), code(repl.ServerGone))
	await.Gone(t, "attach.(*terminal)")
}

type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestClosedOutput(t *testing.T) {
	_, url := newServer(t, todo.Grant{}, nil)
	c, _ := newTestClient(t, url, repl.Environment{Out: closedPipe{}}, repl.Settings{})
	require.ErrorIs(t, c.Do(t.Context(), given("help")), io.ErrClosedPipe)
	assert.True(t, c.State().Ended())
	await.Gone(t, "attach.(*terminal)")
}

// A file that can't be written, and one whose writing is broken off, stay as they
// were.
func TestExport(t *testing.T) {
	_, url := newServer(t, todo.Grant{}, nil)
	dir := t.TempDir()
	t.Chdir(dir)
	c, s := newTestClient(t, url, repl.Environment{}, repl.Settings{})
	require.NoError(t, c.Do(t.Context(), given("add Bob none Milk\nexport Bob missing/bob.csv\nexport Bob bob.csv")))
	assert.Equal(t, "todoshell: -c:1:2: missing/bob.csv: no such file or directory; check the path\n", s.err.String())
	text, err := os.ReadFile("bob.csv")
	require.NoError(t, err)
	assert.Equal(t, "id,date,status,title\n1,,open,Milk\n", string(text))

	w := newReplacement(repl.OS{}, "bob.csv")
	w.write([]byte("half"))
	require.ErrorIs(t, w.end(errAbandoned), errAbandoned)
	kept, err := os.ReadFile("bob.csv")
	require.NoError(t, err)
	assert.Equal(t, text, kept)
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	assert.Len(t, files, 1)
}

// What a person types is not read ahead; what a script holds is, but only once
// somebody wants it.
func TestReadAhead(t *testing.T) {
	in := strings.NewReader("all of it")
	s := newSource(io.NopCloser(in), true)
	assert.Equal(t, 9, in.Len())
	pieces, err := s.take()
	require.NoError(t, err)
	assert.Equal(t, "all of it", string(bytes.Join(pieces, nil)))
	for range 2 {
		_, err = s.take()
		require.ErrorIs(t, err, io.EOF)
	}
	typed, keys := net.Pipe()
	s = newSource(typed, false)
	go keys.Write([]byte("line")) //nolint:errcheck // the test would see
	pieces, err = s.take()
	require.NoError(t, err)
	assert.Equal(t, "line", string(bytes.Join(pieces, nil)))
	require.NoError(t, keys.SetWriteDeadline(time.Now()))
	_, err = keys.Write([]byte("answer"))
	require.Error(t, err, "nobody reads it")
}

// Where a folder's path is too long for a socket, there is a way all the same.
func TestLongPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 50))
	require.NoError(t, os.Mkdir(dir, 0o700))
	listener, err := Listen(dir)
	if runtime.GOOS != "linux" {
		require.ErrorContains(t, err, "too long for a socket")
		return
	}
	require.NoError(t, err)
	s, _ := newServer(t, todo.Grant{}, nil)
	web := &http.Server{Handler: s, ReadHeaderTimeout: time.Hour}
	go web.Serve(listener) //nolint:errcheck // it ends when it is closed
	defer web.Close()
	var out bytes.Buffer
	c, err := ToFolder(t.Context(), dir, repl.Environment{Out: &out, Err: io.Discard}, repl.State{})
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, c.Do(t.Context(), given("add Bob none Milk")))
	assert.Equal(t, "1\n", out.String())
	require.NoError(t, web.Close())
	_, err = os.Stat(filepath.Join(dir, socketName))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestZone(t *testing.T) {
	now := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	for _, name := range []string{"UTC", "Europe/Vienna", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe",
		"Africa/Casablanca", "Pacific/Apia", "fixed"} {
		zone := time.FixedZone("fixed", -12345)
		if name != "fixed" {
			var err error
			if zone, err = time.LoadLocation(name); err != nil {
				t.Skip(err)
			}
		}
		there, err := time.LoadLocationFromTZData("Local", encodeZone(zone, now))
		require.NoError(t, err)
		for at := time.Unix(1, 0); at.Before(now.AddDate(1, 0, 0)); at = at.Add(17 * time.Hour) {
			require.Equal(t, at.In(zone).Format(time.DateTime), at.In(there).Format(time.DateTime), name)
		}
	}
}

// An answer that is too long to be held back until its end is shown whole all the same.
func TestLongAnswerHeldBack(t *testing.T) {
	_, url := newServer(t, todo.Grant{}, nil)
	c, s := newTestClient(t, url, repl.Environment{}, repl.Settings{})
	const entries, title = 600, 3000
	require.NoError(t, c.Do(t.Context(), given(strings.Repeat("add Bob none "+strings.Repeat("x", title)+"\n", entries))))
	s.out.Reset()
	command := "done Bob"
	for id := range entries {
		command += fmt.Sprintf(" %d", id+1)
	}
	require.NoError(t, c.Do(t.Context(), given(command).WithKey()))
	assert.Greater(t, s.out.Len(), maxHeld<<16)
	assert.Equal(t, entries, strings.Count(s.out.String(), "\tdone\t"))
	assert.True(t, strings.HasPrefix(s.out.String(), "1\t"))
}
