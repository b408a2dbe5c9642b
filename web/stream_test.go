package web

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

// A following is a client of events.
type following struct {
	*place
	body  io.ReadCloser
	lines *bufio.Scanner
	id    string
}

// An event is one that a client was told of.
type event struct{ kind, id, data string }

// follow opens a stream; header are pairs.
func (p *place) follow(path string, header ...string) *following {
	p.Helper()
	r, err := http.NewRequestWithContext(p.Context(), http.MethodGet, p.url+path, nil)
	require.NoError(p, err)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(p, err)
	require.Equal(p, http.StatusOK, w.StatusCode)
	require.Equal(p, "text/event-stream", w.Header.Get("Content-Type"))
	p.Cleanup(func() { _ = w.Body.Close() })
	f := &following{place: p, body: w.Body, lines: bufio.NewScanner(w.Body)}
	f.lines.Buffer(nil, 1<<20)
	for f.lines.Scan() && f.lines.Text() != "" { // retry
	}
	return f
}

// next returns the next event; ok is false at the end.
func (f *following) next() (e event, ok bool) {
	for f.lines.Scan() {
		field, value, _ := strings.Cut(f.lines.Text(), ": ")
		switch field {
		case "id", "id:":
			e.id = value
		case "event":
			e.kind = value
		case "data":
			e.data = value
		case "":
			if e.kind != "" {
				return e, true
			}
		}
	}
	return e, false
}

// changes returns the next n events, which must be changes, as "LIST REV WHAT TITLE".
func (f *following) changes(n int) (all []string) {
	f.Helper()
	for range n {
		e, ok := f.next()
		require.True(f, ok)
		require.Equal(f, "change", e.kind, e.data)
		var c struct {
			List, What string
			Rev        int
			Entries    []struct{ Title string }
		}
		require.NoError(f, json.Unmarshal([]byte(e.data), &c))
		title := ""
		if len(c.Entries) > 0 {
			title = c.Entries[0].Title
		}
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %d %s %s", c.List, c.Rev, c.What, title)))
		f.id = e.id
	}
	return all
}

func (p *place) add(list, title string) {
	p.Helper()
	require.NoError(p, p.lists.Call(p.Context(), list, func(d *todo.Draft) error { _, err := d.Add(0, title); return err }))
}

func TestListEvents(t *testing.T) {
	p := openPlace(t)
	p.add("Bob", "before")
	f := p.follow("/v1/lists/Bob/events")
	p.add("Alice", "not Bob's")
	p.add("Bob", "one")
	p.do("DELETE", "/v1/lists/Bob/entries/1", "")
	assert.Equal(t, []string{"Bob 2 add one", "Bob 3 delete before"}, f.changes(2))
	_ = f.body.Close()

	p.add("Bob", "missed")
	again := p.follow("/v1/lists/Bob/events", "Last-Event-ID", f.id)
	p.add("Bob", "new")
	assert.Equal(t, []string{"Bob 4 add missed", "Bob 5 add new"}, again.changes(2))
	byQuery := p.follow("/v1/lists/Bob/events?last_event_id=" + again.id)
	p.add("Bob", "newer")
	assert.Equal(t, []string{"Bob 6 add newer"}, byQuery.changes(1))

	p.do("DELETE", "/v1/lists/Bob", "")
	p.add("Bob", "another Bob")
	assert.Equal(t, []string{"Bob 7 drop", "Bob 1 add another Bob"}, byQuery.changes(2))
}

// What can't be told is said.
func TestReset(t *testing.T) {
	p := openPlace(t)
	p.add("Bob", "one")
	for _, id := range []string{"9-x", "1-x", "x", "0-0", "1"} {
		f := p.follow("/v1/lists/Bob/events", "Last-Event-ID", id)
		e, ok := f.next()
		require.True(t, ok)
		assert.Equal(t, "reset", e.kind, id)
		assert.Empty(t, e.id)
	}
	f := p.follow("/v1/events", "Last-Event-ID", "nonsense")
	e, _ := f.next()
	assert.Equal(t, "reset", e.kind)
	p.add("Bob", "two")
	assert.Equal(t, []string{"Bob 2 add two"}, f.changes(1))
}

