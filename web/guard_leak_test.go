package web

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"todoshell/web/webtest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/access"
	"todoshell/cache"
	"todoshell/metrics"
	"todoshell/server"
	"todoshell/store"
	"todoshell/todo"
)

// A confinedServer has lists of several teams, and tokens for some of them.
type confinedServer struct {
	t      *testing.T
	h      http.Handler
	access *access.Tokens
	tokens map[string]string
}

func confined(t *testing.T) *confinedServer {
	t.Helper()
	data, err := store.OpenMemory()
	require.NoError(t, err)
	lists := cache.New(&server.System{Now: time.Now}, data, 100)
	tokens := access.Open(access.Folder(t.TempDir()))
	s := New(Options{Cache: lists, Tokens: tokens, Local: true, Metrics: metrics.New().Handler()})
	t.Cleanup(func() {
		require.NoError(t, s.Close(context.WithoutCancel(t.Context())))
		tokens.Close()
		lists.Close()
		require.NoError(t, data.Close())
	})
	c := &confinedServer{t, s, tokens, map[string]string{}}
	for name, grant := range map[string]todo.Grant{
		"all": {}, "team": {Prefix: "team-a/"}, "look": {Prefix: "team-a/", ReadOnly: true}, "looksAll": {ReadOnly: true},
	} {
		token, err := tokens.Add(name, grant)
		require.NoError(t, err)
		c.tokens[name] = token
	}
	for _, list := range []string{"team-a/x", "team-a/y", "team-ab", "team-a", "Team-a/x", "a", "z"} {
		w := c.ask("all", "POST", "/v1/lists/"+url.PathEscape(list)+"/entries", `{"title":"secret of `+list+`","date":"2024-01-01"}`)
		require.Equal(t, 201, w.Code, w.Body)
	}
	// There is something for each command to change: 1 is open, 2 is done, and 3 was
	// taken back.
	for _, command := range [][2]string{
		{"entries", `{"title":"second"}`}, {"done", `{"ids":[2]}`}, {"entries", `{"title":"third"}`}, {"undo", ""},
	} {
		w := c.ask("all", "POST", "/v1/lists/team-a%2Fx/"+command[0], command[1])
		require.Less(t, w.Code, 300, w.Body)
	}
	return c
}

func (c *confinedServer) request(who, method, target, body string, header ...string) *http.Request {
	r := webtest.Request(method, target, header...)
	r.Header.Set("Authorization", "Bearer "+c.tokens[who])
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	}
	return r
}

func (c *confinedServer) ask(who, method, target, body string, header ...string) *httptest.ResponseRecorder {
	return webtest.Answer(c.h, c.request(who, method, target, body, header...))
}

// listCalls are all calls about one list; LIST stands for its name.
var listCalls = [][3]string{
	{"GET", "/v1/lists/LIST", ""},
	{"DELETE", "/v1/lists/LIST", ""},
	{"GET", "/v1/lists/LIST/entries", ""},
	{"POST", "/v1/lists/LIST/entries", `{"title":"x"}`},
	{"GET", "/v1/lists/LIST/entries/1", ""},
	{"PATCH", "/v1/lists/LIST/entries/1", `{"title":"x"}`},
	{"DELETE", "/v1/lists/LIST/entries/1", ""},
	{"POST", "/v1/lists/LIST/done", `{"ids":[1]}`},
	{"POST", "/v1/lists/LIST/reopen", `{"ids":[2]}`},
	{"POST", "/v1/lists/LIST/delete", `{"ids":[1]}`},
	{"POST", "/v1/lists/LIST/undo", ""},
	{"POST", "/v1/lists/LIST/redo", ""},
	{"GET", "/v1/lists/LIST/log", ""},
	{"GET", "/v1/lists/LIST/export?format=csv", ""},
	{"POST", "/v1/lists/LIST/import?format=json", `{"title":"x"}`},
	{"GET", "/v1/lists/LIST/events", ""},
	{"GET", "/entries?list=LIST", ""},
	{"POST", "/add_entry?list=LIST&title=x", ""},
}

