package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/access"
	"todoshell/cache"
	"todoshell/metrics"
	"todoshell/server"
	"todoshell/store"
	"todoshell/todo"

	"todoshell/web/problem"
)

// A place is a server on the wire, with its lists.
type place struct {
	*testing.T
	url   string
	lists *cache.Cache
	data  *store.Store
	web   *Server
}

const bulkPath = "/v1/bulk"

// noon is when everything happens.
func noon() time.Time { return time.Date(2024, 1, 15, 12, 0, 0, 0, time.UTC) }

func openPlace(t *testing.T) *place {
	t.Helper()
	data, err := store.OpenMemory()
	require.NoError(t, err)
	return openOver(t, data)
}

func openOver(t *testing.T, data *store.Store) *place {
	t.Helper()
	p := openOffline(t, data)
	p.serve()
	return p
}

// serve lets clients reach the place.
func (p *place) serve() {
	wire := httptest.NewServer(p.web)
	p.url = wire.URL
	p.Cleanup(func() {
		p.web.ending(cache.ErrClosed)
		wire.Close()
	})
}

// openOffline opens a place that only calls of its handler reach.
func openOffline(t *testing.T, data *store.Store) *place {
	t.Helper()
	p := &place{T: t, data: data, lists: cache.New(&server.System{Now: noon}, data, 1000)}
	tokens, measured := access.Open(access.Folder("")), metrics.New()
	measured.AddServers(p.lists.Stats)
	p.web = New(Options{Cache: p.lists, Tokens: tokens, Local: true, Ready: data.Ready, Now: noon, Version: "test",
		Answered: measured.Answered, Metrics: measured.Handler()})
	t.Cleanup(func() {
		tokens.Close()
		p.lists.Close()
		require.NoError(t, data.Close())
	})
	return p
}

// A reply is an answer that has been read.
type reply struct {
	*http.Response
	text string
}

// do sends a request; header are pairs.
func (p *place) do(method, path, text string, header ...string) reply {
	p.Helper()
	r, err := http.NewRequestWithContext(p.Context(), method, p.url+path, strings.NewReader(text))
	require.NoError(p, err)
	if text != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(p, err)
	defer w.Body.Close()
	b, err := io.ReadAll(w.Body)
	require.NoError(p, err)
	return reply{w, strings.TrimSuffix(string(b), "\n")}
}

// is tells whether the answer has a status and a text.
func (r reply) is(p *place, status int, text string) reply {
	p.Helper()
	assert.Equal(p, status, r.StatusCode)
	assert.Equal(p, text, r.text)
	return r
}

// fails tells whether the answer is a problem document with a code.
func (r reply) fails(p *place, status int, code todo.Code) reply {
	p.Helper()
	assert.Equal(p, "application/problem+json", r.Header.Get("Content-Type"))
	var document problem.Document
	require.NoError(p, json.Unmarshal([]byte(r.text), &document), r.text)
	assert.Equal(p, status, r.StatusCode, r.text)
	assert.Equal(p, status, document.Status)
	assert.Equal(p, code, document.Code, r.text)
	assert.NotEmpty(p, document.Detail)
	assert.NotEmpty(p, document.Title)
	return r
}

