package web

import (
	"context"
	"errors"
	"net/http"
	"path"
	"strings"

	"todoshell/access"
	"todoshell/todo"
)

// A guard stands before all that is served: it decides who comes in, for what,
// and for how long. It knows nothing of what is behind it.
type guard struct {
	tokens *access.Tokens
	local  bool // only this machine can connect: where there are no tokens, everyone may come in
	hosts  []host
	logins logins

	streams slots
}

// newGuard returns a guard. Besides its addresses, the server is known by names,
// NAME or NAME:PORT.
func newGuard(tokens *access.Tokens, local bool, names []string) *guard {
	return &guard{
		tokens: tokens, local: local, hosts: parseHosts(names), logins: newLogins(),
		streams: slots{most: maxStreams, mostEach: maxStreamsEach},
	}
}

// around puts the guard before a handler. Limits come first: whoever is refused
// must not hold a connection either.
func (g *guard) around(next http.Handler) http.Handler {
	return secured(limitedBody(g.knownHost(sameOrigin(g.authenticated(next)))))
}

// The codes of what the guard refuses, besides [access.Unauthorized].
const (
	crossOrigin todo.Code = "cross_origin"
	misdirected todo.Code = "misdirected"
	tooLarge    todo.Code = "too_large"
	tooSlow     todo.Code = "too_slow"
	tooMany     todo.Code = "too_many"
)

var (
	errNoToken = &todo.Error{Code: access.Unauthorized, Message: "this server asks for a token",
		Hint: "send the header Authorization: Bearer TOKEN, or log in"}
	errCrossOrigin = &todo.Error{Code: crossOrigin, Message: "the request comes from another site",
		Hint: "use this server's own page, or a program"}
)

type holderKey struct{}

// authenticated lets in who has a token, and whom what is open to all is for.
func (g *guard) authenticated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isPublic(r) {
			next.ServeHTTP(w, r)
			return
		}
		h, err := g.holder(r)
		if err == nil {
			err = as(r, h)
		}
		if err != nil {
			unauthenticated(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), holderKey{}, h)))
	})
}

func unauthenticated(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, &todo.Error{Code: access.Unauthorized}) {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	problem(w, r, err)
}

func (g *guard) holder(r *http.Request) (access.Holder, error) {
	if g.local && !g.tokens.Required() {
		return access.Holder{}, nil
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") {
		return g.tokens.Find(strings.TrimSpace(token))
	}
	h, err := g.tokens.FindSession(sessionOf(r))
	if sessionOf(r) == "" && errors.Is(err, &todo.Error{Code: access.Unauthorized}) {
		return h, errNoToken
	}
	return h, err
}

// isPublic tells whether a request is for what shows nothing of any list.
func isPublic(r *http.Request) bool {
	switch r.Method {
	case http.MethodPost:
		return r.URL.Path == "/login" || r.URL.Path == "/logout"
	case http.MethodGet, http.MethodHead:
		switch r.URL.Path {
		case "/healthz", "/readyz", "/openapi.json":
			return true
		}
		return isPage(r.URL.Path)
	}
	return false
}

// isPage tells whether a path is one of the page's files.
func isPage(p string) bool {
	return p == "/" || strings.HasPrefix(p, "/page/") && strings.TrimSuffix(p, "/") == path.Clean(p)
}

// holderOf returns who has sent the request. It panics where a route is not
// behind the guard: that one must not be open to all.
func holderOf(ctx context.Context) access.Holder {
	return ctx.Value(holderKey{}).(access.Holder) //nolint:errcheck // see above
}

// GrantOf returns what the sender of the request may do.
func GrantOf(ctx context.Context) todo.Grant { return holderOf(ctx).Grant() }

// sameOrigin refuses what a page of another site makes a browser send, but for a look at what is open to all, such
// as the page. It would not see the answer, and yet learn from it: by its length, or the time that it took.
func sameOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header["Sec-Fetch-Site"] == nil && r.Header["Origin"] == nil { // of no browser, or an old one
			next.ServeHTTP(w, r)
			return
		}
		asked := r
		if !isPublic(r) || r.Header.Get("Upgrade") != "" { // a look as well as a change
			asked = r.WithContext(r.Context())
			asked.Method = http.MethodPost
		}
		if protection.Check(asked) != nil {
			problem(w, r, errCrossOrigin)
			return
		}
		next.ServeHTTP(w, r)
	})
}
