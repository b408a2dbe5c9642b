package guard

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/access"
	"todoshell/todo"

	"todoshell/web/problem"
)

// A wire is a network without a machine: its time is that of the test.
type wire struct {
	t     *testing.T
	conns chan net.Conn
	ended chan struct{}
	once  sync.Once
}

// serve serves what stands behind the guard, on localhost:5454.
func serve(t *testing.T, g *Guard) *wire {
	t.Helper()
	return serveHandler(t, guarded(g))
}

func serveHandler(t *testing.T, h http.Handler) *wire {
	t.Helper()
	n := &wire{t: t, conns: make(chan net.Conn), ended: make(chan struct{})}
	server := NewServer(h)
	served := make(chan error)
	go func() { served <- server.Serve(LimitConns(n)) }()
	t.Cleanup(func() {
		require.NoError(t, server.Close())
		require.ErrorIs(t, <-served, http.ErrServerClosed)
		<-time.After(time.Second) // net/http lets some connections linger
	})
	return n
}

func (n *wire) Accept() (net.Conn, error) {
	select {
	case c := <-n.conns:
		return c, nil
	case <-n.ended:
		return nil, net.ErrClosed
	}
}

func (n *wire) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 5454} }

func (n *wire) Close() error {
	n.once.Do(func() { close(n.ended) })
	return nil
}

type addressed struct {
	net.Conn
	local, remote net.Addr
}

func (c addressed) LocalAddr() net.Addr  { return c.local }
func (c addressed) RemoteAddr() net.Addr { return c.remote }

// A client writes and reads as it likes.
type client struct {
	net.Conn
	t *testing.T
	r *bufio.Reader
}

func (n *wire) dial(from string) *client {
	here, there := net.Pipe()
	remote, err := net.ResolveTCPAddr("tcp", from)
	require.NoError(n.t, err)
	n.conns <- addressed{there, n.Addr(), remote}
	n.t.Cleanup(func() { here.Close() })
	return &client{here, n.t, bufio.NewReader(here)}
}

func (c *client) send(text string) {
	_, err := io.WriteString(c, text)
	require.NoError(c.t, err)
}

// trickle writes a piece each interval until the server closes or has answered.
func (c *client) trickle(piece string, every time.Duration) {
	go func() {
		for {
			if _, err := io.WriteString(c, piece); err != nil {
				return
			}
			<-time.After(every)
		}
	}()
}

// status returns that of the next answer, whose rest stays unread.
func (c *client) status() (code int) {
	c.t.Helper()
	line, err := c.r.ReadString('\n')
	require.NoError(c.t, err)
	_, err = fmt.Sscanf(line, "HTTP/1.1 %d", &code)
	if err != nil {
		_, err = fmt.Sscanf(line, "HTTP/1.0 %d", &code)
	}
	require.NoError(c.t, err, line)
	return code
}

// code returns the answer's status and, where it is a problem, its code.
func (c *client) code() string {
	c.t.Helper()
	r, err := http.ReadResponse(c.r, nil)
	require.NoError(c.t, err)
	text, err := io.ReadAll(r.Body)
	require.NoError(c.t, err)
	require.NoError(c.t, r.Body.Close())
	_, code, _ := strings.Cut(string(text), `"code":"`)
	code, _, _ = strings.Cut(code, `"`)
	return strings.TrimSpace(fmt.Sprint(r.StatusCode, " ", code))
}

// closed waits for the end of the connection and returns when it came.
func (c *client) closed(since time.Time) time.Duration {
	c.t.Helper()
	_, err := io.Copy(io.Discard, c.r)
	require.NoError(c.t, err)
	return time.Since(since)
}

// linger is for how long net/http keeps a connection after its last answer, so that
// the client can read that.
const linger = 500 * time.Millisecond

