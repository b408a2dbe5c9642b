package guard

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/access"
	"todoshell/todo"

	"todoshell/web/problem"
)

// streams are handlers that end as the streams of the API do.
func streams(g *Guard) http.Handler {
	routes := newTable()
	begin := func(w http.ResponseWriter) {
		_ = http.NewResponseController(w).EnableFullDuplex()
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
	}
	routes.add("GET /v1/events", Rule{Stream: true}, func(w http.ResponseWriter, r *http.Request) {
		begin(w)
		<-r.Context().Done()
	})
	routes.add("POST /v1/bulk", Rule{Stream: true, MaxBody: Endless}, func(w http.ResponseWriter, r *http.Request) {
		begin(w)
		_, err := io.Copy(w, r.Body)
		fmt.Fprint(w, problem.Of(err).Code)
	})
	routes.add("POST /v1/bulk/late", Rule{Stream: true}, func(w http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		begin(w)
		<-r.Context().Done()
		fmt.Fprint(w, err, context.Cause(r.Context()))
	})
	routes.add("/login", Rule{Open: true}, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "logged in ", r.Context().Err()) })
	return routes.behind(g)
}

// next returns the body of the next answer.
func (c *client) next() string {
	c.t.Helper()
	r, err := http.ReadResponse(c.r, nil)
	require.NoError(c.t, err)
	text, err := io.ReadAll(r.Body)
	require.NoError(c.t, err)
	require.NoError(c.t, r.Body.Close())
	return string(text)
}

const loggingIn = "POST /login HTTP/1.1\r\nHost: localhost:5454\r\nContent-Length: 0\r\n\r\n"

// A connection outlives the stream that it had: nothing that ended the stream meets
// the requests after it.
func TestConnectionAfterAStream(t *testing.T) {
	for request, reused := range map[string]bool{
		"GET /v1/events HTTP/1.1\r\nHost: localhost:5454\r\n\r\n":                       true,
		"GET /v1/events HTTP/1.1\r\nHost: localhost:5454\r\nContent-Length: 1\r\n\r\nx": false, // nobody reads that
		"POST /v1/bulk/late" + chunked + chunk(1) + "0\r\n\r\n":                         true,
		"POST /v1/bulk/late" + fmt.Sprintf(sized, 1) + "x":                              true,
	} {
		synctest.Test(t, func(t *testing.T) {
			tokens := access.Open(access.Folder(t.TempDir()))
			defer tokens.Close()
			c := serveHandler(t, streams(testGuard(t, tokens, true, nil))).dial(here)
			c.send(request)
			answer, err := http.ReadResponse(c.r, nil)
			require.NoError(t, err)
			<-time.After(time.Hour) // as long as it likes
			_, err = tokens.Add("first", todo.Grant{})
			require.NoError(t, err)
			_, err = io.Copy(io.Discard, answer.Body) // it ends
			require.NoError(t, err)
			require.NoError(t, answer.Body.Close())
			if !reused {
				assert.Equal(t, linger, c.closed(time.Now()), request)
				return
			}
			for range 2 {
				c.send(loggingIn)
				assert.Equal(t, "logged in <nil>", c.next(), request)
			}
		})
	}
}

// Where something of a body was never read, the answer is complete, and the connection
// ends: the rest of the body must not be taken for a request.
func TestConnectionAfterHalfABody(t *testing.T) {
	for _, cut := range []struct {
		code string
		by   func(*access.Tokens)
	}{
		{"unauthorized", func(tokens *access.Tokens) { _, _ = tokens.Add("first", todo.Grant{}) }},
		{"too_slow", func(*access.Tokens) {}},
	} {
		synctest.Test(t, func(t *testing.T) {
			tokens := access.Open(access.Folder(t.TempDir()))
			defer tokens.Close()
			c := serveHandler(t, streams(testGuard(t, tokens, true, nil))).dial(here)
			c.send("POST /v1/bulk" + chunked + chunk(1))
			go cut.by(tokens)
			answer, err := http.ReadResponse(c.r, nil)
			require.NoError(t, err)
			text, err := io.ReadAll(answer.Body)
			require.NoError(t, err)
			require.NoError(t, answer.Body.Close())
			assert.Equal(t, "x"+cut.code, string(text))
			go func() { _, _ = io.WriteString(c, loggingIn) }() // what could be a part of the body
			rest, err := io.ReadAll(c.r)
			require.NoError(t, err)
			assert.Empty(t, string(rest))
		})
	}
}

// In HTTP/2, streams share a connection all the time.
func TestConnectionOfManyStreams(t *testing.T) {
	tokens := access.Open(access.Folder(t.TempDir()))
	defer tokens.Close()
	s := httptest.NewUnstartedServer(streams(testGuard(t, tokens, true, nil)))
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	ask := func(method, path string, body io.Reader) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, body)
		require.NoError(t, err)
		answer, err := s.Client().Do(r)
		require.NoError(t, err)
		require.Equal(t, 2, answer.ProtoMajor)
		return answer
	}
	read := func(answer *http.Response) string {
		text, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		return string(text)
	}
	in, out := io.Pipe()
	defer out.Close()
	events, bulk := ask("GET", "/v1/events", nil), ask("POST", "/v1/bulk", in) //nolint:bodyclose // read does
	_, err := tokens.Add("first", todo.Grant{})
	require.NoError(t, err)
	assert.Empty(t, read(events))
	assert.Equal(t, "unauthorized", read(bulk))
	assert.Equal(t, "logged in <nil>", read(ask("POST", "/login", nil))) //nolint:bodyclose // as above
}
