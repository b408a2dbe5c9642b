package web

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/store"
	"todoshell/todo"

	"todoshell/web/problem"
)

// A stuck reader takes the beginning of an answer, and then nothing.
type stuck struct {
	header http.Header
	left   int
	is     func() // told once
	until  <-chan struct{}

	flushed func()
}

func (s *stuck) Header() http.Header { return s.header }
func (s *stuck) WriteHeader(int)     {}
func (s *stuck) Flush() {
	if s.flushed != nil {
		s.flushed()
	}
}
func (s *stuck) Write(b []byte) (int, error) {
	if s.left -= len(b); s.left < 0 {
		s.is()
		<-s.until
		return 0, io.ErrClosedPipe
	}
	return len(b), nil
}

// heap returns how much memory is in use. Pools keep what they hold through one collection, but not through two.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// What waits for those who don't read has a bound, however long the list is and however many they are. It is measured
// when nothing goes on any more: in a bubble, which is why no network is between.
func TestSlowReadersHoldLittle(t *testing.T) {
	if testing.Short() {
		t.Skip("-short goes with the race detector, which takes memory of its own")
	}
	synctest.Test(t, slowReadersHoldLittle)
}

func slowReadersHoldLittle(t *testing.T) {
	data, err := store.OpenMemory()
	require.NoError(t, err)
	p := openOffline(t, data)
	const readers, entries = 60, 20_000 // ten megabytes of text
	title := strings.Repeat("x", 500)
	require.NoError(t, p.lists.Call(t.Context(), "Bob", func(d *todo.Draft) error {
		all := make([]todo.Entry, entries)
		for i := range all {
			all[i].Title = title
		}
		return d.Import(all)
	}))
	look := []byte(`{"do":"entries","list":"Bob"}` + "\n")
	for _, c := range []struct {
		method, target string
		body           []byte
		each           int64
	}{
		{"POST", bulkPath, bytes.Repeat(look, 100), 512 << 10},
		{"POST", bulkPath, bytes.Repeat([]byte(`{"do":"done","list":"Bob","id":1}`+"\n"), 20_000), 512 << 10},
		{"GET", "/v1/lists/Bob/entries?limit=10000", nil, 256 << 10},
		{"GET", "/v1/lists/Bob/export?format=json", nil, 256 << 10},
		{"GET", "/v1/lists/Bob/export?format=ics", nil, 256 << 10},
		{"GET", "/v1/find?text=x&limit=10000", nil, 2 << 20},
		{"GET", "/v1/agenda?when=none&limit=10000", nil, 2 << 20},
		{"GET", "/v1/lists/Bob/log", nil, 2 << 20}, // each is one long change: few may hold it at the same time
		{"GET", "/openapi.json", nil, 256 << 10},
	} {
		for _, encoding := range []string{"", "gzip"} {
			ctx := context.WithValue(t.Context(), http.LocalAddrContextKey, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 5454})
			until := make(chan struct{})
			var ended sync.WaitGroup
			synctest.Wait()
			before := heap()
			for range readers {
				ended.Go(func() {
					request, cancel := context.WithCancel(ctx)
					defer cancel() // as net/http does
					r := httptest.NewRequestWithContext(request, c.method, "http://127.0.0.1:5454"+c.target, bytes.NewReader(c.body))
					r.ProtoMajor = 2 // a stuck reader knows no duplex
					if encoding != "" {
						r.Header.Set("Accept-Encoding", encoding)
					}
					p.web.ServeHTTP(&stuck{header: make(http.Header), left: 1000, is: func() {}, until: until}, r)
				})
			}
			synctest.Wait()
			held := heap() - before
			t.Log(c.target, len(c.body), encoding, held>>10, "KiB held by", readers)
			assert.Less(t, held, readers*c.each+16<<20, "%s %d %s", c.target, len(c.body), encoding)
			close(until)
			ended.Wait()
		}
	}
}

// Who is to come again is told when, whatever kind of call it was.
func TestRetryAfter(t *testing.T) {
	for _, code := range []todo.Code{problem.Busy, problem.TooMany, cache.Ending} {
		w := httptest.NewRecorder()
		problem.Write(w, &todo.Error{Code: code})
		assert.Equal(t, "1", w.Header().Get("Retry-After"), code)
	}
	p := openPlace(t)
	p.lists.Close()
	w := p.do("POST", "/v1/lists/Bob/entries", `{"title":"one"}`)
	assert.Equal(t, 503, w.StatusCode, w.text)
	assert.Equal(t, "1", w.Header.Get("Retry-After"))
}