const (
	form    = "Content-Type: application/x-www-form-urlencoded\r\n"
	chunked = " HTTP/1.1\r\nHost: localhost:5454\r\n" + form + "Transfer-Encoding: chunked\r\n\r\n"
	sized   = " HTTP/1.1\r\nHost: localhost:5454\r\n" + form + "Content-Length: %d\r\n\r\n"
	here    = "127.0.0.1:40000"
)

func chunk(n int) string { return fmt.Sprintf("%x\r\n%s\r\n", n, strings.Repeat("x", n)) }

// timed runs a test of an open server in a time of its own.
func timed(t *testing.T, f func(n *wire)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f(serve(t, testGuard(t, access.Open(access.Folder("")), true, nil)))
	})
}

func TestSlowHeaders(t *testing.T) {
	timed(t, func(n *wire) {
		t := n.t
		began := time.Now()
		silent, slow := n.dial(here), n.dial(here)
		slow.send("GET / HTTP/1.1\r\n")
		slow.trickle("X: y\r\n", time.Second)
		assert.Equal(t, headerTimeout, slow.closed(began))
		assert.Equal(t, headerTimeout, silent.closed(began))

		idle := n.dial(here)
		idle.send("GET / HTTP/1.1\r\nHost: localhost:5454\r\n\r\n")
		assert.Equal(t, "200", idle.code())
		assert.Equal(t, idleTimeout, idle.closed(time.Now()))
	})
}

func TestLongHeader(t *testing.T) {
	timed(t, func(n *wire) {
		t := n.t
		c := n.dial(here)
		go func() { // the server does not read it all
			_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: localhost:5454\r\nX: "+strings.Repeat("x", 2<<20)+"\r\n\r\n")
		}()
		assert.Equal(t, 431, c.status())
	})
}

func TestLongBody(t *testing.T) {
	for _, c := range []struct {
		path string
		n    int
		want string
	}{
		{"/v1/lists/Bob/entries", maxBody, "200"},
		{"/v1/lists/Bob/entries", maxBody + 1, "413 too_large"},
		{"/add_entry", maxBody + 1, "413 too_large"},
		{"/login", maxOpenBody + 1, "413 too_large"},
		{"/v1/lists/Bob/import?format=csv", maxImport, "200"},
		{"/v1/lists/Bob/import", maxImport + 1, "413 too_large"},
		{"/v1/lists/Bob%2Fimport", maxBody + 1, "413 too_large"},
		{"/v1/lists/Bob/import/entries", maxBody + 1, "413 too_large"},
		{"/import", maxBody + 1, "413 too_large"},
		{"/v1/bulk", 3 * maxImport / 2, "200"},
		{"/v1/bulk/", maxBody + 1, "413 too_large"},
	} {
		timed(t, func(n *wire) {
			t := n.t
			for _, head := range []string{chunked, fmt.Sprintf(sized, c.n)} {
				conn := n.dial(here)
				go func() { // the server does not read it all
					_, _ = io.WriteString(conn, "POST "+c.path+head)
					for left := c.n; left > 0; left -= 1 << 20 {
						piece := min(left, 1<<20)
						text := strings.Repeat("x", piece)
						if head == chunked {
							text = chunk(piece)
						}
						if _, err := io.WriteString(conn, text); err != nil {
							return
						}
					}
					if head == chunked {
						_, _ = io.WriteString(conn, "0\r\n\r\n")
					}
				}()
				assert.Equal(t, c.want, conn.code(), "%s, %d bytes", c.path, c.n)
			}
		})
	}
}

// A client that sends a body bit by bit is cut off, whatever the way.
func TestSlowBody(t *testing.T) {
	for _, path := range []string{"/v1/lists/Bob/entries", "/v1/lists/Bob/import", "/add_entry", "/login"} {
		timed(t, func(n *wire) {
			t := n.t
			for _, head := range []string{chunked, fmt.Sprintf(sized, 1000)} {
				began := time.Now()
				c := n.dial(here)
				c.send("POST " + path + head)
				if head == chunked {
					c.trickle(chunk(1), time.Second)
				} else {
					c.trickle("x", time.Second)
				}
				assert.Equal(t, "408 too_slow", c.code(), path)
				assert.InDelta(t, bodyGrace+linger, c.closed(began), float64(time.Second), path)
			}
		})
	}
}