func TestAllEvents(t *testing.T) {
	p := openPlace(t)
	p.add("Bob", "before")
	f, some := p.follow("/v1/events"), p.follow("/v1/events?prefix=Al")
	p.add("Bob", "one")
	p.add("Alice", "two")
	assert.Equal(t, []string{"Bob 2 add one", "Alice 1 add two"}, f.changes(2))
	assert.Equal(t, []string{"Alice 1 add two"}, some.changes(1))
	_ = f.body.Close()
	p.add("Bob", "missed")
	again := p.follow("/v1/events", "Last-Event-ID", f.id)
	p.add("Alice", "new")
	assert.Equal(t, []string{"Bob 3 add missed", "Alice 2 add new"}, again.changes(2))

	// After a start, the journals have what a client has missed, each change once.
	next := openOver(t, p.data)
	next.add("Carol", "missed")
	next.add("Bob", "missed too")
	f = next.follow("/v1/events", "Last-Event-ID", f.id)
	late := next.follow("/v1/events?prefix=C", "Last-Event-ID", again.id)
	next.add("Carol", "new")
	assert.Equal(t, []string{"Bob 3 add missed", "Alice 2 add new", "Carol 1 add missed", "Bob 4 add missed too", "Carol 2 add new"}, f.changes(5))
	assert.Equal(t, []string{"Carol 1 add missed", "Carol 2 add new"}, late.changes(2))
}

// A change that is too long to wait for slow clients is not told, which is said, also to those who come back.
func TestLongChangesAreNotTold(t *testing.T) {
	p := openPlace(t)
	list, all := p.follow("/v1/lists/Bob/events"), p.follow("/v1/events")
	p.add("Bob", "one")
	assert.Equal(t, []string{"Bob 1 add one"}, list.changes(1))
	assert.Equal(t, []string{"Bob 1 add one"}, all.changes(1))
	first := all.id
	require.NoError(t, p.lists.Call(t.Context(), "Bob", func(d *todo.Draft) error { return d.Import(many(20_000, "x")) }))
	p.add("Bob", "two")
	for _, f := range []*following{list, all, p.follow("/v1/lists/Bob/events", "Last-Event-ID", list.id), p.follow("/v1/events", "Last-Event-ID", all.id)} {
		e, ok := f.next()
		require.True(t, ok)
		assert.Equal(t, event{"reset", "", `{"reason":"a change is too long to be told"}`}, e)
		assert.Equal(t, []string{"Bob 3 add two"}, f.changes(1))
	}
	next := openOver(t, p.data) // where only the journals know
	f := next.follow("/v1/events", "Last-Event-ID", first)
	e, _ := f.next()
	assert.Equal(t, "reset", e.kind)
	assert.Equal(t, []string{"Bob 3 add two"}, f.changes(1))
}

// However many don't read, they hold a long change once.
func TestSlowReadersShareEvents(t *testing.T) {
	p := openPlace(t)
	const readers = 200
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), http.LocalAddrContextKey, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 5454}))
	until := make(chan struct{})
	var open, waiting, ended sync.WaitGroup
	before := heap()
	for i := range readers {
		open.Add(1)
		waiting.Add(1)
		s := &stuck{header: make(http.Header), left: 1000, is: sync.OnceFunc(waiting.Done), until: until, flushed: sync.OnceFunc(open.Done)}
		target := []string{"/v1/events", "/v1/lists/Bob/events"}[i%2]
		ended.Go(func() {
			p.web.ServeHTTP(s, httptest.NewRequestWithContext(ctx, "GET", "http://127.0.0.1:5454"+target, nil))
		})
	}
	open.Wait()
	require.NoError(t, p.lists.Call(ctx, "Bob", func(d *todo.Draft) error { return d.Import(many(2000, strings.Repeat("x", 400))) }))
	waiting.Wait()
	held := heap() - before
	t.Log(held>>10, "KiB held by", readers)
	assert.Less(t, held, int64(readers*64<<10+16<<20))
	cancel()
	close(until)
	ended.Wait()
}

