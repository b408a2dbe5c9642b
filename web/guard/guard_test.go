package guard

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"todoshell/todo"
	"todoshell/web/webtest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/access"

	"todoshell/web/problem"
)

// echo answers with the length of the body and the sender's name.
func echo(w http.ResponseWriter, r *http.Request) {
	n, err := io.Copy(io.Discard, r.Body)
	if err != nil {
		problem.Write(w, err)
		return
	}
	name := "public"
	if h, ok := r.Context().Value(holderKey{}).(access.Holder); ok {
		name = h.Name
	}
	fmt.Fprintf(w, "%d %s", n, name)
}

// A table is routes that have rules.
type table struct {
	*http.ServeMux
	rules map[string]Rule
}

func newTable() *table { return &table{http.NewServeMux(), make(map[string]Rule)} }

func (t *table) add(pattern string, rule Rule, f http.HandlerFunc) {
	t.Handle(pattern, f)
	t.rules[pattern] = rule
}

// behind puts the guard before the routes.
func (t *table) behind(g *Guard) http.Handler {
	return g.Around(t, func(r *http.Request) Rule {
		_, pattern := t.Handler(r)
		return t.rules[pattern]
	})
}

// guarded returns what stands behind the guard in these tests.
func guarded(g *Guard) http.Handler {
	routes := newTable()
	routes.HandleFunc("/", echo)
	routes.add("GET /{$}", Rule{Open: true, Document: true}, echo)
	routes.add("GET /page/", Rule{Open: true, Document: true}, echo)
	routes.add("GET /healthz", Rule{Open: true}, echo)
	routes.add("POST /login", Rule{Open: true}, g.Login)
	routes.add("POST /logout", Rule{Open: true}, g.Logout)
	routes.add("/v1/bulk", Rule{Stream: true, MaxBody: Endless}, echo)
	routes.add("/v1/lists/{list}/import", Rule{MaxBody: maxImport}, echo)
	return routes.behind(g)
}

const maxImport = 16 << 20

func testGuard(t *testing.T, tokens *access.Tokens, local bool, names []string) *Guard {
	t.Helper()
	return New(context.WithoutCancel(t.Context()), tokens, local, names)
}

func withTokens(t *testing.T) (g *Guard, token func(name string, grant todo.Grant) string) {
	t.Helper()
	tokens := access.Open(access.Folder(t.TempDir()))
	t.Cleanup(tokens.Close)
	return testGuard(t, tokens, true, nil), func(name string, grant todo.Grant) string {
		token, err := tokens.Add(name, grant)
		require.NoError(t, err)
		return token
	}
}

