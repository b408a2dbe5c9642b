package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"
	"net"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"todoshell/access"
	"todoshell/cache"
	"todoshell/internal/await"
	"todoshell/server"
	"todoshell/store"
	"todoshell/todo"
	"todoshell/web"
)

// A site is a server over lists of its own, which can go away and come back at
// the same address.
type site struct {
	t       *testing.T
	lists   *cache.Cache
	tokens  *access.Tokens
	addr    string
	browser context.Context
	token   string // of the second client
	stop    func()

	losing  atomic.Bool // carry changes out, and break the connection in place of the answer
	lost    chan struct{}
	busy    atomic.Bool // refuse changes for now
	failing atomic.Bool // answer no entries
	failed  chan struct{}
	before  atomic.Pointer[func()] // runs once, before the next undo
	undos   chan string            // the If-Match of each undo and redo
	streams chan string            // the paths of events that are asked for
}

func newSite(t *testing.T) *site {
	t.Helper()
	data, err := store.OpenMemory()
	require.NoError(t, err)
	s := &site{t: t, lists: cache.New(&server.System{Now: afterNoon}, data, 100), tokens: access.Open(access.Folder(t.TempDir())), addr: "127.0.0.1:0", failed: make(chan struct{}, 100_000), lost: make(chan struct{}, 1000), undos: make(chan string, 1000), streams: make(chan string, 1000)}
	s.start()
	t.Cleanup(func() {
		s.stop()
		s.lists.Close()
		s.tokens.Close()
		require.NoError(t, data.Close())
	})
	return s
}

// start serves, until stop is called.
func (s *site) start() {
	s.t.Helper()
	var config net.ListenConfig
	var listener net.Listener
	var err error
	listen := func() bool { listener, err = config.Listen(s.t.Context(), "tcp", s.addr); return err == nil }
	require.True(s.t, await.Until(s.t, listen), "somebody else has its port")
	s.addr = listener.Addr().String()
	lists := web.New(web.Options{Cache: s.lists, Tokens: s.tokens, Local: true, Now: afterNoon})
	outer := &http.Server{Handler: s.mayLose(lists), ReadHeaderTimeout: time.Minute}
	var serving sync.WaitGroup
	serving.Go(func() { _ = outer.Serve(listener) })
	s.stop = sync.OnceFunc(func() {
		_ = outer.Close()
		_ = lists.Close(context.Background())
		serving.Wait()
	})
}

func (s *site) mayLose(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name := path.Base(r.URL.Path); name == "events" {
			s.streams <- r.URL.Path
		}
		if s.failing.Load() && path.Base(r.URL.Path) == "entries" {
			s.failed <- struct{}{}
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		changes := r.Method != http.MethodGet && strings.HasPrefix(r.URL.Path, "/v1/")
		if changes && s.busy.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		if name := path.Base(r.URL.Path); changes && (name == "undo" || name == "redo") {
			if before := s.before.Swap(nil); before != nil {
				(*before)()
			}
			s.undos <- r.Header.Get("If-Match")
		}
		if !changes || !s.losing.Load() {
			next.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(httptest.NewRecorder(), r)
		s.lost <- struct{}{}
		panic(http.ErrAbortHandler)
	})
}

func (s *site) url(path string) string { return "http://" + s.addr + path }

// An item is an entry as the API has it.
type item struct {
	ID     uint64  `json:"id"`
	Date   *string `json:"date"`
	Status string  `json:"status"`
	Title  string  `json:"title"`
}

// call is the second client: it changes things underneath the page.
func (s *site) call(method, at string, body, answer any) {
	s.t.Helper()
	var text bytes.Buffer
	if body != nil {
		require.NoError(s.t, json.NewEncoder(&text).Encode(body))
	}
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url(at), &text)
	require.NoError(s.t, err)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if s.token != "" {
		r.Header.Set("Authorization", "Bearer "+s.token)
	}
	response, err := http.DefaultClient.Do(r)
	require.NoError(s.t, err)
	defer response.Body.Close()
	require.Less(s.t, response.StatusCode, 300, "%s %s", method, at)
	if answer != nil {
		require.NoError(s.t, json.NewDecoder(response.Body).Decode(answer))
	}
}

// put has a list hold something, without the wire.
func (s *site) put(list string) error {
	return s.lists.Call(s.t.Context(), list, func(d *todo.Draft) error {
		_, err := d.Add(0, "One")
		return err
	})
}

// fill has a list begin with these entries.
func (s *site) fill(list string, entries iter.Seq[item]) {
	s.t.Helper()
	var lines bytes.Buffer
	for e := range entries {
		require.NoError(s.t, json.NewEncoder(&lines).Encode(map[string]any{"date": e.Date, "status": e.Status, "title": e.Title}))
	}
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url("/v1/lists/"+list+"/import?format=json"), &lines)
	require.NoError(s.t, err)
	r.Header.Set("Content-Type", "application/x-ndjson")
	response, err := http.DefaultClient.Do(r)
	require.NoError(s.t, err)
	require.NoError(s.t, response.Body.Close())
	require.Equal(s.t, http.StatusOK, response.StatusCode)
}

// add adds an entry; an empty date is none.
func (s *site) add(list, date, title string) (added item) {
	s.t.Helper()
	body := map[string]any{"title": title}
	if date != "" {
		body["date"] = date
	}
	s.call(http.MethodPost, "/v1/lists/"+list+"/entries", body, &added)
	return added
}

func (s *site) entries(list string) []item {
	s.t.Helper()
	var page struct{ Entries []item }
	s.call(http.MethodGet, "/v1/lists/"+list+"/entries", nil, &page)
	return page.Entries
}

func (s *site) titles(list string) []string {
	s.t.Helper()
	all := []string{}
	for _, e := range s.entries(list) {
		all = append(all, e.Title)
	}
	return all
}

// noon is when the servers of pages start, and when it is on a page for as long as
// that is open: no test may break because a day ends.
var noon = time.Date(2026, time.March, 11, 12, 0, 0, 0, time.Local)

var started = time.Now()

func afterNoon() time.Time { return noon.Add(time.Since(started)) }

// dayFrom returns the date so many days from today.
func dayFrom(days int) string { return noon.AddDate(0, 0, days).Format(time.DateOnly) }