// Whoever is confined can't tell a foreign list that exists from one that
// doesn't, by anything that is answered.
func TestForeignListsLookLikeNone(t *testing.T) {
	c := confined(t)
	answered := func(who string, call [3]string, list string, header ...string) string {
		w := c.ask(who, call[0], strings.ReplaceAll(call[1], "LIST", list), call[2], header...)
		assert.Equal(t, 403, w.Code, "%s: %v of %s", who, call, list)
		var b strings.Builder
		for _, name := range slices.Sorted(maps.Keys(w.Header())) {
			if name != "X-Request-Id" {
				fmt.Fprintln(&b, name, w.Header()[name])
			}
		}
		return b.String() + w.Body.String()
	}
	for _, who := range []string{"team", "look"} {
		for _, call := range listCalls {
			for _, pair := range [][2]string{{"team-ab", "team-aq"}, {"Team-a%2Fx", "Team-a%2Fq"}, {"team-a", "team-q"}, {"z", "q"}} {
				for _, header := range [][]string{nil, {"If-Match", "*"}, {"If-None-Match", "*"}, {"If-Match", `"1-1"`}, {"Idempotency-Key", "k"}} {
					there, none := answered(who, call, pair[0], header...), answered(who, call, pair[1], header...)
					there = strings.ReplaceAll(there, strings.ReplaceAll(pair[0], "%2F", "/")+`\"`, `NAME\"`)
					none = strings.ReplaceAll(none, strings.ReplaceAll(pair[1], "%2F", "/")+`\"`, `NAME\"`)
					assert.Equal(t, none, there, "%s: %v with %v", who, call, header)
					assert.NotContains(t, there, "secret")
				}
			}
		}
	}
	for _, list := range []string{"a", "z", "team-ab", "team-a", "Team-a%2Fx"} {
		w := c.ask("all", "GET", "/v1/lists/"+list+"/entries", "")
		assert.Contains(t, w.Body.String(), `"revision":1,`, "nothing has changed")
	}
}

// Names are compared byte for byte, after the path was decoded once.
func TestSpellingsOfForeignNames(t *testing.T) {
	c := confined(t)
	for _, path := range []string{
		"team%2Dab", "%74eam-ab", "team-a", "team-a%252Fx", "TEAM-A%2Fx", "%EF%BD%94eam-a%2Fx", "team-a%EF%BC%8Fx", "team-a%E2%88%95x",
		"%20team-a%2Fx", "team-a%00%2Fx", "team-a%5Cx", "..%2Fteam-a%2Fx", ".%2Fteam-a%2Fx", "%2Fteam-a%2Fx", "%C0%AFteam-a%2Fx",
		"team-a%C0%AFx", "team%E2%80%8B-a%2Fx",
	} {
		w := c.ask("team", "GET", "/v1/lists/"+path+"/entries", "")
		assert.NotEqual(t, 200, w.Code, path)
		assert.NotContains(t, w.Body.String(), "secret", path)
	}
	for _, path := range []string{"/v1/lists/team-a/../z/entries", "/v1/lists/team-a%2Fx/../z/entries", "/v1//lists/z/entries", "/./v1/lists/z/entries"} {
		w := c.ask("team", "GET", path, "")
		assert.NotContains(t, w.Body.String(), "secret", path)
	}
	for _, path := range []string{"team-a%2Fx", "%74eam-a%2fx", "team%2da%2F%78"} {
		assert.Contains(t, c.ask("team", "GET", "/v1/lists/"+path+"/entries", "").Body.String(), "secret of team-a/x", path)
	}
	for _, query := range []string{"list=z&list=team-a/x", "list=team-a/x&list=z", "list=team-a/x;list=z", "List=z&list=team-a/x"} {
		w := c.ask("team", "GET", "/entries?"+query, "")
		assert.NotContains(t, w.Body.String(), "secret of z", query)
	}
}

func TestCallsOfManyListsAreConfined(t *testing.T) {
	c := confined(t)
	foreign := []string{"team-ab", "Team-a", "of a", "of z", `"team-a"`, `"a"`, `"z"`}
	for _, who := range []string{"team", "look"} {
		for _, target := range []string{
			"/v1/lists", "/v1/lists?prefix=", "/v1/lists?prefix=t", "/v1/lists?prefix=team-a", "/v1/lists?prefix=team-ab", "/v1/lists?prefix=z",
			"/v1/lists?cursor=team-a", "/v1/lists?cursor=Team-a/x", "/v1/lists?limit=1", "/v1/lists?limit=2", "/v1/lists?cursor=team-a/y",
			"/v1/agenda", "/v1/agenda?limit=2", "/v1/agenda?cursor=2023-01-01/1/a", "/v1/agenda?cursor=2024-01-01/1/team-a",
			"/v1/find?text=secret", "/v1/find?text=secret&limit=1", "/v1/find?text=secret&cursor=2023-01-01/1/z",
			"/v1/find?text=secret&cursor=2024-01-01/1/team-a/y", "/metrics",
		} {
			w := c.ask(who, "GET", target, "")
			for _, text := range foreign {
				assert.NotContains(t, w.Body.String(), text, "%s: %s", who, target)
			}
		}
		assert.Equal(t, 403, c.ask(who, "GET", "/metrics", "").Code, "how much others do is theirs")
		assert.Contains(t, c.ask(who, "GET", "/v1/find?text=secret", "").Body.String(), "secret of team-a/x")
		lists := c.ask(who, "GET", "/v1/lists?limit=2", "").Body.String()
		assert.NotContains(t, lists, `"next"`, "that there are more is nobody else's")
	}
	assert.Equal(t, 200, c.ask("looksAll", "GET", "/metrics", "").Code)
	assert.NotContains(t, c.ask("looksAll", "GET", "/metrics", "").Body.String(), "team-a", "the names of lists are no labels")
}