func TestEntries(t *testing.T) {
	p := openPlace(t)
	const bob = "/v1/lists/Bob%2F%C3%9F%20%3F/entries"
	added := p.do("POST", bob, `{"title":"Dentist","date":"2024-01-02"}`).is(p, 201, `{"id":1,"date":"2024-01-02","status":"open","title":"Dentist"}`)
	assert.Equal(p, bob+"/1", added.Header.Get("Location"))
	p.do("GET", added.Header.Get("Location"), "").is(p, 200, added.text)
	p.do("POST", bob, `{"title":"milk"}`).is(p, 201, `{"id":2,"date":null,"status":"open","title":"milk"}`)
	p.do("POST", bob, `{"title":"<b>&","date":null}`).is(p, 201, `{"id":3,"date":null,"status":"open","title":"<b>&"}`)

	p.do("PATCH", bob+"/1", `{"status":"done","title":"Doctor"}`).is(p, 200, `{"id":1,"date":"2024-01-02","status":"done","title":"Doctor"}`)
	p.do("PATCH", bob+"/1", `{"date":null}`).is(p, 200, `{"id":1,"date":null,"status":"done","title":"Doctor"}`)
	p.do("POST", "/v1/lists/Bob%2F%C3%9F%20%3F/undo", "").is(p, 200,
		`{"list":"Bob/ß ?","revision":6,"entries":[{"id":1,"date":"2024-01-02","status":"done","title":"Doctor"}]}`)
	p.do("POST", "/v1/lists/Bob%2F%C3%9F%20%3F/redo", "").is(p, 200,
		`{"list":"Bob/ß ?","revision":7,"entries":[{"id":1,"date":null,"status":"done","title":"Doctor"}]}`)
	p.do("DELETE", bob+"/3", "").is(p, 200, `{"id":3,"date":null,"status":"open","title":"<b>&"}`)
	p.do("POST", "/v1/lists/Bob%2F%C3%9F%20%3F/reopen", `{"ids":[1,2]}`).is(p, 200,
		`{"list":"Bob/ß ?","revision":9,"entries":[{"id":1,"date":null,"status":"open","title":"Doctor"},{"id":2,"date":null,"status":"open","title":"milk"}]}`)
	p.do("POST", "/v1/lists/Bob%2F%C3%9F%20%3F/done", `{"ids":[1,7]}`).fails(p, 404, todo.UnknownID)
	p.do("GET", bob+"?status=done", "").is(p, 200, `{"list":"Bob/ß ?","revision":9,"entries":[]}`)
	p.do("GET", "/v1/lists", "").is(p, 200, `{"lists":[{"name":"Bob/ß ?","revision":9,"entries":2,"open":2}]}`)
	log := p.do("GET", "/v1/lists/Bob%2F%C3%9F%20%3F/log?from=8&limit=1", "")
	log.is(p, 200, `{"list":"Bob/ß ?","changes":[{"rev":8,"time":"2024-01-15T12:00:00Z","what":"delete",`+
		`"entries":[{"id":3,"date":null,"status":"open","title":"<b>&"}],"removed":[3]}],"next":9}`)
	p.do("DELETE", "/v1/lists/Bob%2F%C3%9F%20%3F", "").is(p, 204, "")
	p.do("GET", "/v1/lists/Bob%2F%C3%9F%20%3F", "").is(p, 200, `{"name":"Bob/ß ?","revision":0,"entries":0,"open":0}`)
	p.do("GET", bob, "").is(p, 200, `{"list":"Bob/ß ?","revision":0,"entries":[]}`)
}

