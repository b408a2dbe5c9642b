package guard

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"todoshell/access"
	"todoshell/todo"

	"todoshell/web/problem"
)

// A Guard stands before all that is served: it decides who comes in, for what,
// and for how long. It knows nothing of what is behind it.
type Guard struct {
	tokens *access.Tokens
	local  bool // only this machine can connect: where there are no tokens, everyone may come in
	hosts  []host
	logins logins

	streams slots
	ctx     context.Context //nolint:containedctx // with which all streams end
}

// New returns a guard. All streams end with ctx. Besides its addresses, the server is known by names, NAME or
// NAME:PORT.
func New(ctx context.Context, tokens *access.Tokens, local bool, names []string) *Guard {
	return &Guard{
		tokens: tokens, local: local, hosts: parseHosts(names), logins: newLogins(),
		streams: slots{most: maxStreams, mostEach: maxStreamsEach}, ctx: ctx,
	}
}

// A Rule is what a route tells the guards of itself. The zero rule is the strictest one.
type Rule struct {
	Open     bool  // no token is needed: it shows nothing of any list
	Document bool  // a browser shows it to people: the page and its files
	Stream   bool  // it goes on for long
	MaxBody  int64 // how many bytes are taken; 0: a default; Endless: any number, with pauses
}

// Around puts the guard before a handler. Rule returns the rule of the route that will answer a request. The limits of bodies
// come first, so that a client that is refused for something else can't hold its connection with an endless body.
func (g *Guard) Around(next http.Handler, rule func(*http.Request) Rule) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		is := rule(r)
		secure(w.Header(), r, is.Document)
		body, err := limitBody(w, r, is)
		if err == nil {
			err = g.checkHost(r)
		}
		if err == nil {
			err = checkOrigin(r, is.Open)
		}
		if err == nil && !is.Open {
			r, err = g.identified(r)
		}
		switch {
		case err != nil:
		case is.Stream:
			err = g.stream(next, w, r)
		default:
			next.ServeHTTP(w, r)
		}
		if err != nil {
			refuse(w, err)
		}
		if body != nil && !body.end() {
			hangUp(w)
		}
	})
}

var (
	errNoToken = &todo.Error{Code: access.Unauthorized, Message: "this server asks for a token",
		Hint: "send the header Authorization: Bearer TOKEN, or log in"}
	errCrossOrigin = &todo.Error{Code: problem.CrossOrigin, Message: "the request comes from another site",
		Hint: "use this server's own page, or a program"}
)

type holderKey struct{}

// identified returns the request with its sender, who must have a token where one is asked for.
func (g *Guard) identified(r *http.Request) (*http.Request, error) {
	h, err := g.holder(r)
	if err == nil {
		err = checkIdentity(r, h)
	}
	if err != nil {
		return r, err
	}
	return r.WithContext(WithHolder(r.Context(), h)), nil
}

func refuse(w http.ResponseWriter, err error) {
	if errors.Is(err, &todo.Error{Code: access.Unauthorized}) {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	problem.Write(w, err)
}

func (g *Guard) holder(r *http.Request) (access.Holder, error) {
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

// WithHolder returns the context of a request that somebody has sent.
func WithHolder(ctx context.Context, h access.Holder) context.Context {
	return context.WithValue(ctx, holderKey{}, h)
}

// HolderOf returns who has sent the request. It panics where a route is not
// behind the guard: that one must not be open to all.
func HolderOf(ctx context.Context) access.Holder {
	return ctx.Value(holderKey{}).(access.Holder) //nolint:errcheck // see above
}

// GrantOf returns what the sender of the request may do.
func GrantOf(ctx context.Context) todo.Grant { return HolderOf(ctx).Grant() }

var crossOriginProtection = http.NewCrossOriginProtection()

// checkOrigin refuses what a page of another site makes a browser send, but for a look at what is open to all, such
// as the page. It would not see the answer, and yet learn from it: by its length, or the time that it took.
func checkOrigin(r *http.Request, open bool) error {
	if r.Header["Sec-Fetch-Site"] == nil && r.Header["Origin"] == nil { // of no browser, or an old one
		return nil
	}
	asked := r
	if !open || r.Header.Get("Upgrade") != "" { // a look as well as a change
		asked = r.WithContext(r.Context())
		asked.Method = http.MethodPost
	}
	if crossOriginProtection.Check(asked) != nil {
		return errCrossOrigin
	}
	return nil
}
