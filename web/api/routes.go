package api

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"todoshell/cache"
	"todoshell/todo"

	"todoshell/web/guard"
	"todoshell/web/problem"
	"todoshell/web/seal"
)

// Routes is what is served, behind the guards. What the description says of a request, and who may make it, is looked at
// here before anything is done: in one place for JSON, text, files and streams.
type Routes struct {
	mux       *http.ServeMux
	cache     *cache.Cache
	tags      tags
	rules     map[string]guard.Rule // by pattern
	described map[string]*described // by pattern; what is not there, as the page, takes what comes
}

// NewRoutes returns no routes yet. What the tags of lists are made of is sealed.
func NewRoutes(c *cache.Cache, sealed seal.Seal) *Routes {
	rs := &Routes{mux: http.NewServeMux(), cache: c, tags: tags{sealed}, rules: make(map[string]guard.Rule)}
	rs.mux.HandleFunc("/", rs.Unknown)
	return rs
}

// ServeHTTP answers by the route of a request.
func (rs *Routes) ServeHTTP(w http.ResponseWriter, r *http.Request) { rs.mux.ServeHTTP(w, r) }

// Rule is what the guards are to know of the route that is going to answer a request.
func (rs *Routes) Rule(r *http.Request) guard.Rule {
	_, pattern := rs.mux.Handler(r)
	return rs.rules[pattern]
}

// HandleFunc is for huma, which declares its routes with it.
func (rs *Routes) HandleFunc(pattern string, f func(http.ResponseWriter, *http.Request)) {
	rs.Handle(pattern, guard.Rule{}, http.HandlerFunc(f))
}

// Handle adds a route. Its answers are compressed, but for those of a stream, which go out as they come.
func (rs *Routes) Handle(pattern string, rule guard.Rule, next http.Handler) {
	rs.rules[pattern] = rule
	if rule.Stream {
		next = rs.checked(headOnly(next))
	} else {
		next = compressed(rs.checked(conditional(next)))
	}
	rs.mux.Handle(pattern, next)
}

// A described request is what a route takes.
type described struct {
	looks   bool // it changes no list, or each of its lines is looked at
	list    bool // it is about the list of its path
	json    bool // its body is
	body    bool // it has one
	fresh   bool // it can be asked to be answered with the newest
	query   map[string]bool
	headers []*huma.Param
}

// describe reads the description, when all routes are in it.
func (rs *Routes) describe(paths map[string]*huma.PathItem) {
	rs.described = make(map[string]*described)
	for path, item := range paths {
		for method, o := range map[string]*huma.Operation{http.MethodGet: item.Get, http.MethodPost: item.Post,
			http.MethodPatch: item.Patch, http.MethodDelete: item.Delete} {
			if o == nil {
				continue
			}
			looks := method == http.MethodGet || path == bulkPath || rs.rules[method+" "+path].Open
			d := &described{looks: looks, query: make(map[string]bool)}
			d.body = o.RequestBody != nil
			d.json = o.RequestBody != nil && o.RequestBody.Content["application/json"] != nil
			for _, p := range o.Parameters {
				switch p.In {
				case "path":
					d.list = d.list || p.Name == "list"
				case "query":
					d.query[p.Name] = true
				case "header":
					d.headers = append(d.headers, p)
				}
			}
			d.fresh = d.query["fresh"]
			rs.described[method+" "+path] = d
		}
	}
}