func TestReadOnly(t *testing.T) {
	c := confined(t)
	before := c.ask("all", "GET", "/v1/lists", "").Body.String()
	for _, who := range []string{"look", "looksAll"} {
		for _, call := range listCalls {
			if strings.HasSuffix(call[1], "/events") {
				continue // is open for long
			}
			w := c.ask(who, call[0], strings.ReplaceAll(call[1], "LIST", "team-a%2Fx"), call[2])
			if call[0] == "GET" {
				assert.Equal(t, 200, w.Code, "%s: %v", who, call)
				continue
			}
			assert.Equal(t, 403, w.Code, "%s: %v: %s", who, call, w.Body)
			assert.Contains(t, w.Body.String(), `"code":"read_only"`, "%s: %v", who, call)
		}
		for _, override := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"} {
			assert.Equal(t, 200, c.ask(who, "GET", "/v1/lists/team-a%2Fx", "", override, "DELETE").Code)
		}
	}
	assert.Equal(t, before, c.ask("all", "GET", "/v1/lists", "").Body.String(), "nothing has changed")
}

func TestBulkIsConfined(t *testing.T) {
	c := confined(t)
	s := httptest.NewServer(c.h)
	t.Cleanup(s.Close)
	before := c.ask("all", "GET", "/v1/lists", "").Body.String()
	lines := ""
	for _, list := range []string{"z", "team-ab", "team-a", "q"} {
		for _, do := range []string{`"add","title":"x"`, `"update","id":1,"title":"x"`, `"done","id":1`, `"reopen","id":2`, `"delete","id":1`,
			`"undo"`, `"redo"`, `"entries"`} {
			lines += fmt.Sprintf(`{"list":%q,"do":%s}`+"\n", list, do)
		}
	}
	bulk := func(who, lines string) string {
		r := c.live(s, who, "POST", "/v1/bulk", strings.NewReader(lines))
		defer r.Body.Close()
		text, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		return string(text)
	}
	for _, who := range []string{"team", "look"} {
		answers := bulk(who, lines)
		assert.NotContains(t, answers, "secret")
		assert.Equal(t, 32, strings.Count(answers, `"error"`), answers)
		assert.Equal(t, 4, strings.Count(answers, `"forbidden"`)/8, answers)
	}
	own := strings.ReplaceAll(lines, `"z"`, `"team-a/x"`)
	own, _, _ = strings.Cut(own, `{"list":"team-ab"`)
	assert.Equal(t, 7, strings.Count(bulk("look", own), `"read_only"`))
	assert.Contains(t, bulk("look", own), "secret of team-a/x")
	assert.Equal(t, before, c.ask("all", "GET", "/v1/lists", "").Body.String(), "nothing has changed")
}

// live asks over a real connection.
func (c *confinedServer) live(s *httptest.Server, who, method, target string, body io.Reader) *http.Response {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, s.URL+target, body)
	require.NoError(c.t, err)
	r.Header.Set("Authorization", "Bearer "+c.tokens[who])
	response, err := s.Client().Do(r)
	require.NoError(c.t, err)
	return response
}

func TestEventsAreConfined(t *testing.T) {
	c := confined(t)
	s := httptest.NewServer(c.h)
	t.Cleanup(s.Close)
	follow := func(target string) *bufio.Reader {
		r := c.live(s, "team", "GET", target, nil)
		t.Cleanup(func() { r.Body.Close() })
		require.Equal(t, 200, r.StatusCode)
		return bufio.NewReader(r.Body)
	}
	next := func(r *bufio.Reader, name string) string {
		for {
			line, err := r.ReadString('\n')
			require.NoError(t, err)
			if text, ok := strings.CutPrefix(line, name+": "); ok {
				return strings.TrimSpace(text)
			}
		}
	}
	all := follow("/v1/events")
	wide := follow("/v1/events?prefix=team-a")
	for _, title := range []string{"one", "two"} {
		for _, list := range []string{"z", "team-ab", "team-a", "Team-a%2Fx", "a", "team-a%2Fx"} {
			w := c.ask("all", "POST", "/v1/lists/"+list+"/entries", `{"title":"`+title+`"}`)
			require.Equal(t, 201, w.Code)
		}
	}
	var ids []string
	for _, title := range []string{"one", "two"} {
		for _, r := range []*bufio.Reader{all, wide} {
			ids = append(ids, next(r, "id"))
			data := next(r, "data")
			assert.Contains(t, data, `"list":"team-a/x"`)
			assert.Contains(t, data, title)
		}
	}
	// Whoever comes back to any event must not be told of others' either.
	for _, id := range ids {
		for _, start := range []string{id, "x" + id} {
			back := follow("/v1/events?last_event_id=" + url.QueryEscape(start))
			w := c.ask("all", "POST", "/v1/lists/team-a%2Fy/entries", `{"title":"last"}`)
			require.Equal(t, 201, w.Code)
			for data := ""; !strings.Contains(data, `"last"`); {
				data = next(back, "data")
				for _, foreign := range []string{`"z"`, `"team-ab"`, `"team-a"`, `"Team-a/x"`, `"a"`} {
					assert.NotContains(t, data, `"list":`+foreign)
				}
			}
		}
	}
}