func TestHost(t *testing.T) {
	for _, c := range []struct {
		listening string
		tls       bool
		names     []string
		known     []string
		unknown   []string
	}{
		{
			listening: "127.0.0.1:5454",
			known:     []string{"127.0.0.1:5454", "localhost:5454", "LocalHost:5454", "[::1]:5454"},
			unknown: []string{
				"", "evil.example", "evil.example:5454", "localhost", "127.0.0.1", "[::1]", "localhost:80", "localhost:5455",
				"localhost.:5454", "localhost:5454.", "localhost:05454", "localhost:5454 ", " localhost:5454", "localhost:5454:5454",
				"localhost.evil.example:5454", "evil.localhost:5454", "evil.example#localhost:5454", "localhost:5454@evil.example",
				"evil@localhost:5454", "localhost:5454,evil.example", "127.0.0.1.evil.example:5454", "127.0.0.2:5454", "127.1:5454",
				"2130706433:5454", "0x7f.0.0.1:5454", "0177.0.0.1:5454", "0.0.0.0:5454", "[::ffff:127.0.0.1]:5454",
				"[0:0:0:0:0:0:0:1]:5454", "::1:5454", "[::1%25lo]:5454", "[localhost]:5454", "localhost:", "loc\u0000alhost:5454",
			},
		},
		{listening: "[::1]:5454", known: []string{"[::1]:5454", "localhost:5454"}, unknown: []string{"[::]:5454", "[::2]:5454"}},
		{listening: "127.0.0.1:80", known: []string{"localhost", "localhost:80"}, unknown: []string{"localhost:443", "localhos", "localhostt"}},
		{
			listening: "192.0.2.7:443", tls: true, names: []string{"Todo.example", "proxy.example:8443"},
			known: []string{"192.0.2.7", "192.0.2.7:443", "todo.example", "todo.EXAMPLE:443", "proxy.example:8443"},
			unknown: []string{
				"localhost", "localhost:443", "127.0.0.1", "example", "xtodo.example", "todo.example.", "todo.example:80",
				"proxy.example", "proxy.example:443",
			},
		},
		{
			listening: "127.0.0.1:5454", names: []string{"todo.example:443", "[2001:db8::1]", "[2001:db8::2]:80"},
			known:   []string{"todo.example", "todo.example:443", "[2001:db8::1]:5454", "[2001:db8::2]"},
			unknown: []string{"todo.example:5454", "[2001:db8::1]", "[2001:db8::2]:5454"},
		},
		{listening: "[2001:db8::7]:5454", known: []string{"[2001:db8::7]:5454", "[2001:DB8::7]:5454"}, unknown: []string{"localhost:5454"}},
	} {
		h := guarded(testGuard(t, access.Open(access.Folder("")), true, c.names))
		ask := func(host string) *httptest.ResponseRecorder {
			r := webtest.At(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/lists", nil), c.listening)
			r.Host = host
			if c.tls {
				r.TLS = &tls.ConnectionState{}
			}
			return webtest.Answer(h, r)
		}
		for _, host := range c.known {
			assert.Equal(t, 200, ask(host).Code, "%s as %q", c.listening, host)
		}
		for _, host := range c.unknown {
			assert.Equal(t, 421, ask(host).Code, "%s as %q", c.listening, host)
		}
	}
}

// What a client can write on the wire besides a Host header.
func TestHostOnTheWire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := serve(t, testGuard(t, access.Open(access.Folder("")), true, nil))
		for request, status := range map[string]int{
			"GET / HTTP/1.1\r\nHost: localhost:5454\r\n\r\n":                                         200,
			"GET http://evil.example/ HTTP/1.1\r\nHost: localhost:5454\r\n\r\n":                      421,
			"GET http://localhost:5454/ HTTP/1.1\r\nHost: evil.example\r\n\r\n":                      200, // RFC 9112, 3.2.2
			"GET / HTTP/1.0\r\n\r\n":                                                                 421,
			"GET / HTTP/1.1\r\n\r\n":                                                                 400,
			"GET / HTTP/1.1\r\nHost: localhost:5454\r\nHost: evil.example\r\n\r\n":                   400,
			"GET / HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: localhost:5454\r\n\r\n":       421,
			"CONNECT evil.example:5454 HTTP/1.1\r\nHost: localhost:5454\r\n\r\n":                     421,
			"GET / HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://localhost:5454\r\n\r\n":          421,
			"POST /v1/x HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\n\r\n":       421,
			"GET /v1/x HTTP/1.1\r\nHost: evil.example\r\nForwarded: host=\"localhost:5454\"\r\n\r\n": 421,
		} {
			c := n.dial("127.0.0.1:40000")
			c.send(request)
			assert.Equal(t, status, c.status(), "%q", request)
			c.Close()
		}
	})
}

