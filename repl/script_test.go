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

// newSession returns a session over a store in memory, on 2024-02-28.
func newSession(t *testing.T, o repl.Options) *repl.Session {
	t.Helper()
	data, err := store.OpenMemory()
	require.NoError(t, err)
	now := func() time.Time { return time.Date(2024, 2, 28, 12, 0, 0, 0, time.UTC) }
	lists := cache.New(&server.System{Now: now}, data, 1000)
	t.Cleanup(func() {
		lists.Close()
		require.NoError(t, data.Close())
	})
	o.Cache, o.Now = lists, now
	if o.Err == nil {
		o.Err = io.Discard
	}
	return repl.NewSession(o)
}

// script runs a script and returns what it printed.
func script(t *testing.T, o repl.Options, text string) (out, errs string, s *repl.Session) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	o.Out, o.Err = &stdout, &stderr
	s = newSession(t, o)
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
	out, errs, s := script(t, repl.Options{}, text.String())
	assert.Empty(t, errs)
	assert.Equal(t, want.String(), out)
	assert.Equal(t, repl.ExitOK, s.Code())
}

func TestErrorsHaveTheirPlace(t *testing.T) {
	text := "add Bob today one\r\n\n# comment\nnonsense\nadd Bob today " + strings.Repeat("x", repl.MaxLine) + "\nadd Bob today \xff\nadd Bob today two"
	out, errs, s := script(t, repl.Options{}, "\ufeff"+text)
	assert.Equal(t, "1\n2\n", out)
	assert.Equal(t, `todoshell: test:4: unknown command "nonsense"; see: help
todoshell: test:5: the line is longer than 65536 bytes; bring many entries in with: import LIST FILE
todoshell: test:6: the line is not valid UTF-8; write it in UTF-8
`, errs)
	assert.Equal(t, repl.ExitFailed, s.Code())
}

func TestBailRunsNothingMore(t *testing.T) {
	out, errs, s := script(t, repl.Options{Bail: true}, "add Bob today one\ndone Bob 7\nadd Bob today two\nadd Alice today three\n")
	assert.Equal(t, "1\n", out)
	assert.Equal(t, "todoshell: test:2: there is no entry 7; see: entries LIST\n", errs)
	assert.Equal(t, repl.ExitBail, s.Code())
	assert.True(t, s.Ended())
	for name, err := range s.Cache.Names(t.Context(), "", "") {
		require.NoError(t, err)
		assert.Equal(t, "Bob", name)
	}
	list, err := s.Cache.View(t.Context(), "Bob")
	require.NoError(t, err)
	assert.Equal(t, 1, list.Len())
}

// Someone who writes a command and waits for its answer gets it.
func TestAnswersDoNotWaitForMore(t *testing.T) {
	in, commands := io.Pipe()
	answers, out := io.Pipe()
	s := newSession(t, repl.Options{Out: out})
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
	s := newSession(t, repl.Options{Out: out})
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
	s := newSession(t, repl.Options{Out: closedPipe{}})
	in := new(endless)
	require.ErrorIs(t, s.Run(t.Context(), "test", in), errGone)
	assert.True(t, s.Ended())
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
		s := newSession(t, repl.Options{Out: g})
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
	out, _, s := script(t, repl.Options{}, "add Bob today one\nnonsense\nexit 7\nadd Bob today two\n")
	assert.Equal(t, "1\n", out)
	assert.Equal(t, 7, s.Code())
	_, _, s = script(t, repl.Options{}, "nonsense\nexit\n")
	assert.Equal(t, repl.ExitFailed, s.Code())
}

func TestImportGoesOnWhereTheScriptIs(t *testing.T) {
	var out bytes.Buffer
	in := strings.NewReader("add Bob today one\nimport Bob - --format todo.txt\nx two\nthree due:2024-03-01\n")
	s := newSession(t, repl.Options{Out: &out, In: in})
	require.NoError(t, s.RunFile(t.Context(), "-"))
	assert.Equal(t, "1\n2\n", out.String())
	list, err := s.Cache.View(t.Context(), "Bob")
	require.NoError(t, err)
	assert.Equal(t, 3, list.Len())
	assert.Equal(t, 2, list.Open())
}