func TestErrors(t *testing.T) {
	p := openPlace(t)
	const bob = "/v1/lists/Bob"
	p.do("POST", bob+"/entries", `{"title":"one"}`)
	for _, c := range []struct {
		method, path, body string
		status             int
		code               todo.Code
	}{
		{"POST", bob + "/entries", `{"title":""}`, 422, todo.BadTitle},
		{"POST", bob + "/entries", `{"title":"\u00a0\u200b"}`, 422, todo.BadTitle},
		{"POST", "/v1/lists/%E2%80%8B/entries", `{"title":"x"}`, 422, todo.BadName},
		{"GET", "/v1/lists/%20/entries", "", 422, todo.BadName},
		{"POST", bob + "/entries", `{"titel":"x"}`, 422, todo.BadRequest},
		{"POST", bob + "/entries", `{"title":"x","date":"2024-02-30"}`, 422, todo.BadDate},
		{"POST", bob + "/entries", `{"title":"x","date":"today"}`, 422, todo.BadDate},
		{"POST", bob + "/entries", `{"title":"x","date":7}`, 422, todo.BadRequest},
		{"POST", bob + "/entries", `nonsense`, 400, todo.BadRequest},
		{"POST", bob + "/entries", `{"title":"` + strings.Repeat("x", todo.MaxTitle+1) + `"}`, 422, todo.BadTitle},
		{"POST", bob + "/entries", `{"title":"` + strings.Repeat("x", 1<<20) + `"}`, 413, problem.TooLarge},
		{"POST", "/v1/lists/%01/entries", `{"title":"x"}`, 422, todo.BadName},
		{"POST", "/v1/lists/" + strings.Repeat("x", 256) + "/entries", `{"title":"x"}`, 422, todo.BadName},
		{"POST", "/v1/lists/%ff/entries", `{"title":"x"}`, 422, todo.BadUTF8},
		{"PATCH", bob + "/entries/7", `{"status":"done"}`, 404, todo.UnknownID},
		{"PATCH", bob + "/entries/1", `{"status":"gone"}`, 422, todo.BadStatus},
		{"PATCH", bob + "/entries/1", `{"status":""}`, 422, todo.BadStatus},
		{"PATCH", bob + "/entries/1", `{"title":""}`, 422, todo.BadTitle},
		{"PATCH", bob + "/entries/x", `{}`, 422, todo.BadRequest},
		{"GET", bob + "/entries?when=01/02/2024", "", 422, todo.BadDate},
		{"GET", bob + "/entries?limit=0", "", 422, todo.BadRequest},
		{"GET", bob + "/entries?cursor=nonsense", "", 400, todo.BadRequest},
		{"GET", bob + "/entries?wen=today", "", 422, todo.BadRequest},
		{"GET", bob + "/entries/7", "", 404, todo.UnknownID},
		{"DELETE", "/v1/lists/Nobody", "", 404, todo.UnknownList},
		{"POST", bob + "/redo", "", 409, todo.NothingToRedo},
		{"POST", "/v1/lists/Nobody/undo", "", 409, todo.NothingToUndo},
		{"GET", "/v1/find", "", 422, todo.BadRequest},
		{"GET", "/v1/agenda?cursor=x", "", 400, todo.BadRequest},
		{"POST", bob + "/import?format=exe", "x", 422, "bad_format"},
		{"POST", bob + "/import?format=csv", "id,title\n0,x", 422, "bad_import"},
		{"GET", "/nowhere", "", 404, problem.UnknownPath},
		{"GET", "/v1/lists/Bob/nowhere", "", 404, problem.UnknownPath},
		{"PUT", bob, "", 405, problem.WrongMethod},
		{"POST", "/add_entry?list=Bob&date=2018-12-32&title=x", "", 422, todo.BadDate},
		{"POST", "/add_entry?list=Bob&date=2018-12-31", "", 422, todo.BadTitle},
		{"GET", "/entries?list=&date=2018-12-31", "", 422, todo.BadName},
	} {
		t.Run(c.method+" "+c.path[:min(len(c.path), 60)], func(t *testing.T) {
			p.do(c.method, c.path, c.body).fails(&place{T: t}, c.status, c.code)
		})
	}
	p.do("GET", bob, "").is(p, 200, `{"name":"Bob","revision":1,"entries":1,"open":1}`)
}

// The clients of the book's server find what they know.
func TestChapter(t *testing.T) {
	p := openPlace(t)
	p.do("GET", "/entries?list=bob&date=2018-12-19", "").is(p, 200, "")
	for _, title := range []string{"Dentist", "Shopping", "two\nlines"} {
		r := p.do("POST", "/add_entry?list=bob&date=2018-12-19&title="+strings.ReplaceAll(title, "\n", "%0A"), "")
		r.is(p, 200, "OK")
		assert.Contains(p, r.Header.Get("Content-Type"), "text/plain")
	}
	p.do("POST", "/add_entry", "list=bob&date=2018-12-20&title=Movies", "Content-Type", "application/x-www-form-urlencoded").is(p, 200, "OK")
	r, err := http.Get(p.url + "/entries?list=bob&date=2018-12-19") //nolint:noctx // as a simple client does it
	require.NoError(t, err)
	defer r.Body.Close()
	var text bytes.Buffer
	_, err = text.ReadFrom(r.Body)
	require.NoError(t, err)
	assert.Equal(t, "2018-12-19 Dentist\n2018-12-19 Shopping\n2018-12-19 two\\nlines", text.String())
	assert.Contains(p, r.Header.Get("Content-Type"), "text/plain")
	p.do("GET", "/entries?list=bob&date=2018-12-21", "").is(p, 200, "")
}