func many(n int, title string) []todo.Entry {
	all := make([]todo.Entry, n)
	for i := range all {
		all[i].Title = title
	}
	return all
}

// A client that doesn't read holds nobody up, and is told to load anew.
func TestSlowReader(t *testing.T) {
	p := openPlace(t)
	f := p.follow("/v1/lists/Bob/events")
	title := strings.Repeat("x", todo.MaxTitle)
	for range 16 << 10 {
		p.add("Bob", title)
	}
	for e, ok := f.next(); ; e, ok = f.next() {
		require.True(t, ok)
		if e.kind == "reset" {
			break
		}
	}
	_, ok := f.next()
	assert.False(t, ok, "the stream has ended")
}

func TestBulk(t *testing.T) {
	p := openPlace(t)
	lines := strings.Join([]string{
		`{"do":"add","list":"Bob","title":"one","date":"2024-01-01"}`,
		`{"do":"add","list":"Alice","title":"two"}`,
		``,
		`nonsense`,
		`{"do":"update","list":"Bob","id":1,"date":null,"status":"done"}`,
		`{"do":"reopen","list":"Bob","ids":[1]}`,
		`{"do":"done","list":"Bob","ids":[1,9]}`,
		`{"do":"undo","list":"Bob"}`,
		`{"do":"redo","list":"Bob"}`,
		`{"do":"entries","list":"Bob","when":"none"}`,
		`{"do":"entries","list":"Alice"}`,
		`{"do":"delete","list":"Alice","id":1}`,
		`{"do":"add","list":"","title":"x"}`,
		`{"do":"add","list":"Bob","titel":"x"}`,
		`{"do":"add","list":"Bob","title":"x","date":"2024-02-30"}`,
		`{"do":"dance","list":"Bob"}`,
		`{"do":"add","list":"Bob","title":"` + strings.Repeat("x", 64<<10) + `"}`,
		`{"do":"add","list":"Bob","title":"last"}`, // without a newline
	}, "\n")
	answers := strings.Split(p.do("POST", bulkPath, lines).text, "\n")
	want := []string{
		`{"list":"Bob","id":1,"date":"2024-01-01","status":"open","title":"one"}`,
		`{"list":"Alice","id":1,"date":null,"status":"open","title":"two"}`,
		`bad_request`,
		`{"list":"Bob","id":1,"date":null,"status":"done","title":"one"}`,
		`{"list":"Bob","revision":3,"entries":[{"id":1,"date":null,"status":"open","title":"one"}]}`,
		`unknown_id`,
		`{"list":"Bob","revision":4,"entries":[{"id":1,"date":null,"status":"done","title":"one"}]}`,
		`{"list":"Bob","revision":5,"entries":[{"id":1,"date":null,"status":"open","title":"one"}]}`,
		`{"list":"Bob","revision":5,"entries":[{"id":1,"date":null,"status":"open","title":"one"}]}`,
		`{"list":"Alice","revision":1,"entries":[{"id":1,"date":null,"status":"open","title":"two"}]}`,
		`{"list":"Alice","revision":2,"entries":[{"id":1,"date":null,"status":"open","title":"two"}]}`,
		`bad_name`, `bad_request`, `bad_date`, `bad_request`, `too_large`,
		`{"list":"Bob","id":2,"date":null,"status":"open","title":"last"}`,
	}
	require.Len(t, answers, len(want))
	for i, answer := range answers {
		if strings.HasPrefix(want[i], "{") {
			assert.Equal(t, want[i], answer)
		} else {
			assert.Contains(t, answer, `{"error":{"type":"about:blank"`)
			assert.Contains(t, answer, `"code":"`+want[i]+`"`)
		}
	}
	assert.Contains(t, answers[2], `"line":4`)
}

