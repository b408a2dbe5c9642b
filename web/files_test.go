package web

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime/metrics"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/format"
	"todoshell/store"
)

// lines is a file of so many lines, made as it is read.
func lines(line string, n int) io.Reader {
	const each = 1000
	block := strings.Repeat(line, each)
	readers := make([]io.Reader, 0, n/each+1)
	for range n / each {
		readers = append(readers, strings.NewReader(block))
	}
	return io.MultiReader(append(readers, strings.NewReader(strings.Repeat(line, n%each)))...)
}

// send sends a file, and returns the status.
func (p *place) send(list string, file io.Reader) int {
	r, err := http.NewRequestWithContext(p.Context(), http.MethodPost, p.url+"/v1/lists/"+list+"/import?format=todo.txt", file)
	if err != nil {
		p.Error(err)
		return 0
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		p.Error(err)
		return 0
	}
	assert.NoError(p, answer.Body.Close())
	return answer.StatusCode
}

// peak returns by how many bytes the heap grew at most while f ran.
func peak(t *testing.T, f func()) int64 {
	t.Helper()
	heap := func() int64 {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(sample)
		return int64(sample[0].Value.Uint64())
	}
	before := heap()
	most := before
	ended, measured := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(measured)
		for {
			select {
			case <-ended:
				return
			default:
				most = max(most, heap())
			}
		}
	}()
	f()
	close(ended)
	<-measured
	return most - before
}

// However many files are sent at the same time, and however long they are, they
// take no more memory than so much.
func TestImportMemory(t *testing.T) {
	data, err := store.Open(t.TempDir())
	require.NoError(t, err)
	p := openOver(t, data)
	for _, c := range []struct {
		line  string
		n     int
		codes []int
		most  int64 // MB, about twice what there is without other work for the processors
	}{
		{"a\n", 8_000_000, []int{422, 429}, 200},
		{"a\n", format.MaxEntries, []int{200, 429}, 400},
		{strings.Repeat("a", 4095) + "\n", format.MaxBytes / 4096, []int{200, 429}, 1200},
	} {
		grown := peak(t, func() {
			var all sync.WaitGroup
			for i := range 4 * cache.MaxUploads {
				all.Go(func() {
					assert.Contains(t, c.codes, p.send(fmt.Sprint("L", i), lines(c.line, c.n)))
				})
			}
			all.Wait()
		})
		assert.Less(t, grown>>20, c.most, "%d lines of %d bytes", c.n, len(c.line))
		for i := range 4 * cache.MaxUploads {
			p.do("DELETE", fmt.Sprint("/v1/lists/L", i), "")
		}
	}
}

// What is left out of a file is told.
func TestImportTellsWhatIsLeftOut(t *testing.T) {
	p := openPlace(t)
	p.do("POST", "/v1/lists/Bob/import?format=csv", "Title,Labels\nMilk,home\n").
		is(p, 200, `{"list":"Bob","revision":1,"imported":1,"left_out":[{"what":"Labels","entries":1}]}`)
	p.do("POST", "/v1/lists/Bob/import?format=csv", "Title\n"+strings.Repeat("a\n", format.MaxEntries+1)).
		fails(p, 422, format.BadImport)
	p.do("GET", "/v1/lists/Bob/export?format=csv", "").is(p, 200, "id,date,status,title\n1,,open,Milk")
}

// unread is a body that must not be read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	assert.Fail(u.t, "the body was read")
	return 0, io.EOF
}

func (unread) Close() error { return nil }

// Who may not change the list is refused before anything of the file is read.
func TestImportRights(t *testing.T) {
	c := confined(t)
	for who, list := range map[string]string{"look": "team-a%2Fx", "looksAll": "z", "team": "z"} {
		for _, format := range []string{"csv", "json", "todo.txt", "ics", "exe"} {
			r := c.request(who, http.MethodPost, "/v1/lists/"+list+"/import?format="+format, "x")
			r.Body = unread{t}
			w := httptest.NewRecorder()
			c.h.ServeHTTP(w, r)
			assert.Equal(t, http.StatusForbidden, w.Code, w.Body)
		}
	}
}
