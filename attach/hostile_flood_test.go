package attach

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/repl"
	"todoshell/todo"
)

// peak is an output that looks at how much memory there is in use.
type peak struct {
	writes int
	most   uint64
}

func (p *peak) Write(b []byte) (int, error) {
	if p.writes++; p.writes%50 == 0 {
		p.look()
	}
	return len(b), nil
}

func (p *peak) look() {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	p.most = max(p.most, m.HeapAlloc)
}

// A client takes in no more than a message at a time, and no long one.
func TestHostileFlood(t *testing.T) {
	url, _ := newHostile(t, func(h *hostile) {
		_, _, _ = h.next()
		for range 300 {
			_ = h.send(outKind, bytes.Repeat([]byte("x"), maxToClient-1))
		}
		_ = h.send(outKind, bytes.Repeat([]byte("x"), maxToClient))
	})
	before, during := new(peak), new(peak)
	before.look()
	c, _ := newTestClient(t, url, repl.Environment{Out: during, Terminal: true}, repl.Settings{})
	require.ErrorIs(t, c.Do(t.Context(), given("lists")), code(repl.ServerLost))
	assert.Equal(t, 300, during.writes)
	assert.Less(t, during.most, before.most+16<<20)
}

// Whatever a server does, or doesn't: an interrupt ends it.
func TestHostileSilence(t *testing.T) {
	in, _ := io.Pipe()
	for name, attack := range map[string]func(*hostile){
		"it does nothing": func(*hostile) {},
		"it goes on": func(h *hostile) {
			for h.send(outKind, []byte("x\n")) == nil {
			}
		},
		"it asks and does not listen": func(h *hostile) {
			for h.sendJSON(questionKind, on("nonsense", 1)) == nil {
			}
		},
		"it takes nothing": func(h *hostile) {
			_, _, _ = h.next()
			_ = h.sendJSON(questionKind, on(doRead, 0))
			<-h.ctx.Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			url, _ := newHostile(t, func(h *hostile) {
				cancel()
				attack(h)
			})
			c, _ := newTestClient(t, url, repl.Environment{In: in}, repl.Settings{})
			c.cancelTimeout = time.Millisecond
			require.Error(t, c.Do(ctx, given("import Bob -")))
		})
	}
	url, _ := newHostile(t, func(*hostile) {})
	c, _ := newTestClient(t, url, repl.Environment{}, repl.Settings{})
	c.cancelTimeout = time.Millisecond
	assert.Empty(t, c.Complete("entries B").Words)
}

// A server that says hello in another way, or at too great length, is none.
func TestHostileHello(t *testing.T) {
	for _, hello := range []string{"", "x", strings.Repeat("h", 2*maxToClient)} {
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{protocol}})
			if assert.NoError(t, err) {
				_ = ws.Write(r.Context(), websocket.MessageBinary, []byte(hello))
				_, _, _ = ws.Read(r.Context())
			}
		}))
		_, err := ToServer(t.Context(), web.URL, "", repl.Environment{}, repl.State{})
		require.ErrorIs(t, err, code(CantConnect))
		web.Close()
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Long", strings.Repeat("x", 2*maxHeader))
	}))
	defer web.Close()
	_, err := ToServer(t.Context(), web.URL, "", repl.Environment{}, repl.State{})
	require.ErrorIs(t, err, code(CantConnect))
}

// A token goes to the server that was named, and to no other.
func TestRedirect(t *testing.T) {
	asked := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			assert.Equal(t, "Bearer secret", r.Header.Get("Authorization"))
			http.Redirect(w, r, other.URL+r.URL.Path, status)
		}))
		_, err := ToServer(t.Context(), web.URL, "secret", repl.Environment{}, repl.State{})
		require.ErrorIs(t, err, code(CantConnect))
		assert.Contains(t, err.Error(), "has moved to")
		web.Close()
	}
	assert.Zero(t, asked)
}

// What lines need is not kept for a server that takes nothing of it.
func TestHostileNeeds(t *testing.T) {
	const lines = 1_000_000
	before, during := new(peak), new(peak)
	url, _ := newHostile(t, func(h *hostile) {
		_, _, _ = h.next()
		for n := 0; ; n++ {
			r, ok := h.do(on(doRead, 0))
			h.all = nil
			if !ok || r.End {
				_ = h.sendJSON(resultKind, result{})
				return
			}
			if n%4 == 0 {
				during.look()
			}
		}
	})
	text := strings.NewReader(strings.Repeat("import Bob in.csv\n", lines))
	before.look()
	c, _ := newTestClient(t, url, repl.Environment{In: text}, repl.Settings{})
	require.NoError(t, c.Do(t.Context(), repl.Task{Kind: repl.Script, Text: "-"}))
	assert.Less(t, during.most, before.most+32<<20)
}

// An honest server gets what each line needs, however many there are.
func TestManyNeeds(t *testing.T) {
	_, url := newServer(t, todo.Grant{}, nil)
	t.Chdir(t.TempDir())
	write := func(path, text string) { require.NoError(t, os.WriteFile(path, []byte(text), 0o600)) }
	write("in.csv", "title\nMilk\n")
	write("inner.todo", strings.Repeat("import Bob in.csv\nimport Bob missing.csv\nimport Ann in.csv --format nonsense\nexport Bob out.csv\n", 50))
	write("outer.todo", "# comment\r\n"+strings.Repeat("source inner.todo\r\nimport Bob in.csv\n", 4)+"source -\nimport Bob in.csv")
	c, s := newTestClient(t, url, repl.Environment{In: strings.NewReader("source inner.todo\nimport Bob in.csv\nimport Bob - --format csv\ntitle\nimport Bob in.csv\n")}, repl.Settings{})
	require.NoError(t, c.Do(t.Context(), repl.Task{Kind: repl.Script, Text: "outer.todo"}))
	assert.Equal(t, 5*50*2, strings.Count(s.err.String(), "\n"))
	s.out.Reset()
	require.NoError(t, c.Do(t.Context(), given("add Bob none last")))
	assert.Equal(t, "258\n", s.out.String(), "5*50 from the inner script, 4+1+1 from the outer one and standard input, 1 from the rest of that")
}
