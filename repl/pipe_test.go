//go:build unix

package repl_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/repl"
)

// A pipe may wait for ever for somebody who writes to it. Neither opening nor closing
// it does.
func TestNamedPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(path, 0o600))
	for _, kind := range []repl.NeedKind{repl.NeedsRead, repl.NeedsScript} {
		p, err := repl.OS{}.Open(repl.Need{Kind: kind, Path: path})
		require.NoError(t, err)
		require.NoError(t, p.Close())

		p, err = repl.OS{}.Open(repl.Need{Kind: kind, Path: path})
		require.NoError(t, err)
		wrote := make(chan error, 1)
		go func() { wrote <- os.WriteFile(path, []byte("lists\n"), 0) }()
		text, err := io.ReadAll(p)
		require.NoError(t, err)
		require.NoError(t, <-wrote)
		assert.Equal(t, "lists\n", string(text))
		require.NoError(t, p.Close())
	}

	// who waits for a writer is left, and ends with the first that comes
	p, err := repl.OS{}.Open(repl.Need{Kind: repl.NeedsRead, Path: path})
	require.NoError(t, err)
	read := make(chan error, 1)
	go func() {
		_, ended := p.Read(make([]byte, 10))
		read <- ended
	}()
	require.NoError(t, p.Close())
	writer, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	defer writer.Close()
	require.ErrorIs(t, <-read, os.ErrClosed)
}

// An interrupt ends the import of a file that never comes to its end, and a script.
func TestIdleFile(t *testing.T) {
	for _, line := range []string{"import Bob idle.csv", "source idle", "import Bob -", "source -"} {
		ctx, cancel := context.WithCancel(t.Context())
		f := &idle{reading: cancel, over: make(chan struct{})}
		var errs strings.Builder
		s := newSession(t, repl.Environment{Files: f, In: f, Out: io.Discard, Err: &errs}, repl.Settings{})
		require.NoError(t, s.Do(ctx, repl.Task{Text: line}))
		assert.Equal(t, "todoshell: interrupted\n", errs.String())
		close(f.over)
	}
}

// idle is a file of which nothing comes.
type idle struct {
	repl.OS

	reading func()
	over    chan struct{}
}

func (f *idle) Open(repl.Need) (io.ReadCloser, error) { return f, nil }

func (f *idle) Read([]byte) (int, error) {
	f.reading()
	<-f.over
	return 0, io.EOF
}

func (f *idle) Close() error { return nil }
