package web

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"

	"todoshell/todo"
	"todoshell/web/webtest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/web/guard"
	"todoshell/web/problem"
)

// A route is one of the description's.
type route struct {
	method, path string
	Parameters   []struct{ Name, In string }
	RequestBody  *struct {
		Content map[string]any
	}
	Responses map[string]any
}

func (r route) String() string { return r.method + " " + r.path }

func (r route) has(in string) (names []string) {
	for _, p := range r.Parameters {
		if p.In == in {
			names = append(names, p.Name)
		}
	}
	return names
}

// at is the path for a list.
func (r route) at(list string) string {
	return strings.NewReplacer("{list}", list, "{id}", "1").Replace(r.path)
}

// routesOf returns all that the description tells of, in order.
func (p *place) routesOf() (all []route) {
	p.Helper()
	var described struct{ Paths map[string]map[string]route }
	require.NoError(p, json.Unmarshal([]byte(p.do("GET", "/openapi.json", "").text), &described))
	for path, methods := range described.Paths {
		for method, r := range methods {
			r.method, r.path = strings.ToUpper(method), path
			if path != "/v1/shell" {
				all = append(all, r)
			}
		}
	}
	slices.SortFunc(all, func(a, b route) int { return strings.Compare(a.String(), b.String()) })
	require.Greater(p, len(all), 20)
	return all
}

// wordsOfGo are those that tell a client nothing.
var wordsOfGo = []string{"map[", "struct", "strconv", "json:", "unmarshal", "jsontext", "reflect", "huma", "net/http", "url:", "mime:", "runtime",
	"goroutine", "panic", "interface", "Go ", "nil", "%!", "\u003cnil\u003e", "context ", "uint64", "int64", "io:", "EOF"}

// An attack is a request that is wrong for a route, and more so the larger it is.
type attack struct {
	name     string
	fits     func(route) bool
	path     func(r route, n int) string
	body     func(n int) string
	header   func(r route, n int) []string
	statuses []int
}

func plain(r route, _ int) string { return r.at("Bob") }

func always(route) bool { return true }

func takesJSON(r route) bool {
	return r.RequestBody != nil && r.RequestBody.Content["application/json"] != nil
}

func members(n int, member func(i int) string) string {
	all := make([]string, n)
	for i := range all {
		all[i] = member(i)
	}
	return strings.Join(all, ",")
}

