package web

import (
	"errors"
	"fmt"
	"hash/maphash"
	"net/http"
	"net/netip"
	"time"

	"golang.org/x/time/rate"

	"todoshell/todo"
)

const (
	cookieName = "todoshell"
	cookieAge  = 30 * 24 * time.Hour

	loginEvery   = 5 * time.Second // after the first few failures
	loginBurst   = 5
	loginBuckets = 1024
)

// login answers POST /login: it puts the token of a form into a cookie that no
// script can read.
func (g *guard) login(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	attempt := g.logins.of(r).ReserveN(now, 1)
	if wait := attempt.DelayFrom(now); wait > 0 {
		attempt.CancelAt(now)
		seconds := int((wait + time.Second - 1) / time.Second)
		w.Header().Set("Retry-After", fmt.Sprint(seconds))
		problem(w, r, &todo.Error{Code: tooMany, Message: "too many logins have failed",
			Hint: fmt.Sprintf("wait %d seconds", seconds)})
		return
	}
	if err := r.ParseForm(); err != nil {
		problem(w, r, badForm(err))
		return
	}
	token := r.PostForm.Get("token")
	if _, err := g.tokens.Find(token); err != nil {
		unauthenticated(w, r, err)
		return
	}
	attempt.CancelAt(now)
	setCookie(w, r, token, int(cookieAge.Seconds()))
}

// badForm puts into words what net/http says; the body's own errors have them.
func badForm(err error) error {
	if _, ok := errors.AsType[*todo.Error](err); ok {
		return err
	}
	return &todo.Error{Code: badRequest, Message: err.Error(), Hint: "send a form with the field token"}
}

// logout answers POST /logout.
func (g *guard) logout(w http.ResponseWriter, r *http.Request) { setCookie(w, r, "", -1) }

func setCookie(w http.ResponseWriter, r *http.Request, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil})
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
