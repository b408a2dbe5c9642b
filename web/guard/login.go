package guard

import (
	"errors"
	"fmt"
	"hash/maphash"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"todoshell/access"
	"todoshell/todo"

	"todoshell/web/problem"
)

const (
	sessionName = "todoshell-session"
	tokenName   = "todoshell" // of a cookie that once held the token itself

	loginEvery   = 5 * time.Second // after the first few failures
	loginBurst   = 5
	loginBuckets = 1024
)

// Login answers POST /login: for the token of a form it makes a session, whose secret
// is in a cookie that no script can read. Only wrong tokens are counted: many people
// may come from one address, as all do behind a proxy, and a token can't be guessed.
func (g *Guard) Login(w http.ResponseWriter, r *http.Request) {
	if _, err := Form(r, "token"); err != nil {
		problem.Write(w, err)
		return
	}
	secret, err := g.tokens.Login(r.PostForm.Get("token"))
	switch {
	case errors.Is(err, &todo.Error{Code: access.Unauthorized}):
		if wait := g.logins.failed(r); wait > 0 {
			w.Header().Set("Retry-After", fmt.Sprint(wait))
			err = &todo.Error{Code: problem.TooMany, Message: "too many logins have failed", Hint: fmt.Sprintf("wait %d seconds", wait)}
		}
		refuse(w, err)
		return
	case err == nil: // the one before would be left over
		err = g.tokens.Logout(sessionOf(r))
	}
	if err != nil {
		problem.Write(w, err)
		return
	}
	setSession(w, r, secret, int(access.SessionAge.Seconds()))
}

// Logout answers POST /logout: the session ends, its streams in other windows
// included.
func (g *Guard) Logout(w http.ResponseWriter, r *http.Request) {
	_, err := Form(r)
	if err == nil {
		err = g.tokens.Logout(sessionOf(r))
	}
	if err != nil {
		problem.Write(w, err)
		return
	}
	setSession(w, r, "", -1)
}

// sessionOf returns the secret of a request's session, or "". Which of the names it
// has does not show in all requests; over TLS it has the one that no one else can set.
func sessionOf(r *http.Request) string {
	c, err := r.Cookie(cookieName(r, true))
	if err != nil && r.TLS == nil {
		c, err = r.Cookie(cookieName(r, false))
	}
	if err != nil {
		return ""
	}
	return c.Value
}

// cookieName names the port: browsers keep one jar for all the ports of a machine.
func cookieName(r *http.Request, secure bool) string {
	name := sessionName
	if port := (&url.URL{Host: r.Host}).Port(); port != "" {
		name += "-" + port
	}
	if secure {
		name = "__Host-" + name
	}
	return name
}

func setSession(w http.ResponseWriter, r *http.Request, secret string, maxAge int) {
	// Behind a proxy that speaks TLS, it is the browser who says so.
	secure := r.TLS != nil || strings.HasPrefix(r.Header.Get("Origin"), "https://")
	c := http.Cookie{Name: cookieName(r, secure), Value: secret, Path: "/", MaxAge: maxAge,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: secure}
	http.SetCookie(w, &c)
	if _, err := r.Cookie(tokenName); err == nil {
		c.Name, c.Value, c.MaxAge = tokenName, "", -1
		http.SetCookie(w, &c)
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// logins slow down the guessing of tokens, for each network that guesses. There
// is a fixed number of buckets, however many networks there are.
type logins struct {
	seed    maphash.Seed
	buckets [loginBuckets]*rate.Limiter
}

func newLogins() (l logins) {
	l.seed = maphash.MakeSeed()
	for i := range l.buckets {
		l.buckets[i] = rate.NewLimiter(rate.Every(loginEvery), loginBurst)
	}
	return l
}

// failed counts a failure, and returns how many seconds to wait after too many.
func (l *logins) failed(r *http.Request) int {
	now := time.Now()
	attempt := l.of(r).ReserveN(now, 1)
	wait := attempt.DelayFrom(now)
	if wait > 0 {
		attempt.CancelAt(now)
	}
	return int((wait + time.Second - 1) / time.Second)
}

func (l *logins) of(r *http.Request) *rate.Limiter {
	at, _ := netip.ParseAddrPort(r.RemoteAddr)
	return l.buckets[maphash.Comparable(l.seed, network(at.Addr()))%loginBuckets]
}

// network returns what one person has: an IPv4 address, or what a provider gives
// out of IPv6.
func network(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap()
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	p, _ := addr.Prefix(bits)
	return p
}