// An answer comes as soon as it is durable, not at the end of the stream.
func TestBulkIsAStream(t *testing.T) {
	p := openPlace(t)
	in, out := io.Pipe()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+bulkPath, in)
	require.NoError(t, err)
	answered := make(chan *http.Response, 1)
	go func() {
		w, failed := http.DefaultTransport.RoundTrip(r) //nolint:bodyclose // whoever receives it does
		assert.NoError(t, failed)
		answered <- w
	}()
	_, err = fmt.Fprintln(out, `{"do":"add","list":"Bob","title":"0"}`)
	require.NoError(t, err)
	w := <-answered
	defer w.Body.Close()
	lines := bufio.NewScanner(w.Body)
	for i := range 3000 { // more than the window
		require.True(t, lines.Scan())
		assert.Contains(t, lines.Text(), fmt.Sprintf(`"title":"%d"`, i))
		_, err = fmt.Fprintf(out, "{\"do\":\"add\",\"list\":\"Bob\",\"title\":\"%d\"}\n", i+1)
		require.NoError(t, err)
	}
	require.NoError(t, out.Close())
	assert.True(t, lines.Scan())
	assert.False(t, lines.Scan())
}

// What is no command is told in words of JSON.
func TestBulkNonsense(t *testing.T) {
	p := openPlace(t)
	for line, want := range map[string]string{
		`nonsense`:                    "invalid character",
		`{"do":"add"`:                 "it ends too early",
		`{"do":"add"} {}`:             "after top-level value",
		`{"do":"add","do":"add"}`:     "duplicate",
		"{\"title\":\"\xff\"}":        "invalid UTF-8",
		`[]`:                          "it must be an object",
		`{"titel":"x"}`:               `there is no \"titel\" in it`,
		`{"do":"done","id":-1}`:       "id cannot be -1",
		`{"do":"done","ids":[1,"2"]}`: "ids/1 has a value of the wrong type",
		`{"do":"add","date":[]}`:      "date has a value of the wrong type",
	} {
		answer := p.do("POST", bulkPath, line).text
		assert.Contains(t, answer, `"detail":"the line is no command: `, line)
		assert.Contains(t, answer, want, line)
	}
}

// A stream that broke off is sent again: what was carried out is answered again.
func TestBulkAgain(t *testing.T) {
	p := openPlace(t)
	var lines strings.Builder
	for i := range 500 {
		fmt.Fprintf(&lines, `{"do":"add","list":"list %d","title":"%d"}`+"\n", i%3, i)
	}
	first := p.do("POST", bulkPath, lines.String()[:lines.Len()/2], "Idempotency-Key", "stream").text
	whole := p.do("POST", bulkPath, lines.String(), "Idempotency-Key", "stream").text
	first = first[:strings.LastIndexByte(first, '\n')] // half a line was none
	assert.True(t, strings.HasPrefix(whole, first))
	assert.Equal(t, whole, p.do("POST", bulkPath, lines.String(), "Idempotency-Key", "stream").text)
	list, err := p.lists.View(t.Context(), "list 0")
	require.NoError(t, err)
	assert.Equal(t, 167, list.Len())
}

// A client that goes away while it is answered ends its stream.
func TestBulkOfWhoGoesAway(t *testing.T) {
	p := openPlace(t)
	ctx, cancel := context.WithCancel(t.Context())
	in, out := io.Pipe()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+bulkPath, in)
	require.NoError(t, err)
	go func() {
		for i := 0; ; i++ {
			if _, gone := fmt.Fprintf(out, `{"do":"add","list":"Bob","title":"%d"}`+"\n", i); gone != nil {
				return
			}
		}
	}()
	w, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(t, err)
	cancel()
	_ = w.Body.Close()
	_ = in.Close()
	require.NoError(t, p.web.Close(t.Context()), "nothing is left open")
}
