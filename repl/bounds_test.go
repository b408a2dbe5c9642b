package repl_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/repl"
)

// lineReader is a script of one line, over and over.
type lineReader struct {
	line string
	left int // bytes
}

func (r *lineReader) Read(p []byte) (n int, err error) {
	for r.left > 0 && n+len(r.line) <= len(p) {
		n += copy(p[n:], r.line)
		r.left -= len(r.line)
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// However long the lines are, not much of a script is read ahead while nobody
// takes the answers.
func TestLongLinesAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nobody, stderr := io.Pipe()
		s := newSession(t, repl.Options{Out: io.Discard, Err: stderr})
		const all = 64 << 20
		text := &lineReader{"add Bob none " + strings.Repeat("x", 60_000) + "\n", all}
		done := make(chan error, 1)
		go func() { done <- s.Run(t.Context(), "test", text) }()
		synctest.Wait()
		assert.Less(t, all-text.left, 10<<20)
		require.NoError(t, nobody.Close())
		require.NoError(t, <-done)
	})
}

type noFiles struct{ repl.OS }

func (noFiles) Open(repl.Need) (io.ReadCloser, error) { return nil, errors.New("opened") }

type noInput struct{}

func (noInput) Read([]byte) (int, error) { return 0, errors.New("read") }

// Who may not change a list is told so before anything is read or asked.
func TestRightsFirst(t *testing.T) {
	var errs strings.Builder
	s := newSession(t, repl.Options{Out: io.Discard})
	o := *s.Settings()
	o.Err, o.In, o.Files = &errs, noInput{}, noFiles{}
	o.Confirm = func(string) (bool, error) { return false, errors.New("asked") }
	for grant, want := range map[cache.Grant]string{
		{ReadOnly: true}: "you may only read",
		{Prefix: "A"}:    `you may not use the list "Bob"`,
	} {
		o.Cache = s.Settings().Cache.Within(grant)
		for _, line := range []string{"import Bob -", "import Bob tasks.csv", "import Bob x --format csv", "drop Bob"} {
			errs.Reset()
			require.NoError(t, repl.NewSession(o).Run(t.Context(), "", strings.NewReader(line)))
			assert.Contains(t, errs.String(), want, line)
		}
	}
}
