package web

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/cache"
)

func loginWith(token, from string) *http.Request {
	r := call("POST", "/login", "Content-Type", "application/x-www-form-urlencoded")
	r.Body = io.NopCloser(strings.NewReader(url.Values{"token": {token}}.Encode()))
	r.RemoteAddr = from
	return r
}

func TestLogin(t *testing.T) {
	g, token := withTokens(t)
	bob := token("Bob", cache.Grant{})
	h := guarded(g)
	cookie := func(w *httptest.ResponseRecorder) *http.Cookie {
		require.Equal(t, 303, w.Code)
		assert.Equal(t, "/", w.Header().Get("Location"))
		cookies := w.Result().Cookies()
		require.Len(t, cookies, 1)
		return cookies[0]
	}
	c := cookie(handled(h, loginWith(bob, "192.0.2.1:1")))
	assert.Equal(t, "todoshell", c.Name)
	assert.True(t, c.HttpOnly)
	assert.False(t, c.Secure)
	assert.Equal(t, http.SameSiteStrictMode, c.SameSite)
	assert.Equal(t, "/", c.Path)
	assert.Empty(t, c.Domain)
	assert.Equal(t, 30*24*3600, c.MaxAge)
	assert.Equal(t, "0 Bob", handled(h, call("GET", "/v1/lists", "Cookie", c.Name+"="+c.Value)).Body.String())

	r := loginWith(bob, "192.0.2.1:1")
	r.TLS = &tls.ConnectionState{}
	assert.True(t, cookie(handled(h, r)).Secure)
	c = cookie(handled(h, call("POST", "/logout")))
	assert.Empty(t, c.Value)
	assert.Negative(t, c.MaxAge)

	w := handled(h, loginWith("todo_wrong", "192.0.2.1:1"))
	assertProblem(t, w, 401, "unauthorized")
	assert.Empty(t, w.Header().Get("Set-Cookie"))
	inURL := call("POST", "/login?token="+bob)
	assert.Equal(t, 401, handled(h, inURL).Code, "it would be in logs")
	bad := loginWith("", "192.0.2.1:1")
	bad.Body = io.NopCloser(strings.NewReader("token=%zz"))
	assertProblem(t, handled(h, bad), 400, "bad_request")
}

func TestGuessing(t *testing.T) {
	g, token := withTokens(t)
	bob := token("Bob", cache.Grant{})
	synctest.Test(t, func(t *testing.T) {
		h := guarded(g)
		tries := func(token, from string, n int) (let int) {
			for i := range n {
				if w := handled(h, loginWith(token, fmt.Sprintf(from, i))); w.Code != 429 {
					let++
				} else {
					assertProblem(t, w, 429, "too_many")
					assert.Equal(t, "5", w.Header().Get("Retry-After"))
				}
			}
			return let
		}
		assert.Equal(t, 100, tries(bob, "192.0.2.1:%d", 100), "who knows the token is not slowed down")
		assert.Equal(t, loginBurst, tries("x", "192.0.2.1:%d", 100))
		assert.Zero(t, tries(bob, "192.0.2.1:%d", 1), "a guess that is right tells nothing either")
		assert.Equal(t, 1, tries(bob, "192.0.2.2:%d", 1), "others are not slowed down")
		<-time.After(loginEvery)
		assert.Equal(t, 1, tries("x", "192.0.2.1:%d", 100))
		assert.Equal(t, loginBurst, tries("x", "[2001:db8::%x]:1", 100), "an IPv6 network counts as one")
		assert.Equal(t, loginBurst, tries("x", "[::ffff:192.0.2.9]:%d", 50)+tries("x", "192.0.2.9:%d", 50))
	})
	// Guessing from everywhere takes no more memory than there is.
	assert.Len(t, g.logins.buckets, loginBuckets)
}