func TestTokens(t *testing.T) {
	g, token := withTokens(t)
	h := guarded(g)
	assert.Equal(t, "0 ", webtest.Answer(h, webtest.Request("GET", "/v1/lists")).Body.String(), "there are no tokens yet")
	bob, alice := token("Bob", todo.Grant{}), token("Alice", todo.Grant{Prefix: "Alice"})

	for name, header := range map[string]string{
		"Bob": "Bearer " + bob, "Alice": "bearer  " + alice, "": "Bearer", " ": "Bearer x", "  ": "Basic " + bob, "   ": bob,
		"    ": "Bearer " + bob + "," + alice, "     ": "Bearer " + strings.ToUpper(bob), "      ": "Bearer %" + bob,
	} {
		w := webtest.Answer(h, webtest.Request("GET", "/v1/lists", "Authorization", header))
		if strings.TrimSpace(name) != "" {
			assert.Equal(t, "0 "+name, w.Body.String())
			continue
		}
		webtest.AssertProblem(t, w, 401, "unauthorized")
		assert.Equal(t, "Bearer", w.Header().Get("WWW-Authenticate"))
	}
	session, err := g.tokens.Login(bob)
	require.NoError(t, err)
	cookie := "todoshell-session-5454=" + session
	assert.Equal(t, "0 Bob", webtest.Answer(h, webtest.Request("GET", "/v1/lists", "Cookie", cookie)).Body.String())
	assert.Equal(t, 401, webtest.Answer(h, webtest.Request("GET", "/v1/lists", "Cookie", strings.ToUpper(cookie))).Code)
	assert.Equal(t, 401, webtest.Answer(h, webtest.Request("GET", "/v1/lists", "Cookie", cookie, "Authorization", "Bearer x")).Code)
	assert.Equal(t, 401, webtest.Answer(h, webtest.Request("GET", "/v1/lists?token="+bob+"&access_token="+bob)).Code, "it would be in logs")

	require.NoError(t, g.tokens.Revoke("Bob"))
	assert.Equal(t, 401, webtest.Answer(h, webtest.Request("GET", "/v1/lists", "Authorization", "Bearer "+bob)).Code, "at once")
	assert.Equal(t, 401, webtest.Answer(h, webtest.Request("GET", "/v1/lists", "Cookie", cookie)).Code)
	require.NoError(t, g.tokens.Revoke("Alice"))
	assert.Equal(t, 401, webtest.Answer(h, webtest.Request("GET", "/v1/lists", "Authorization", "Bearer "+alice)).Code)
	assert.Equal(t, 401, webtest.Answer(h, webtest.Request("GET", "/v1/lists")).Code, "the last one's end opens nothing")

	elsewhere := guarded(testGuard(t, access.Open(access.Folder(t.TempDir())), false, nil))
	webtest.AssertProblem(t, webtest.Answer(elsewhere, webtest.Request("GET", "/v1/lists")), 401, "unauthorized")
}

func TestNoHolder(t *testing.T) {
	assert.Panics(t, func() { GrantOf(t.Context()) }, "a route that is not behind the guard")
}