func attacks() []attack {
	bodies := map[string]func(n int) string{
		"unknown members": func(n int) string {
			return "{" + members(n, func(i int) string { return fmt.Sprintf(`"m%d":1`, i) }) + "}"
		},
		"members with dots": func(n int) string {
			return "{" + members(n, func(i int) string { return fmt.Sprintf(`"a.%d":1`, i) }) + "}"
		},
		"ids that are none":     func(n int) string { return `{"ids":[` + members(n, func(int) string { return `"x"` }) + `]}` },
		"numbers that are none": func(n int) string { return `{"ids":[` + members(n, func(int) string { return `1e999` }) + `]}` },
		"titles that are none":  func(n int) string { return `{"title":[` + members(n, func(int) string { return `{}` }) + `]}` },
		"a long number":         func(n int) string { return `{"ids":[` + strings.Repeat("9", 8*n) + `]}` },
		"a deep value":          func(n int) string { return `{"title":` + strings.Repeat("[", 8*n) },
		"a deep object":         func(n int) string { return strings.Repeat(`{"title":`, n) },
		"a long member":         func(n int) string { return `{"` + strings.Repeat("m", 8*n) + `":1}` },
		"a long status":         func(n int) string { return `{"title":"x","status":"` + strings.Repeat("é", 4*n) + `","ids":[]}` },
		"a long date":           func(n int) string { return `{"title":"x","date":"` + strings.Repeat("1", 8*n) + `","ids":0}` },
		"a member twice": func(n int) string {
			return `{"title":"x",` + members(n, func(int) string { return `"title":"y"` }) + `}`
		},
		"no JSON":                func(n int) string { return strings.Repeat("nonsense", n) },
		"no object":              func(n int) string { return `[` + members(n, func(int) string { return `{"title":"x"}` }) + `]` },
		"text that is not UTF-8": func(n int) string { return `{"title":"` + strings.Repeat("\xff", 8*n) + `"}` },
	}
	var all []attack
	for _, name := range slices.Sorted(maps.Keys(bodies)) {
		all = append(all, attack{name: name, fits: takesJSON, path: plain, body: bodies[name], statuses: []int{400, 422}})
	}
	query := func(param func(r route, i int) string) func(r route, n int) string {
		return func(r route, n int) string {
			all := make([]string, n)
			for i := range all {
				all[i] = param(r, i)
			}
			return r.at("Bob") + "?" + strings.Join(all, "&")
		}
	}
	values := func(in string) func(r route) bool { return func(r route) bool { return len(r.has(in)) > 0 } }
	refused := []int{400, 422}
	return append(all,
		attack{name: "unknown parameters", fits: always, statuses: refused, path: query(func(_ route, i int) string { return fmt.Sprintf("p%d=x", i) })},
		attack{name: "unknown parameters without values", fits: always, statuses: refused, path: query(func(_ route, i int) string { return fmt.Sprint("p.", i) })},
		attack{name: "a parameter twice", fits: values("query"), statuses: refused,
			path: query(func(r route, _ int) string { return r.has("query")[0] + "=1" })},
		attack{name: "a long parameter", fits: values("query"), statuses: []int{200, 404, 422},
			path: func(r route, n int) string {
				return r.at("Bob") + "?" + r.has("query")[0] + "=" + strings.Repeat("x", 4*n)
			}},
		attack{name: "a parameter that is not UTF-8", fits: values("query"), statuses: refused,
			path: func(r route, n int) string {
				return r.at("Bob") + "?" + r.has("query")[0] + "=" + strings.Repeat("%ff", n)
			}},
		attack{name: "a query that is none", fits: always, statuses: refused,
			path: func(r route, n int) string { return r.at("Bob") + "?" + strings.Repeat("%zz;", n) }},
		attack{name: "a long name", fits: values("path"), statuses: []int{422},
			path: func(r route, n int) string { return r.at(strings.Repeat("x", 4*n)) }},
		attack{name: "a name that is not UTF-8", fits: values("path"), statuses: []int{422},
			path: func(r route, n int) string { return r.at(strings.Repeat("%ff", n)) }},
		attack{name: "a blank name", fits: values("path"), statuses: []int{422},
			path: func(r route, _ int) string { return r.at("%C2%A0%E2%80%8B") }},
		attack{name: "long headers", fits: values("header"), path: plain, statuses: []int{200, 204, 304, 400, 404, 409, 412, 422},
			header: func(r route, n int) (all []string) {
				for _, name := range r.has("header") {
					all = append(all, name, strings.Repeat(`"x",`, n/4))
				}
				return all
			}},
		attack{name: "headers that are not UTF-8", fits: values("header"), path: plain, statuses: []int{422},
			header: func(r route, _ int) (all []string) {
				for _, name := range r.has("header") {
					all = append(all, name, "\xff")
				}
				return all
			}},
	)
}