// The same key is the same answer, whatever else happens, and after a crash.
func TestIdempotencyKey(t *testing.T) {
	dir := t.TempDir()
	data, err := store.Open(dir)
	require.NoError(t, err)
	p := openOver(t, data)
	const bob = "/v1/lists/Bob"
	type request struct{ method, path, body string }
	requests := []request{
		{"POST", bob + "/entries", `{"title":"one"}`},
		{"POST", bob + "/entries", `{"title":"two","date":"2024-01-01"}`},
		{"PATCH", bob + "/entries/1", `{"title":"eins","status":"done"}`},
		{"POST", bob + "/reopen", `{"ids":[1]}`},
		{"POST", bob + "/import?format=csv", "title\nthree\nfour\n"},
		{"POST", bob + "/undo", ""},
		{"POST", bob + "/redo", ""},
		{"DELETE", bob + "/entries/2", ""},
		{"POST", bob + "/delete", `{"ids":[3]}`},
		{"POST", "/add_entry?list=Bob&title=five", ""},
	}
	var answers []reply
	send := func(i int) reply {
		r := requests[i]
		return p.do(r.method, r.path, r.body, "Idempotency-Key", fmt.Sprint("key ", i))
	}
	for i := range requests {
		answers = append(answers, send(i))
		assert.Less(t, answers[i].StatusCode, 300, answers[i].text)
	}
	entries := p.do("GET", bob+"/entries", "").text
	again := func() {
		for i := range requests {
			r := send(i)
			assert.Equal(t, answers[i].text, r.text, requests[i])
			assert.Equal(t, answers[i].StatusCode, r.StatusCode)
			assert.Equal(t, answers[i].Header.Get("Location"), r.Header.Get("Location"))
		}
		p.do("GET", bob+"/entries", "").is(p, 200, entries)
	}
	again()
	require.NoError(t, data.Backup(dir+"/crashed")) // as it is now, without a tidy end
	crashed, err := store.Open(dir + "/crashed")
	require.NoError(t, err)
	p = openOver(t, crashed)
	again()
	p.do("POST", bob+"/entries", `{"title":"other"}`, "Idempotency-Key", "key 0").fails(p, 409, todo.KeyReused)

	for range 2 {
		p.do("DELETE", bob, "", "Idempotency-Key", "drop").is(p, 204, "")
	}
	p.do("POST", bob+"/entries", `{"title":"one"}`, "Idempotency-Key", "key 0").fails(p, 404, todo.UnknownList)
	p.do("POST", bob+"/entries", `{"title":"new"}`).is(p, 201, `{"id":1,"date":null,"status":"open","title":"new"}`)
	p.do("DELETE", bob, "", "Idempotency-Key", "drop").is(p, 204, "")
	p.do("GET", bob, "").is(p, 200, `{"name":"Bob","revision":1,"entries":1,"open":1}`)
}

