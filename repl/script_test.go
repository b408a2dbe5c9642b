package repl_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/repl"
	"todoshell/server"
	"todoshell/store"
)

// newEnvironment has lists in a store in memory, and the clock at 2024-02-28.
func newEnvironment(t *testing.T) repl.Environment {
	t.Helper()
	data, err := store.OpenMemory()
	require.NoError(t, err)
	now := func() time.Time { return time.Date(2024, 2, 28, 12, 0, 0, 0, time.UTC) }
	lists := cache.New(&server.System{Now: now}, data, 1000)
	t.Cleanup(func() {
		lists.Close()
		require.NoError(t, data.Close())
	})
	return repl.Environment{Cache: lists, Now: now, Out: io.Discard, Err: io.Discard}
}

// newSession returns a session in an environment, of which lists and the clock are
// those of newEnvironment where there are none.
func newSession(t *testing.T, env repl.Environment, chosen repl.Settings) *repl.Session {
	t.Helper()
	if env.Cache == nil {
		other := newEnvironment(t)
		env.Cache, env.Now = other.Cache, other.Now
	}
	if env.Err == nil {
		env.Err = io.Discard
	}
	return repl.NewSession(env, repl.State{Settings: chosen})
}

// script runs a script and returns what it printed.
func script(t *testing.T, chosen repl.Settings, text string) (out, errs string, s *repl.Session) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	s = newSession(t, repl.Environment{Out: &stdout, Err: &stderr}, chosen)
	require.NoError(t, s.Run(t.Context(), "test", strings.NewReader(text)))
	return stdout.String(), stderr.String(), s
}

// The answers come in the order of the lines, and each sees what is above it,
// across chunks, lists and commands that run alone.
func TestOrder(t *testing.T) {
	var text, want strings.Builder
	for i := range 3000 {
		list := i % 7
		fmt.Fprintf(&text, "add list_%d today %d\n", list, i)
		fmt.Fprintf(&want, "%d\n", i/7+1)
		fmt.Fprintf(&text, "update list_%d %d title changed %d\n", list, i/7+1, i)
		fmt.Fprintf(&want, "%d\t2024-02-28\topen\tchanged %d\n", i/7+1, i)
		if i%1000 == 999 {
			fmt.Fprintf(&text, "find %d\n", i)
			fmt.Fprintf(&want, "list_%d\t%d\t2024-02-28\topen\tchanged %d\n", list, i/7+1, i)
		}
	}
	out, errs, s := script(t, repl.Settings{}, text.String())
	assert.Empty(t, errs)
	assert.Equal(t, want.String(), out)
	assert.Equal(t, repl.ExitOK, s.State().Code())
}

func TestErrorsHaveTheirPlace(t *testing.T) {
	text := "add Bob today one\r\n\n# comment\nnonsense\nadd Bob today " + strings.Repeat("x", repl.MaxLine) + "\nadd Bob today \xff\nadd Bob today two"
	out, errs, s := script(t, repl.Settings{}, "\ufeff"+text)
	assert.Equal(t, "1\n2\n", out)
	assert.Equal(t, `todoshell: test:4: unknown command "nonsense"; see: help
todoshell: test:5: the line is longer than 65536 bytes; bring many entries in with: import LIST FILE
todoshell: test:6: the line is not valid UTF-8; write it in UTF-8
`, errs)
	assert.Equal(t, repl.ExitFailed, s.State().Code())
}

func TestBailRunsNothingMore(t *testing.T) {
	var out, errs strings.Builder
	env := newEnvironment(t)
	env.Out, env.Err = &out, &errs
	s := newSession(t, env, repl.Settings{Bail: true})
	require.NoError(t, s.Run(t.Context(), "test", strings.NewReader("add Bob today one\ndone Bob 7\nadd Bob today two\nadd Alice today three\n")))
	assert.Equal(t, "1\n", out.String())
	assert.Equal(t, "todoshell: test:2: there is no entry 7; see: entries LIST\n", errs.String())
	assert.Equal(t, repl.ExitBail, s.State().Code())
	assert.True(t, s.State().Ended())
	for name, err := range env.Cache.Names(t.Context(), "", "") {
		require.NoError(t, err)
		assert.Equal(t, "Bob", name)
	}
	list, err := env.Cache.View(t.Context(), "Bob")
	require.NoError(t, err)
	assert.Equal(t, 1, list.Len())
}