// What a call makes no use of is no part of a request: who sends it means something by it.
func TestNothingIsIgnored(t *testing.T) {
	p := openPlace(t)
	p.do("POST", "/v1/lists/Bob/entries", `{"title":"one"}`)
	for _, r := range p.routesOf() {
		if r.RequestBody != nil {
			continue
		}
		for _, body := range []string{`{"revision":1}`, `[]`, `null`, `one`, `list=Bob`, `{} {}`} {
			w := p.do(r.method, r.at("Bob"), body, "Connection", "close")
			assert.Contains(t, []int{400, 422}, w.StatusCode, "%v %s: %s", r, body, w.text)
			assert.Contains(t, w.text, "takes no body", "%v %s", r, body)
		}
	}
	p.do("GET", "/v1/lists/Bob/entries/1", "{}").is(p, 200, `{"id":1,"date":null,"status":"open","title":"one"}`)
	p.do("POST", "/v1/lists/Bob/undo", " { }\n").is(p, 200, `{"list":"Bob","revision":2,"entries":[]}`)
	p.do("POST", "/v1/lists/Bob/redo", "").is(p, 200, `{"list":"Bob","revision":3,"entries":[{"id":1,"date":null,"status":"open","title":"one"}]}`)

	for _, path := range []string{"/login", "/logout"} {
		p.do("POST", path, `{"token":"x"}`, "Content-Type", "application/json").fails(p, 415, problem.BadMedia)
		p.do("POST", path, "token=x&colour=red", "Content-Type", guard.FormType).fails(p, 422, todo.BadRequest)
		p.do("POST", path, "token=x&token=y", "Content-Type", guard.FormType).fails(p, 422, todo.BadRequest)
		p.do("POST", path+"?token=x", "").fails(p, 422, todo.BadRequest)
	}
	for _, path := range []string{"/v1/lists/Bob/entries", "/v1/lists/Bob/import", bulkPath, "/add_entry", "/login"} {
		p.do("POST", path, `{"title":"two"}`, "Content-Encoding", "gzip").fails(p, 415, problem.BadMedia)
	}

	members := map[string]string{"id": "1", "ids": "[1]", "title": `"two"`, "date": "null", "status": `"done"`, "when": `"today"`}
	for do, with := range map[string]string{"add": "title date", "update": "id title date status", "done": "id", "reopen": "id", "delete": "id",
		"undo": "", "redo": "", "entries": "status when"} {
		line := fmt.Sprintf(`{"do":%q,"list":"Bob"`, do)
		if with == "id" || do == "update" {
			line += `,"id":1`
		}
		for name, value := range members {
			if !slices.Contains(strings.Fields(with), name) {
				w := p.do("POST", bulkPath, line+fmt.Sprintf(`,%q:%s}`, name, value))
				assert.Contains(t, w.text, `"error":{`, "%s %s", do, name)
				assert.Contains(t, w.text, `"bad_request"`, "%s %s", do, name)
			}
		}
	}
	for _, line := range []string{`{"do":"update","list":"Bob","title":"two"}`, `{"do":"undo","list":"Bob","id":0}`, `{"do":"add","list":"Bob","title":"two","ids":[]}`,
		`{"do":"add","list":"Bob","title":"two","when":""}`} {
		assert.Contains(t, p.do("POST", bulkPath, line).text, `"bad_request"`, line)
	}
	p.do("GET", "/v1/lists/Bob", "").is(p, 200, `{"name":"Bob","revision":3,"entries":1,"open":1}`)
}

// Whatever is wrong with a request, and however large it is: the answer is short, in our own words, with a status that the
// description tells of; and the work grows no faster than the request.
func TestHostileRequests(t *testing.T) {
	p := openPlace(t)
	p.do("POST", "/v1/lists/Bob/entries", `{"title":"one"}`)
	for _, r := range p.routesOf() {
		for _, a := range attacks() {
			if !a.fits(r) || strings.HasSuffix(r.path, "/events") && slices.Contains(a.statuses, 200) {
				continue
			}
			t.Run(r.String()+" "+a.name, func(t *testing.T) {
				within := &place{T: t, url: p.url}
				few := within.attack(r, a, 500)
				many := within.attack(r, a, 4000)
				assert.LessOrEqual(t, many, 16*few+4<<20, "bytes")
			})
		}
	}
	p.do("GET", "/v1/lists/Bob/entries", "").is(p, 200, `{"list":"Bob","revision":1,"entries":[{"id":1,"date":null,"status":"open","title":"one"}]}`)
}

