package guard

import (
	"crypto/tls"
	"fmt"
	"hash/maphash"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"todoshell/todo"
	"todoshell/web/webtest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"

	"todoshell/access"
)

func loginWith(token, from string) *http.Request {
	r := webtest.Request("POST", "/login", "Content-Type", "application/x-www-form-urlencoded")
	r.Body = io.NopCloser(strings.NewReader(url.Values{"token": {token}}.Encode()))
	r.RemoteAddr = from
	return r
}

// cookies returns those that an answer sets, by their names.
func cookies(w *httptest.ResponseRecorder) map[string]*http.Cookie {
	all := make(map[string]*http.Cookie)
	for _, c := range w.Result().Cookies() {
		all[c.Name] = c
	}
	return all
}

func TestLogin(t *testing.T) {
	g, token := withTokens(t)
	bob := token("Bob", todo.Grant{})
	h := guarded(g)
	proxied := []string{"Origin", "https://localhost:5454"}
	for _, where := range []struct {
		name   string
		tls    bool
		header []string
	}{
		{name: "todoshell-session-5454"},
		{name: "__Host-todoshell-session-5454", tls: true},
		{name: "__Host-todoshell-session-5454", header: proxied},
	} {
		r := loginWith(bob, "192.0.2.1:1")
		ask := func(r *http.Request, header ...string) *httptest.ResponseRecorder {
			for i := 0; i < len(header); i += 2 {
				r.Header.Set(header[i], header[i+1])
			}
			if where.tls {
				r.TLS = &tls.ConnectionState{}
			}
			return webtest.Answer(h, r)
		}
		w := ask(r, where.header...)
		require.Equal(t, 303, w.Code)
		assert.Equal(t, "/", w.Header().Get("Location"))
		require.Len(t, cookies(w), 1)
		c := cookies(w)[where.name]
		require.NotNil(t, c, "%v", cookies(w))
		assert.True(t, c.HttpOnly)
		assert.Equal(t, strings.HasPrefix(where.name, "__Host-"), c.Secure)
		assert.Equal(t, http.SameSiteStrictMode, c.SameSite)
		assert.Equal(t, "/", c.Path)
		assert.Empty(t, c.Domain)
		assert.Equal(t, 30*24*3600, c.MaxAge)
		assert.NotContains(t, c.Value, bob[len("todo_"):])
		cookie := c.Name + "=" + c.Value
		assert.Equal(t, "0 Bob", ask(webtest.Request("GET", "/v1/lists", "Cookie", cookie)).Body.String())
		assert.Equal(t, 401, ask(webtest.Request("GET", "/v1/lists", "Authorization", "Bearer "+c.Value)).Code, "a session is no token")
		assert.Equal(t, 401, ask(webtest.Request("GET", "/v1/lists", "Cookie", c.Name+"="+bob)).Code, "nor is a token a session")

		w = ask(loginWith(bob, "192.0.2.1:1"), append(where.header, "Cookie", cookie)...)
		again := cookies(w)[where.name]
		assert.NotEqual(t, c.Value, again.Value)
		assert.Equal(t, 401, ask(webtest.Request("GET", "/v1/lists", "Cookie", cookie)).Code, "the new one is in its place")
		cookie = c.Name + "=" + again.Value
		w = ask(webtest.Request("POST", "/logout", "Cookie", cookie), where.header...)
		assert.Negative(t, cookies(w)[where.name].MaxAge)
		assert.Equal(t, c.Secure, cookies(w)[where.name].Secure)
		assert.Equal(t, 401, ask(webtest.Request("GET", "/v1/lists", "Cookie", cookie)).Code, "whoever has kept it is out")
		assert.Equal(t, 303, ask(webtest.Request("POST", "/logout", "Cookie", cookie)).Code)
	}

	w := webtest.Answer(h, loginWith("todo_wrong", "192.0.2.1:1"))
	webtest.AssertProblem(t, w, 401, "unauthorized")
	assert.Empty(t, w.Header().Get("Set-Cookie"))
	inURL := webtest.Request("POST", "/login?token="+bob)
	assert.Equal(t, 401, webtest.Answer(h, inURL).Code, "it would be in logs")
	bad := loginWith("", "192.0.2.1:1")
	bad.Body = io.NopCloser(strings.NewReader("token=%zz"))
	webtest.AssertProblem(t, webtest.Answer(h, bad), 400, "bad_request")
}

// What could set or send cookies of this name is not let in for it.
func TestForeignCookies(t *testing.T) {
	g, token := withTokens(t)
	bob := token("Bob", todo.Grant{})
	h := guarded(g)
	c := webtest.Answer(h, loginWith(bob, "192.0.2.1:1")).Result().Cookies()[0]
	assert.Equal(t, 401, webtest.Answer(h, webtest.Request("GET", "/v1/lists", "Cookie", "todoshell="+bob)).Code, "which once held the token")
	w := webtest.Answer(h, webtest.Request("POST", "/logout", "Cookie", "todoshell="+bob))
	assert.Negative(t, cookies(w)["todoshell"].MaxAge, "and is not left with the browser")

	other := webtest.Request("GET", "/v1/lists", "Cookie", c.Name+"="+c.Value)
	other.Host = "localhost:5455"
	assert.Equal(t, 401, webtest.Answer(h, webtest.At(other, "127.0.0.1:5455")).Code, "a server at another port has a cookie of its own")
	plain := webtest.Request("GET", "/v1/lists", "Cookie", c.Name+"="+c.Value)
	plain.TLS = &tls.ConnectionState{}
	assert.Equal(t, 401, webtest.Answer(h, plain).Code, "anyone on the way could have set it")

	planted := loginWith(bob, "192.0.2.1:1")
	planted.Header.Set("Cookie", c.Name+"=planted")
	assert.NotEqual(t, "planted", cookies(webtest.Answer(h, planted))[c.Name].Value)
	assert.Equal(t, 401, webtest.Answer(h, webtest.Request("GET", "/v1/lists", "Cookie", c.Name+"=planted")).Code)
}

