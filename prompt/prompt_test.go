package prompt_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/internal/await"
	"todoshell/prompt"
	"todoshell/repl"
	"todoshell/server"
	"todoshell/store"
)

// A screen keeps what was written.
type screen struct {
	mu      sync.Mutex
	text    bytes.Buffer
	written chan struct{}
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case s.written <- struct{}{}:
	default:
	}
	return s.text.Write(b)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// see waits until the text is on the screen so many times.
func (s *screen) see(t *testing.T, times int, text string) {
	t.Helper()
	for late := time.After(await.Left(t)); strings.Count(s.String(), text) < times; {
		select {
		case <-s.written:
		case <-late:
			require.FailNow(t, "not seen: "+text, "%q", s.String())
		}
	}
}

// start runs a prompt on a session of its own, and returns its keys, its screen
// and what it ends with.
func start(ctx context.Context, t *testing.T) (keys *io.PipeWriter, out *screen, ended chan error) {
	t.Helper()
	in, keys := io.Pipe()
	out = &screen{written: make(chan struct{}, 1)}
	data, err := store.OpenMemory()
	require.NoError(t, err)
	lists := cache.New(&server.System{Now: time.Now}, data, 1000)
	t.Cleanup(func() {
		lists.Close()
		require.NoError(t, data.Close())
	})
	p := prompt.New(repl.Environment{In: in, Out: out, Err: out})
	env := p.Environment()
	env.Cache = lists
	s := repl.NewSession(env, repl.State{Settings: repl.Settings{Table: true}})
	ended = make(chan error, 1)
	go func() { ended <- p.Run(ctx, s, prompt.OpenHistory("")) }()
	t.Cleanup(func() { _ = keys.Close() })
	return keys, out, ended
}

func TestPromptLeavesNothing(t *testing.T) {
	for name, end := range map[string]func(keys *io.PipeWriter){
		"Ctrl-D": func(keys *io.PipeWriter) { _, _ = keys.Write([]byte{4}) },
		"exit":   func(keys *io.PipeWriter) { _, _ = io.WriteString(keys, "exit\r") },
		"hangup": func(keys *io.PipeWriter) { _ = keys.Close() },
		"hangup in a line": func(keys *io.PipeWriter) {
			_, _ = io.WriteString(keys, "add Bob none unfinished")
			_ = keys.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			keys, out, ended := start(t.Context(), t)
			_, err := io.WriteString(keys, "add Bob none Milk\r")
			require.NoError(t, err)
			out.see(t, 1, "added 1")
			out.see(t, 2, "todoshell> ")
			end(keys)
			require.NoError(t, <-ended)
			await.Gone(t, "readline.")
			require.NoError(t, keys.Close())
			await.Gone(t, "prompt.(*keyboard)")
			assert.NotContains(t, out.String(), "added 2")
		})
	}
}

// When its context ends, the prompt ends at once, though nothing is typed.
func TestPromptIsCanceled(t *testing.T) {
	for name, typed := range map[string]string{"empty": "", "in a line": "add Bob none unfinished", "in a command": "source -\r"} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			keys, out, ended := start(ctx, t)
			out.see(t, 1, "todoshell> ")
			if typed != "" {
				_, err := io.WriteString(keys, typed)
				require.NoError(t, err)
				out.see(t, 1, strings.TrimRight(typed, "\r"))
			}
			cancel()
			require.NoError(t, <-ended)
			await.Gone(t, "readline.")
			assert.NotContains(t, out.String(), "added")
		})
	}
}