func TestConditions(t *testing.T) {
	p := openPlace(t)
	const bob = "/v1/lists/Bob"
	one := p.do("POST", bob+"/entries", `{"title":"one"}`).Header.Get("ETag")
	list := p.do("GET", bob+"/entries", "").Header.Get("ETag")
	assert.Equal(t, list, p.do("GET", bob, "").Header.Get("ETag"))
	p.do("GET", bob+"/entries", "", "If-None-Match", list).is(p, 304, "")
	p.do("GET", bob+"/entries", "", "If-None-Match", `"other", W/`+list).is(p, 304, "")
	today := p.do("GET", bob+"/entries?when=today", "")
	p.do("GET", bob+"/entries?when=today", "", "If-None-Match", today.Header.Get("ETag")).is(p, 304, "")
	p.do("GET", bob+"/entries?when=today", "", "If-None-Match", list).is(p, 200, today.text) // tomorrow is another day
	p.do("POST", bob+"/entries", `{"title":"two"}`)
	p.do("GET", bob+"/entries", "", "If-None-Match", list).is(p, 200,
		`{"list":"Bob","revision":2,"entries":[{"id":1,"date":null,"status":"open","title":"one"},{"id":2,"date":null,"status":"open","title":"two"}]}`)
	p.do("PATCH", bob+"/entries/1", `{"title":"x"}`, "If-Match", list).fails(p, 412, problem.Changed)
	p.do("DELETE", bob, "", "If-Match", list).fails(p, 412, problem.Changed)
	uno := p.do("PATCH", bob+"/entries/1", `{"title":"uno"}`, "If-Match", `"other", `+one).is(p, 200, `{"id":1,"date":null,"status":"open","title":"uno"}`)
	p.do("PATCH", bob+"/entries/1", `{"title":"y"}`, "If-Match", one).fails(p, 412, problem.Changed)
	p.do("DELETE", bob+"/entries/1", "", "If-Match", uno.Header.Get("ETag")).is(p, 200, uno.text)
	p.do("PATCH", bob+"/entries/1", `{"title":"y"}`, "If-Match", "*").fails(p, 412, problem.Changed)
	p.do("POST", bob+"/undo", "", "If-Match", p.do("GET", bob, "").Header.Get("ETag")).is(p, 200,
		`{"list":"Bob","revision":5,"entries":[{"id":1,"date":null,"status":"open","title":"uno"}]}`)
	p.do("PATCH", bob+"/entries/1", `{"title":"z"}`, "If-Match", "*").is(p, 200, `{"id":1,"date":null,"status":"open","title":"z"}`)

	p.do("DELETE", bob, "").is(p, 204, "")
	p.do("POST", bob+"/entries", `{"title":"another"}`)
	p.do("DELETE", bob, "", "If-Match", list).fails(p, 412, problem.Changed) // it has as many revisions and entries
	p.do("GET", bob+"/entries", "", "If-None-Match", list).is(p, 200,
		`{"list":"Bob","revision":1,"entries":[{"id":1,"date":null,"status":"open","title":"another"}]}`)
	p.do("GET", "/v1/lists/none/entries", "", "If-None-Match", "*").is(p, 200, `{"list":"none","revision":0,"entries":[]}`)
}

func TestPages(t *testing.T) {
	p := openPlace(t)
	for _, name := range []string{"a", "b/1", "b/2", "b/3", "c"} {
		for i, date := range []string{`"2024-01-03"`, `"2024-01-01"`, `null`, `"2024-01-03"`, `null`} {
			p.do("POST", "/v1/lists/"+strings.ReplaceAll(name, "/", "%2F")+"/entries", `{"title":"`+name+string(rune('A'+i))+`","date":`+date+`}`)
		}
	}
	// all goes through the pages of a call and returns what they hold, one after another.
	all := func(path, field string) (texts []string) {
		for cursor := ""; ; {
			var page map[string]json.RawMessage
			r := p.do("GET", path+cursor, "")
			require.Equal(t, 200, r.StatusCode, r.text)
			require.NoError(t, json.Unmarshal([]byte(r.text), &page))
			var things []map[string]any
			require.NoError(t, json.Unmarshal(page[field], &things))
			for _, thing := range things {
				for _, key := range []string{"title", "name"} {
					if text, ok := thing[key].(string); ok {
						texts = append(texts, text)
					}
				}
			}
			if page["next"] == nil {
				return texts
			}
			require.NotEmpty(t, things)
			var next string
			require.NoError(t, json.Unmarshal(page["next"], &next))
			cursor = "&cursor=" + strings.ReplaceAll(next, "/", "%2F")
		}
	}
	assert.Equal(t, []string{"aB", "aA", "aD", "aC", "aE"}, all("/v1/lists/a/entries?limit=2", "entries"))
	assert.Equal(t, []string{"aE", "aC", "aD", "aA", "aB"}, all("/v1/lists/a/entries?limit=2&order=desc", "entries"))
	assert.Equal(t, []string{"aD", "aA"}, all("/v1/lists/a/entries?limit=1&order=desc&when=2024-01-02..", "entries"))
	assert.Equal(t, []string{"aB"}, all("/v1/lists/a/entries?order=desc&cursor=2024-01-02%2F18446744073709551615", "entries"))
	assert.Equal(t, []string{"aB", "aA", "aD"}, all("/v1/lists/a/entries?limit=1&when=2024-01-01..2024-01-31", "entries"))
	assert.Equal(t, []string{"aC", "aE"}, all("/v1/lists/a/entries?limit=1&when=none", "entries"))
	assert.Equal(t, []string{"a", "b/1", "b/2", "b/3", "c"}, all("/v1/lists?limit=2", "lists"))
	assert.Equal(t, []string{"b/1", "b/2", "b/3"}, all("/v1/lists?limit=1&prefix=b/", "lists"))
	assert.Equal(t, []string{"aB", "aA", "aD", "b/1B", "b/1A", "b/1D", "b/2B", "b/2A", "b/2D", "b/3B", "b/3A", "b/3D", "cB", "cA", "cD"},
		all("/v1/agenda?limit=2", "entries"))
	assert.Equal(t, []string{"aC", "aE", "b/1C", "b/1E", "b/2C", "b/2E", "b/3C", "b/3E", "cC", "cE"}, all("/v1/agenda?limit=3&when=none", "entries"))
	assert.Equal(t, []string{"aE", "b/1E", "b/2E", "b/3E", "cE"}, all("/v1/find?limit=1&text=e", "entries"))
}