func (rs *Routes) checked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if d := rs.described[r.Pattern]; d != nil {
			err := rs.mayAsk(d, r)
			if err == nil {
				err = d.check(r)
			}
			if err == nil && d.list {
				err = rs.cache.CheckName(r.PathValue("list"))
			}
			if err == nil {
				err = rs.fresh(d, r)
			}
			if err != nil {
				problem.Write(w, err)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// mayAsk tells why the sender may not make the request: of a list that is not theirs, or of changes.
func (rs *Routes) mayAsk(d *described, r *http.Request) error {
	if d.looks && !d.list {
		return nil
	}
	grant := guard.GrantOf(r.Context())
	name := grant.Prefix // the list is named elsewhere: whoever may change none is refused here
	if d.list {
		name = r.PathValue("list")
	}
	if d.looks {
		return rs.cache.Within(grant).MayUse(name)
	}
	return rs.cache.Within(grant).MayChange(name)
}

// check tells where the request is not what the description says, but for the types of values.
func (d *described) check(r *http.Request) error {
	if !utf8.ValidString(r.URL.Path) {
		return &todo.Error{Code: todo.BadUTF8, Message: "the path is not valid UTF-8", Hint: "write it in UTF-8, percent-encoded"}
	}
	if d.json && !jsonIsSent(r) {
		return &todo.Error{Code: problem.BadMedia, Message: fmt.Sprintf("the body is %q", todo.Shown(r.Header.Get("Content-Type"))),
			Hint: "send Content-Type: application/json"}
	}
	if coding := r.Header.Get("Content-Encoding"); d.body && coding != "" && coding != "identity" {
		return &todo.Error{Code: problem.BadMedia, Message: fmt.Sprintf("the body is coded as %q", todo.Shown(coding)), Hint: "send it as it is"}
	}
	var flaws []*problem.Flaw
	for _, p := range d.headers {
		flaws = checkHeader(flaws, p, r.Header)
	}
	if r.URL.RawQuery != "" {
		query, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			return &todo.Error{Code: todo.BadRequest, Message: "the query cannot be read", Hint: "percent-encode names and values, with & between them"}
		}
		flaws = guard.CheckQuery(flaws, d.query, query)
	}
	if len(flaws) > 0 {
		return problem.Flawed(http.StatusUnprocessableEntity, "the request is not as described", flaws)
	}
	if !d.body && r.ContentLength != 0 {
		return checkNoBody(r.Body)
	}
	return nil
}

// checkNoBody tells whether a body that nothing reads says anything. As an object with no members it says nothing.
func checkNoBody(body io.Reader) error {
	text, err := io.ReadAll(body)
	if err != nil || len(bytes.TrimSpace(text)) == 0 {
		return err
	}
	if wrong := decode(text, new(struct{})); wrong != nil {
		return problem.Flawed(wrong.GetStatus(), "the request takes no body", []*problem.Flaw{wrong})
	}
	return nil
}

// checkHeader looks at a header. Lists of entity tags may come in several.
func checkHeader(flaws []*problem.Flaw, p *huma.Param, header http.Header) []*problem.Flaw {
	values := header.Values(p.Name)
	if len(values) == 0 {
		return flaws
	}
	if len(values) > 1 && strings.HasPrefix(p.Name, "If-") {
		values = []string{strings.Join(values, ",")}
		header.Set(p.Name, values[0])
	}
	message := ""
	switch {
	case len(values) > 1:
		message = "it is there more than once"
	case !utf8.ValidString(values[0]):
		message = "it is not valid UTF-8"
	case p.Schema.MaxLength != nil && utf8.RuneCountInString(values[0]) > *p.Schema.MaxLength:
		message = fmt.Sprintf("it is longer than %d characters", *p.Schema.MaxLength)
	default:
		return flaws
	}
	return append(flaws, &problem.Flaw{Message: message, Location: "header." + p.Name, Value: values[0]})
}

// jsonIsSent tells whether the body, if there is one, says that it is JSON, or nothing.
func jsonIsSent(r *http.Request) bool {
	sent := r.Header.Get("Content-Type")
	if sent == "" || sent == "application/json" || r.ContentLength == 0 {
		return true
	}
	media, _, _ := mime.ParseMediaType(sent)
	if media != "application/json" && !strings.HasSuffix(media, "+json") {
		return false
	}
	r.Header.Set("Content-Type", "application/json")
	return true
}