// attack returns how much memory the answer took.
func (p *place) attack(r route, a attack, n int) uint64 {
	p.Helper()
	body, header := "", []string{}
	if a.body != nil {
		body = a.body(n)
	}
	if a.header != nil {
		header = a.header(r, n)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	w := p.do(r.method, a.path(r, n), body, header...)
	runtime.ReadMemStats(&after)
	assert.Contains(p, a.statuses, w.StatusCode, w.text)
	if w.StatusCode >= 400 {
		assert.Contains(p, r.Responses, fmt.Sprint(w.StatusCode), "described")
		var problem problem.Document
		require.NoError(p, json.Unmarshal([]byte(w.text), &problem), w.text)
		assert.Less(p, len(w.text), 6000)
		assert.LessOrEqual(p, len(problem.Errors), 10)
		for _, f := range problem.Errors {
			assert.LessOrEqual(p, max(len(f.Message), len(f.Location), len(f.Value)), 100)
		}
		for _, word := range wordsOfGo {
			assert.NotContains(p, w.text, word)
		}
	}
	return after.TotalAlloc - before.TotalAlloc
}

// Lines of bulk are told of as bodies are.
func TestHostileLines(t *testing.T) {
	p := openPlace(t)
	for _, a := range attacks() {
		if a.body == nil {
			continue
		}
		for _, n := range []int{10, 5000} {
			w := p.do("POST", bulkPath, a.body(n))
			assert.Equal(t, 200, w.StatusCode)
			assert.Contains(t, w.text, `"error"`, a.name)
			assert.Less(t, len(w.text), 2000, a.name)
			for _, word := range wordsOfGo {
				assert.NotContains(t, w.text, word, a.name)
			}
		}
	}
}

// What one decoder takes, it takes for all: each text as it was sent, each member once and by its name.
func TestOneDecoder(t *testing.T) {
	p := openPlace(t)
	for name, body := range map[string]string{
		"not UTF-8":       "{\"title\":\"caf\xe9\"}",
		"lone surrogate":  `{"title":"\ud83d"}`,
		"a member twice":  `{"title":"one","title":"two"}`,
		"by its case":     `{"TITLE":"one"}`,
		"two values":      `{"title":"one"} {}`,
		"null":            `null`,
		"unknown":         `{"title":"one","colour":"red"}`,
		"not a string":    `{"title":7}`,
		"a null title":    `{"title":null}`,
		"nothing to do":   `{"title":" \u2028"}`,
		"escaped surplus": `{"title":"one","t\u0069tle":"two"}`,
	} {
		for _, r := range p.routesOf() {
			if takesJSON(r) && !strings.HasSuffix(r.path, "/import") {
				w := p.do(r.method, r.at("Bob"), body)
				assert.Contains(t, []int{400, 422}, w.StatusCode, "%v %s: %s", r, name, w.text)
			}
		}
		line := `{"do":"add","list":"Bob",` + strings.TrimPrefix(body, "{")
		assert.Contains(t, p.do("POST", bulkPath, line).text, `"error"`, name)
	}
	p.do("GET", "/v1/lists/Bob", "").is(p, 200, `{"name":"Bob","revision":0,"entries":0,"open":0}`)
	p.do("POST", "/v1/lists/Bob/entries", `{"title":"one"}`, "Content-Type", "text/plain").fails(p, 415, problem.BadMedia)
	p.do("POST", "/v1/lists/Bob/entries", `{"title":"one"}`, "Content-Type", "application/x-www-form-urlencoded").fails(p, 415, problem.BadMedia)
	p.do("POST", "/add_entry", `{"list":"Bob","title":"one"}`).fails(p, 415, problem.BadMedia)
	p.do("POST", "/add_entry?list=Bob", "title=one&list=Alice", "Content-Type", guard.FormType).fails(p, 422, todo.BadRequest)
	p.do("POST", "/add_entry?list=Bob", "title=one&colour=red", "Content-Type", guard.FormType).fails(p, 422, todo.BadRequest)
	p.do("POST", "/add_entry?list=Bob", "title=%ff", "Content-Type", guard.FormType).fails(p, 422, todo.BadRequest)
	p.do("POST", "/v1/lists/Bob/entries", `{"title":"one"}`, "Content-Type", "application/json; charset=utf-8").
		is(p, 201, `{"id":1,"date":null,"status":"open","title":"one"}`)
}

// A body that never ends.
type endless struct{ read int }

func (e *endless) Read(b []byte) (int, error) {
	e.read += len(b)
	return copy(b, strings.Repeat("x", len(b))), nil
}

// Whoever may not make a change is told so before anything of the request is read.
func TestRightsComeFirst(t *testing.T) {
	c := confined(t)
	p := openPlace(t)
	for _, r := range p.routesOf() {
		if r.method == http.MethodGet || r.path == bulkPath || r.path == "/login" || r.path == "/logout" {
			continue
		}
		for who, list := range map[string]string{"look": "team-a%2Fx", "team": "team-b%2Fx"} {
			if who == "team" && len(r.has("path")) == 0 {
				continue // the list is in the form
			}
			body := new(endless)
			request := c.request(who, r.method, r.at(list)+"?unknown=1", "")
			request.Body, request.ContentLength = io.NopCloser(body), -1
			w := webtest.Answer(c.h, request)
			assert.Equal(t, 403, w.Code, "%s: %v", who, r)
			assert.Zero(t, body.read, "%s: %v", who, r)
		}
	}
}

// Lists that hold nothing are treated alike, and so is what is not described.
func TestUnknownLists(t *testing.T) {
	p := openPlace(t)
	for _, r := range p.routesOf() {
		if r.method == http.MethodGet && strings.HasPrefix(r.path, "/v1/lists/{list}") && !strings.HasSuffix(r.path, "/events") && len(r.has("path")) == 1 {
			assert.Equal(t, 200, p.do("GET", r.at("Nobody"), "").StatusCode, r.path)
		}
	}
	p.do("GET", "/v1/lists", "").is(p, 200, `{"lists":[]}`)
	p.follow("/v1/lists/Nobody/events")
}

// If-None-Match is for each answer with an entity tag.
func TestNotModified(t *testing.T) {
	p := openPlace(t)
	p.do("POST", "/v1/lists/Bob/entries", `{"title":"one"}`)
	tagged := 0
	for _, path := range append(slices.Collect(func(yield func(string) bool) {
		for _, r := range p.routesOf() {
			if r.method == http.MethodGet && !strings.HasSuffix(r.path, "/events") && !yield(r.at("Bob")) {
				return
			}
		}
	}), "/", "/page/app.js", "/openapi.json", "/v1/lists/Bob/entries?when=today", "/v1/lists/Bob/export?format=ics") {
		for _, encoding := range []string{"identity", "gzip"} {
			first := p.do("GET", path, "", "Accept-Encoding", encoding)
			tag := first.Header.Get("ETag")
			if tag == "" {
				continue
			}
			tagged++
			for _, known := range []string{tag, `"x", W/` + tag, "*"} {
				again := p.do("GET", path, "", "If-None-Match", known, "Accept-Encoding", encoding)
				again.is(p, 304, "")
				assert.NotEmpty(t, again.Header.Get("ETag"), path)
			}
			assert.Equal(t, 200, p.do("GET", path, "", "If-None-Match", `"x"`).StatusCode, path)
		}
	}
	assert.Equal(t, 18, tagged)
}

// Whoever takes compressed answers gets the same text.
func TestCompression(t *testing.T) {
	p := openPlace(t)
	for i := range 200 {
		p.add("Bob", fmt.Sprint("entry number ", i))
	}
	for _, path := range []string{"/v1/lists/Bob/entries", "/v1/lists/Bob/log", "/v1/find?text=entry", "/v1/lists/Bob/export", "/entries?list=Bob", "/", "/page/app.js", "/openapi.json", "/metrics"} {
		whole := p.do("GET", path, "", "Accept-Encoding", "identity")
		assert.Empty(t, whole.Header.Get("Content-Encoding"))
		assert.Contains(t, whole.Header.Values("Vary"), "Accept-Encoding", path)
		small := p.do("GET", path, "", "Accept-Encoding", "gzip")
		assert.Equal(t, "gzip", small.Header.Get("Content-Encoding"), path)
		assert.Less(t, len(small.text), len(whole.text)*2/3, path)
		if tag := whole.Header.Get("ETag"); tag != "" {
			assert.NotEqual(t, tag, small.Header.Get("ETag"), path)
		}
		if path != "/metrics" {
			assert.Equal(t, whole.text, unzipped(t, small.text), path)
		}
	}
	list := p.do("GET", "/v1/lists/Bob/entries", "", "Accept-Encoding", "gzip").Header.Get("ETag")
	assert.True(t, strings.HasSuffix(list, `-gzip"`), list)
	assert.Equal(t, 200, p.do("POST", "/v1/lists/Bob/undo", "", "If-Match", list).StatusCode, "it is the state's tag all the same")
	p.do("POST", "/v1/lists/Bob/undo", "", "If-Match", list).fails(p, 412, problem.Changed)
	p.follow("/v1/events", "Accept-Encoding", "gzip")
	assert.Empty(t, p.do("POST", bulkPath, strings.Repeat(`{"do":"entries","list":"Bob"}`+"\n", 9), "Accept-Encoding", "gzip").Header.Get("Content-Encoding"))
}

// A list of spans of days has tags of its own, which are the list's for a change.
func TestTagsOfSpans(t *testing.T) {
	p := openPlace(t)
	p.add("Bob", "one")
	span := p.do("GET", "/v1/lists/Bob/entries?when=week", "").Header.Get("ETag")
	assert.NotEqual(t, p.do("GET", "/v1/lists/Bob/entries", "").Header.Get("ETag"), span)
	assert.Equal(t, 200, p.do("POST", "/v1/lists/Bob/undo", "", "If-Match", span).StatusCode)
	p.do("POST", "/v1/lists/Bob/redo", "", "If-Match", span).fails(p, 412, problem.Changed)
}

func unzipped(t *testing.T, text string) string {
	t.Helper()
	r, err := gzip.NewReader(strings.NewReader(text))
	require.NoError(t, err)
	b, err := io.ReadAll(r)
	require.NoError(t, err)
	return strings.TrimSuffix(string(b), "\n")
}