func TestFiles(t *testing.T) {
	p := openPlace(t)
	p.do("POST", "/v1/lists/Bob/import?format=csv", "date,title\n2024-01-02,one\n,\"two, three\"\n").is(p, 200, `{"list":"Bob","revision":1,"imported":2}`)
	p.do("POST", "/v1/lists/Bob/import", "BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:four\nEND:VTODO\nEND:VCALENDAR\n", "Content-Type", "text/calendar; charset=utf-8").
		is(p, 200, `{"list":"Bob","revision":2,"imported":1}`)
	csv := p.do("GET", "/v1/lists/Bob/export?format=csv", "")
	assert.Contains(t, csv.Header.Get("Content-Type"), "text/csv")
	assert.Contains(t, csv.Header.Get("Content-Disposition"), "attachment")
	assert.Equal(t, "id,date,status,title\n1,2024-01-02,open,one\n2,,open,\"two, three\"\n3,,open,four", strings.ReplaceAll(csv.text, "\r", ""))
	ndjson := p.do("GET", "/v1/lists/Bob/export", "").text
	p.do("POST", "/v1/lists/Copy/import", ndjson).is(p, 200, `{"list":"Copy","revision":1,"imported":3}`)
	p.do("GET", "/v1/lists/Copy/export", "").is(p, 200, strings.ReplaceAll(ndjson, `"Bob"`, `"Copy"`))
}

func TestOperating(t *testing.T) {
	p := openPlace(t)
	p.do("GET", "/healthz", "").is(p, 200, "ok")
	p.do("GET", "/readyz", "").is(p, 200, "ready")
	p.do("POST", "/v1/lists/Bob/entries", `{"title":"one"}`)
	shown := p.do("GET", "/metrics", "").text
	for _, line := range []string{"todoshell_live_servers 1", "todoshell_mailbox_requests 0", "todoshell_evicted_servers_total 0",
		`todoshell_http_request_duration_seconds_count{code="201",method="POST",route="POST /v1/lists/{list}/entries"} 1`} {
		assert.Contains(t, shown, line)
	}
	assert.Equal(t, "mine", p.do("GET", "/healthz", "", requestID, "mine").Header.Get(requestID))
	assert.NotEmpty(t, p.do("GET", "/healthz", "").Header.Get(requestID))
	p.web.ready = func() error { return &todo.Error{Code: store.DiskFull, Message: "no room in /secret/folder"} }
	full := p.do("GET", "/readyz", "")
	full.fails(p, 503, store.DiskFull)
	assert.NotContains(t, full.text, "secret")
	p.web.ready = nil
	p.do("GET", "/readyz", "").is(p, 200, "ready")
	p.web.ending(cache.ErrClosed)
	p.do("GET", "/readyz", "").fails(p, 503, cache.Ending)
	p.do("GET", "/healthz", "").is(p, 200, "ok")
}

// A server that is closed answers what is under way, and ends its streams.
func TestClose(t *testing.T) {
	p := openPlace(t)
	events := p.follow("/v1/lists/Bob/events")
	require.NoError(t, p.web.Close(t.Context()))
	_, ok := events.next()
	assert.False(t, ok)
}