// Nor does it hold a connection whose request is refused unread.
func TestSlowBodyOfStrangers(t *testing.T) {
	g, token := withTokens(t)
	token("Bob", todo.Grant{})
	synctest.Test(t, func(t *testing.T) {
		n := serve(t, g)
		for _, request := range []string{
			"POST /v1/bulk" + chunked, "POST /v1/lists/Bob/import" + chunked, "GET /healthz" + chunked, "POST /logout" + chunked,
			"POST /v1/x HTTP/1.1\r\nHost: evil\r\nTransfer-Encoding: chunked\r\n\r\n",
		} {
			began := time.Now()
			c := n.dial(here)
			c.send(request)
			c.trickle(chunk(1), time.Second)
			assert.LessOrEqual(t, c.closed(began), bodyGrace+linger+time.Second, request)
		}
	})
}

func TestLongUploadsGoOn(t *testing.T) {
	timed(t, func(n *wire) {
		t := n.t
		upload := n.dial(here)
		upload.send("POST /v1/lists/Bob/import" + chunked)
		for range 600 {
			upload.send(chunk(bodyRate))
			<-time.After(time.Second)
		}
		upload.send("0\r\n\r\n")
		assert.Equal(t, "200", upload.code())

		bulk := n.dial(here)
		bulk.send("POST /v1/bulk" + chunked)
		for range 600 {
			bulk.send(chunk(1))
			<-time.After(bulkIdle - time.Second)
		}
		left := time.Now()
		assert.Equal(t, "408 too_slow", bulk.code())
		assert.Equal(t, time.Second+linger, bulk.closed(left))
	})
}

// The deadlines of one request mean nothing to what comes after it.
func TestDeadlinesEndWithTheirRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := testGuard(t, access.Open(access.Folder("")), true, nil)
		cancelled := make(chan error, 1)
		routes := newTable()
		routes.HandleFunc("/empty", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
		routes.HandleFunc("/late", func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			_, _ = r.Body.Read(make([]byte, 1)) // as decoders do
			select {
			case <-r.Context().Done():
			case <-time.After(time.Hour):
			}
			cancelled <- r.Context().Err()
		})
		n := serveHandler(t, routes.behind(g))
		c := n.dial(here)
		for range 3 {
			c.send("GET /empty HTTP/1.1\r\nHost: localhost:5454\r\n\r\n")
			assert.Equal(t, "204", c.code())
			<-time.After(idleTimeout - time.Second)
		}
		c.send("POST /late HTTP/1.1\r\nHost: localhost:5454\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n")
		assert.Equal(t, 100, c.status())
		_, err := c.r.ReadString('\n')
		require.NoError(t, err)
		c.send("x")
		assert.Equal(t, "200", c.code())
		require.NoError(t, <-cancelled, "whoever has sent all waits for as long as they like")
	})
}

func TestSlowReaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := testGuard(t, access.Open(access.Folder("")), true, nil)
		type end struct {
			err  error
			took time.Duration
		}
		ended := make(chan end)
		routes := newTable()
		routes.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
			began := time.Now()
			_, err := w.Write(make([]byte, 4<<20))
			if err == nil {
				err = http.NewResponseController(w).Flush()
			}
			ended <- end{err, time.Since(began)}
		})
		n := serveHandler(t, routes.behind(g))
		get := func() *client {
			c := n.dial(here)
			c.send("GET / HTTP/1.1\r\nHost: localhost:5454\r\n\r\n")
			return c
		}
		get() // and reads nothing
		cut := <-ended
		require.Error(t, cut.err)
		assert.Equal(t, writeTimeout, cut.took)

		slow := get()
		go func() { // 64 KiB each 20 seconds are enough
			for {
				if _, err := io.CopyN(io.Discard, slow.r, writePiece); err != nil {
					return
				}
				<-time.After(20 * time.Second)
			}
		}()
		done := <-ended
		require.NoError(t, done.err)
		assert.Greater(t, done.took, 20*time.Minute)
	})
}

func TestConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &wire{t: t, conns: make(chan net.Conn), ended: make(chan struct{})}
		l := limitConns(n, 10, 3)
		accepted := make(chan net.Conn, 100)
		var accepting sync.WaitGroup
		accepting.Go(func() {
			for {
				c, err := l.Accept()
				if err != nil {
					assert.ErrorIs(t, err, net.ErrClosed)
					return
				}
				accepted <- c
			}
		})
		dial := func(from string, want int) {
			t.Helper()
			before := len(accepted)
			for range 20 {
				n.dial(from)
			}
			synctest.Wait()
			assert.Equal(t, want, len(accepted)-before, from)
		}
		dial("192.0.2.1:1", 3)
		dial("[2001:db8::1]:1", 3)
		dial("[2001:db8::2]:1", 0)
		dial("127.0.0.1:1", 4)
		dial("192.0.2.2:1", 0)
		c := <-accepted // of 192.0.2.1
		require.NoError(t, c.Close())
		_ = c.Close() // gives back one place all the same
		dial("[2001:db8::3]:1", 0)
		dial("192.0.2.1:1", 1)
		require.NoError(t, l.Close())
		accepting.Wait()
		close(accepted)
		for c := range accepted {
			require.NoError(t, c.Close())
		}
		synctest.Wait() // its sweep ends with the last
	})
}

func TestStreams(t *testing.T) {
	g, token := withTokens(t)
	bob, alice := token("Bob", todo.Grant{}), token("Alice", todo.Grant{})
	synctest.Test(t, func(t *testing.T) {
		defer g.tokens.Close()
		g.streams = slots{most: 5, mostEach: 3}
		causes := make(chan error, 100)
		routes := newTable()
		routes.add("/v1/events", Rule{Stream: true}, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
			causes <- context.Cause(r.Context())
		})
		routes.add("/v1/bulk", Rule{Stream: true, MaxBody: Endless}, func(w http.ResponseWriter, r *http.Request) {
			_, err := io.Copy(io.Discard, r.Body)
			causes <- err
			problem.Write(w, err)
		})
		n := serveHandler(t, routes.behind(g))
		open := func(token string) (*client, int) {
			c := n.dial(here)
			c.send("GET /v1/events HTTP/1.1\r\nHost: localhost:5454\r\nAuthorization: Bearer " + token + "\r\n\r\n")
			return c, c.status()
		}
		status := func(token string) int {
			_, status := open(token)
			return status
		}
		first, _ := open(bob)
		assert.Equal(t, []int{200, 200, 429, 429}, []int{status(bob), status(bob), status(bob), status(bob)})
		assert.Equal(t, []int{200, 200, 429}, []int{status(alice), status(alice), status(alice)}, "5 in all")
		first.Close()
		require.ErrorIs(t, <-causes, context.Canceled)
		synctest.Wait()
		bulk := n.dial(here)
		bulk.send("POST /v1/bulk HTTP/1.1\r\nHost: localhost:5454\r\nAuthorization: Bearer " + bob +
			"\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(10))

		synctest.Wait()
		began := time.Now()
		require.NoError(t, g.tokens.Revoke("Bob"))
		for range 3 { // also the one that waits for its body
			require.ErrorIs(t, <-causes, access.ErrRevoked)
		}
		assert.LessOrEqual(t, time.Since(began), time.Second)
		assert.Equal(t, 401, status(bob))
		assert.Equal(t, 200, status(alice), "there is room again")
		assert.Empty(t, causes, "Alice's go on")
	})
}

// Other readers of a body look for a timeout.
func TestErrTooSlowIsATimeout(t *testing.T) {
	timeout, ok := errors.AsType[net.Error](errTooSlow)
	require.True(t, ok)
	assert.True(t, timeout.Timeout())
}