func TestCrossOrigin(t *testing.T) {
	h := guarded(testGuard(t, access.Open(access.Folder("")), true, nil))
	const (
		own  = "http://localhost:5454"
		evil = "http://evil.example"
		form = "application/x-www-form-urlencoded"
	)
	for _, refused := range [][]string{
		{"POST", "/add_entry?list=bob&title=x", "Sec-Fetch-Site", "cross-site", "Content-Type", form},
		{"POST", "/add_entry?list=bob&title=x", "Origin", evil, "Content-Type", form},
		{"POST", "/v1/lists/bob/entries", "Origin", evil, "Content-Type", "text/plain"},
		{"POST", "/v1/lists/bob/entries", "Origin", "null", "Content-Type", "text/plain"},
		{"POST", "/v1/lists/bob/entries", "Origin", "http://localhost:8000"},
		{"POST", "/v1/lists/bob/entries", "Origin", evil, "Referer", own + "/"},
		{"POST", "/v1/lists/bob/entries", "Sec-Fetch-Site", "same-site"},
		{"POST", "/v1/lists/bob/entries", "Sec-Fetch-Site", "Same-Origin"},
		{"POST", "/v1/bulk", "Origin", "http://localhost"},
		{"POST", "/login", "Sec-Fetch-Site", "cross-site", "Content-Type", form},
		{"POST", "/logout", "Origin", evil},
		{"PATCH", "/v1/lists/bob/entries/1", "Origin", evil},
		{"DELETE", "/v1/lists/bob", "Origin", evil},
		{"CONNECT", "/v1/shell", "Origin", evil},
		{"GET", "/v1/events", "Origin", evil, "Accept", "text/event-stream"},
		{"GET", "/v1/lists", "Sec-Fetch-Site", "cross-site"},
		{"GET", "/v1/find?text=x", "Sec-Fetch-Site", "same-site"},
		{"GET", "/v1/lists/bob/export", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"},
		{"HEAD", "/v1/lists/bob/entries", "Sec-Fetch-Site", "cross-site"},
		{"OPTIONS", "/v1/lists", "Origin", evil},
		{"GET", "/entries?list=bob", "Origin", "null"},
		{"GET", "/metrics", "Origin", "http://localhost:5455"},
		{"GET", "/v1/shell", "Origin", evil, "Upgrade", "websocket", "Connection", "Upgrade"},
		{"GET", "/v1/shell", "Origin", "null", "Upgrade", "WebSocket"},
		{"GET", "/v1/shell", "Origin", "http://localhost.evil.example:5454", "Upgrade", "websocket"},
		{"GET", "/v1/shell", "Origin", "http://localhost:5455", "Upgrade", "websocket"},
		{"GET", "/v1/shell", "Sec-Fetch-Site", "cross-site", "Upgrade", "websocket"},
	} {
		webtest.AssertProblem(t, webtest.Answer(h, webtest.Request(refused[0], refused[1], refused[2:]...)), 403, "cross_origin")
	}
	for _, allowed := range [][]string{
		{"POST", "/v1/lists/bob/entries"}, // curl
		{"POST", "/v1/lists/bob/entries", "Origin", own},
		{"POST", "/v1/lists/bob/entries", "Origin", evil, "Sec-Fetch-Site", "same-origin"}, // the browser knows better
		{"GET", "/v1/shell", "Upgrade", "websocket"},
		{"GET", "/v1/shell", "Origin", own, "Upgrade", "websocket"},
		{"GET", "/v1/lists", "Sec-Fetch-Site", "none"}, // typed
		{"GET", "/v1/lists", "Sec-Fetch-Site", "same-origin"},
		{"GET", "/v1/events", "Origin", own, "Accept", "text/event-stream"},
		{"GET", "/", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, // a link to the page
		{"GET", "/page/app.js", "Sec-Fetch-Site", "cross-site"},                    // which shows nothing of any list, and that page can't read it:
		{"GET", "/healthz", "Origin", evil},
	} {
		w := webtest.Answer(h, webtest.Request(allowed[0], allowed[1], allowed[2:]...))
		assert.Equal(t, 200, w.Code, "%v", allowed)
		for name := range w.Header() {
			assert.False(t, strings.HasPrefix(name, "Access-Control-"), name)
		}
		assert.Equal(t, "same-origin", w.Header().Get("Cross-Origin-Resource-Policy"))
	}
}

func TestSecurityHeaders(t *testing.T) {
	g, token := withTokens(t)
	token("Bob", todo.Grant{})
	h := guarded(g)
	evil := webtest.Request("GET", "/v1/x")
	evil.Host = "evil.example"
	for _, r := range []*http.Request{webtest.Request("GET", "/"), webtest.Request("GET", "/v1/x"), webtest.Request("GET", "/healthz"), webtest.Request("POST", "/logout"), evil} {
		w := webtest.Answer(h, r)
		assert.Equal(t, contentPolicy, w.Header().Get("Content-Security-Policy"))
		assert.NotContains(t, contentPolicy, "unsafe")
		assert.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
		assert.Equal(t, "same-origin", w.Header().Get("Cross-Origin-Resource-Policy"))
		assert.Empty(t, w.Header().Get("Strict-Transport-Security"))
		if r.URL.Path == "/" {
			assert.Equal(t, "no-referrer", w.Header().Get("Referrer-Policy"))
			assert.Equal(t, "same-origin", w.Header().Get("Cross-Origin-Opener-Policy"))
			assert.Equal(t, "no-cache", w.Header().Get("Cache-Control"))
		} else {
			assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
		}
	}
	for host, want := range map[string]string{"todo.example": "max-age=31536000", "localhost:5454": ""} {
		r := webtest.Request("GET", "/")
		r.Host, r.TLS = host, &tls.ConnectionState{}
		assert.Equal(t, want, webtest.Answer(h, r).Header().Get("Strict-Transport-Security"), host)
	}
}

// What asks for no token is served under known names alone, too.
func TestNamed(t *testing.T) {
	h := Named(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), []string{"profiles.example"})
	for host, want := range map[string]int{"localhost:5454": 200, "profiles.example:5454": 200, "evil.example:5454": 421} {
		r := webtest.Request("GET", "/debug/pprof/")
		r.Host = host
		assert.Equal(t, want, webtest.Answer(h, r).Code, host)
	}
	webtest.AssertProblem(t, webtest.Answer(h, webtest.Request("POST", "/debug/pprof/symbol", "Origin", "http://evil.example")), 403, "cross_origin")
}