// shared tells whether two of the addresses have the same bucket.
func (l *logins) shared(t *testing.T, addresses ...string) bool {
	t.Helper()
	taken := map[*rate.Limiter]bool{}
	for _, a := range addresses {
		taken[l.of(loginWith("", a))] = true
	}
	return len(taken) < len(addresses)
}

// Guesses are slowed down, and never whoever knows a token: all may come from one
// address, as they do behind a proxy.
func TestGuessing(t *testing.T) {
	g, token := withTokens(t)
	bob := token("Bob", todo.Grant{})
	synctest.Test(t, func(t *testing.T) {
		h := guarded(g)
		for g.logins.shared(t, "192.0.2.1:1", "192.0.2.2:1", "[2001:db8::]:1", "192.0.2.9:1") {
			g.logins.seed = maphash.MakeSeed() // there are so few buckets that two may have the same
		}
		tries := func(token, from string, n int) (let int) {
			for i := range n {
				r := loginWith(token, fmt.Sprintf(from, i))
				r.Header.Set("X-Forwarded-For", fmt.Sprintf("198.51.100.%d", i))
				if w := webtest.Answer(h, r); w.Code != 429 {
					let++
				} else {
					webtest.AssertProblem(t, w, 429, "too_many")
					assert.Equal(t, "5", w.Header().Get("Retry-After"))
				}
			}
			return let
		}
		assert.Equal(t, 50, tries(bob, "192.0.2.1:%d", 50), "who knows the token is not slowed down")
		assert.Equal(t, loginBurst, tries("x", "192.0.2.1:%d", 100))
		assert.Equal(t, 5, tries(bob, "192.0.2.1:%d", 5), "nor by the failures of others")
		assert.Zero(t, tries("x", "192.0.2.1:%d", 100), "for whom that changes nothing")
		assert.Equal(t, loginBurst, tries("x", "192.0.2.2:%d", 100), "others are not slowed down")
		<-time.After(loginEvery)
		assert.Equal(t, 1, tries("x", "192.0.2.1:%d", 100))
		assert.Equal(t, loginBurst, tries("x", "[2001:db8::%x]:1", 100), "an IPv6 network counts as one")
		assert.Equal(t, loginBurst, tries("x", "[::ffff:192.0.2.9]:%d", 50)+tries("x", "192.0.2.9:%d", 50))
	})
	// Guessing from everywhere takes no more memory than there is.
	assert.Len(t, g.logins.buckets, loginBuckets)
}

// A login that can't be kept is no login.
func TestLoginOnAFullDisk(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("its folders are not files")
	}
	dir := t.TempDir()
	tokens := access.Open(access.Folder(dir))
	t.Cleanup(tokens.Close)
	bob, err := tokens.Add("Bob", todo.Grant{})
	require.NoError(t, err)
	h := guarded(testGuard(t, tokens, true, nil))
	c := webtest.Answer(h, loginWith(bob, "192.0.2.1:1")).Result().Cookies()[0]
	require.NoError(t, os.Remove(filepath.Join(dir, "tokens.lock")))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "tokens.lock"), 0o700)) // where the file should be that is locked for each change
	for _, r := range []*http.Request{loginWith(bob, "192.0.2.1:1"), webtest.Request("POST", "/logout", "Cookie", c.Name+"="+c.Value)} {
		w := webtest.Answer(h, r)
		webtest.AssertProblem(t, w, 500, "cannot_save")
		assert.Empty(t, w.Header().Get("Set-Cookie"), "nor is a logout that can't")
		assert.NotContains(t, w.Body.String(), dir)
	}
}

// A logout is one for all windows of the browser, and for no one else.
func TestLogoutEndsStreams(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		tokens := access.Open(access.Folder(dir))
		defer tokens.Close()
		bob, err := tokens.Add("Bob", todo.Grant{})
		require.NoError(t, err)
		g := testGuard(t, tokens, true, nil)
		n := serveHandler(t, streams(g))
		open := func(header string) (ended chan struct{}) {
			c := n.dial(here)
			c.send("GET /v1/events HTTP/1.1\r\nHost: localhost:5454\r\n" + header + "\r\n\r\n")
			answer, err := http.ReadResponse(c.r, nil) //nolint:bodyclose // who reads it does
			require.NoError(t, err)
			require.Equal(t, 200, answer.StatusCode)
			ended = make(chan struct{})
			go func() {
				_, _ = io.Copy(io.Discard, answer.Body)
				_ = answer.Body.Close()
				close(ended)
			}()
			return ended
		}
		browser := func() string {
			secret, err := tokens.Login(bob)
			require.NoError(t, err)
			return "Cookie: todoshell-session-5454=" + secret
		}
		one, two := browser(), browser()
		ofOne := []chan struct{}{open(one), open(one)}
		others := []chan struct{}{open(two), open("Authorization: Bearer " + bob)}
		_, cookie, _ := strings.Cut(one, ": ")
		require.Equal(t, 303, webtest.Answer(guarded(g), webtest.Request("POST", "/logout", "Cookie", cookie)).Code)
		for _, ended := range ofOne {
			<-ended
		}
		synctest.Wait()
		for _, ended := range others {
			select {
			case <-ended:
				assert.Fail(t, "another one's stream has ended")
			default:
			}
		}
		require.NoError(t, access.Open(access.Folder(dir)).Revoke("Bob")) // in another process
		for _, ended := range others {
			<-ended
		}
	})
}
