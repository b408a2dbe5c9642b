package web

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"

	"todoshell/web/webtest"

	"github.com/stretchr/testify/require"

	"todoshell/access"
	"todoshell/cache"
	"todoshell/server"
	"todoshell/store"
	"todoshell/todo"
)

// A sink is an answer that nobody reads.
type sink struct {
	header http.Header
	status int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) WriteHeader(status int)      { s.status = status }
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }

// BenchmarkRequest is what a request costs beside the connection. "standard" is the
// same answer as "page", by hand: what the description of the API costs.
// An item is an entry as a server would write it that knows no other rules.
type item struct {
	ID     uint64 `json:"id"`
	Date   string `json:"date"`
	Status string `json:"status"`
	Title  string `json:"title"`
}

func BenchmarkRequest(b *testing.B) {
	data, err := store.OpenMemory()
	require.NoError(b, err)
	defer data.Close()
	lists := cache.New(&server.System{Now: noon}, data, 1000)
	defer lists.Close()
	for i := range 20 {
		require.NoError(b, lists.Call(b.Context(), "Bob", func(d *todo.Draft) error {
			_, err := d.Add(todo.MinDate+todo.Date(i), fmt.Sprint("entry ", i))
			return err
		}))
	}
	served := New(Options{Cache: lists, Tokens: access.Open(access.Folder("")), Local: true, Now: noon})
	byHand := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		list, _ := lists.List(r.Context(), "Bob")
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("ETag", `"1"`)
		page := struct {
			List     string `json:"list"`
			Revision uint64 `json:"revision"`
			Entries  []item `json:"entries"`
		}{List: "Bob", Revision: list.Rev}
		for e := range list.Entries(todo.Always) {
			page.Entries = append(page.Entries, item{e.ID, e.Date.String(), e.Status.String(), e.Title})
		}
		_ = jsonv2.MarshalWrite(w, page)
	})
	for _, c := range []struct {
		name, method, target, body string
		handler                    http.Handler
	}{
		{"healthz", "GET", "/healthz", "", served},
		{"chapter", "GET", "/entries?list=Bob&date=0001-01-05", "", served},
		{"chapter-add", "POST", "/add_entry?list=Alice&date=2018-12-19&title=Dentist", "", served},
		{"page", "GET", "/v1/lists/Bob/entries", "", served},
		{"standard", "GET", "/", "", byHand},
		{"add", "POST", "/v1/lists/Alice/entries", `{"title":"one"}`, served},
		{"add-with-key", "POST", "/v1/lists/Alice/entries", `{"title":"one"}`, served},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			local := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 5454}
			ctx := context.WithValue(b.Context(), http.LocalAddrContextKey, local)
			for i := 0; b.Loop(); i++ {
				r := httptest.NewRequestWithContext(ctx, c.method, "http://127.0.0.1:5454"+c.target, strings.NewReader(c.body))
				r.Header.Set("Content-Type", "application/json")
				if c.name == "add-with-key" {
					r.Header.Set("Idempotency-Key", fmt.Sprint(i))
				}
				if c.body == "" {
					r.Body = http.NoBody
				}
				w := &sink{header: make(http.Header)}
				c.handler.ServeHTTP(w, r)
				if w.status >= 400 {
					b.Fatal(w.status)
				}
			}
		})
	}
}

// BenchmarkBulk is what a line costs beside the connection.
func BenchmarkBulk(b *testing.B) {
	data, err := store.OpenMemory()
	require.NoError(b, err)
	defer data.Close()
	lists := cache.New(&server.System{Now: noon}, data, 1000)
	defer lists.Close()
	var lines bytes.Buffer
	for i := range b.N {
		fmt.Fprintf(&lines, `{"do":"add","list":"list %d","date":"2024-01-02","title":"entry number %d"}`+"\n", i%1000, i)
	}
	b.ReportAllocs()
	b.ResetTimer()
	served := New(Options{Cache: lists, Tokens: access.Open(access.Folder("")), Local: true, Now: noon})
	r := webtest.Request(http.MethodPost, bulkPath)
	r.Body, r.ContentLength = io.NopCloser(&lines), -1
	r.ProtoMajor = 2 // a sink knows no duplex
	served.ServeHTTP(&sink{header: make(http.Header)}, r)
}