// Someone who writes a command and waits for its answer gets it.
func TestAnswersDoNotWaitForMore(t *testing.T) {
	in, commands := io.Pipe()
	answers, out := io.Pipe()
	s := newSession(t, repl.Environment{Out: out}, repl.Settings{})
	finished := make(chan error)
	go func() { finished <- s.Run(t.Context(), "test", in) }()
	answer := make([]byte, 16)
	for i := range 3 {
		_, err := fmt.Fprintf(commands, "add Bob today %d\n", i)
		require.NoError(t, err)
		n, err := answers.Read(answer)
		require.NoError(t, err)
		assert.Equal(t, fmt.Sprintln(i+1), string(answer[:n]))
	}
	require.NoError(t, commands.Close())
	require.NoError(t, <-finished)
}

// A script that waits for input ends when its context does.
func TestCancelWhileReading(t *testing.T) {
	in, commands := io.Pipe()
	answers, out := io.Pipe()
	s := newSession(t, repl.Environment{Out: out}, repl.Settings{})
	ctx, cancel := context.WithCancel(t.Context())
	finished := make(chan error)
	go func() { finished <- s.Run(ctx, "test", in) }()
	_, err := io.WriteString(commands, "add Bob today one\n")
	require.NoError(t, err)
	_, err = answers.Read(make([]byte, 16))
	require.NoError(t, err)
	cancel()
	require.NoError(t, <-finished)
	require.NoError(t, commands.Close())
}

var errGone = errors.New("gone")

type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) { return 0, errGone }

// endless is a script without end; it counts its bytes.
type endless struct{ read atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, strings.Repeat("add Bob today x\n", len(p)/16))
	e.read.Add(int64(n))
	return n, nil
}

// When nobody reads the answers, the script is not read on.
func TestClosedPipe(t *testing.T) {
	s := newSession(t, repl.Environment{Out: closedPipe{}}, repl.Settings{})
	in := new(endless)
	require.ErrorIs(t, s.Run(t.Context(), "test", in), errGone)
	assert.True(t, s.State().Ended())
	assert.Less(t, in.read.Load(), int64(16<<20))
}

// gate lets nothing through before it is opened.
type gate struct{ open chan struct{} }

func (g gate) Write([]byte) (int, error) {
	<-g.open
	return 0, errGone
}

// Reading runs ahead of printing no further than the window.
func TestWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gate{make(chan struct{})}
		s := newSession(t, repl.Environment{Out: g}, repl.Settings{})
		in := new(endless)
		finished := make(chan error)
		go func() { finished <- s.Run(t.Context(), "test", in) }()
		synctest.Wait() // until all wait for the gate
		assert.Less(t, in.read.Load(), int64(4<<20))
		close(g.open)
		require.ErrorIs(t, <-finished, errGone)
	})
}

func TestExit(t *testing.T) {
	out, _, s := script(t, repl.Settings{}, "add Bob today one\nnonsense\nexit 7\nadd Bob today two\n")
	assert.Equal(t, "1\n", out)
	assert.Equal(t, 7, s.State().Code())
	_, _, s = script(t, repl.Settings{}, "nonsense\nexit\n")
	assert.Equal(t, repl.ExitFailed, s.State().Code())
}

func TestImportGoesOnWhereTheScriptIs(t *testing.T) {
	var out bytes.Buffer
	in := strings.NewReader("add Bob today one\nimport Bob - --format todo.txt\nx two\nthree due:2024-03-01\n")
	env := newEnvironment(t)
	env.Out, env.In = &out, in
	s := newSession(t, env, repl.Settings{})
	require.NoError(t, s.RunFile(t.Context(), "-"))
	assert.Equal(t, "1\n2\n", out.String())
	list, err := env.Cache.View(t.Context(), "Bob")
	require.NoError(t, err)
	assert.Equal(t, 3, list.Len())
	assert.Equal(t, 2, list.Open())
}
