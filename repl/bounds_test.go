package repl_test

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/repl"
	"todoshell/todo"
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
		s := newSession(t, repl.Environment{Out: io.Discard, Err: stderr}, repl.Settings{})
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
	env := newEnvironment(t)
	lists := env.Cache
	env.Err, env.In, env.Files = &errs, noInput{}, noFiles{}
	env.Confirm = func(string) (bool, error) { return false, errors.New("asked") }
	for grant, want := range map[todo.Grant]string{
		{ReadOnly: true}: "you may only read",
		{Prefix: "A"}:    `you may not use the list "Bob"`,
	} {
		env.Cache = lists.Within(grant)
		for _, line := range []string{"import Bob -", "import Bob tasks.csv", "import Bob x --format csv", "drop Bob"} {
			errs.Reset()
			require.NoError(t, repl.NewSession(env, repl.State{}).Run(t.Context(), "", strings.NewReader(line)))
			assert.Contains(t, errs.String(), want, line)
		}
	}
}

// widest is an output that notes the longest of what is written to it.
type widest struct {
	io.Writer
	most int
}

func (w *widest) Write(b []byte) (int, error) {
	w.most = max(w.most, len(b))
	return w.Writer.Write(b)
}

// A long list is exported piece by piece, also into an object.
func TestExportPieces(t *testing.T) {
	var text, want strings.Builder
	for range 20_000 {
		text.WriteString("add Bob none \"買い物\", and\tmore\n")
		want.WriteString("\"買い物\", and\\tmore\n")
	}
	for _, terminal := range []bool{false, true} {
		var out strings.Builder
		w := &widest{Writer: &out}
		env := newEnvironment(t)
		require.NoError(t, newSession(t, env, repl.Settings{}).Run(t.Context(), "", strings.NewReader(text.String())))
		env.Out, env.Terminal = w, terminal
		require.NoError(t, newSession(t, env, repl.Settings{JSON: true}).Run(t.Context(), "", strings.NewReader("export Bob --format todo.txt")))
		assert.LessOrEqual(t, w.most, 64<<10)
		var object map[string]string
		require.NoError(t, json.Unmarshal([]byte(out.String()), &object))
		object["text"] = strings.ReplaceAll(object["text"], "\t", `\t`)
		assert.Equal(t, want.String(), object["text"])
		assert.Equal(t, "todo.txt", object["format"])
	}
}
