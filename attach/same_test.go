package attach

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"todoshell/cache"
	"todoshell/repl"
	"todoshell/server"
	"todoshell/store"
	"todoshell/todo"
)

// Whatever scripts run whichever others and import what, it is the same here and
// elsewhere: no honest server is taken for another one.
func TestSame(t *testing.T) {
	t.Chdir(t.TempDir())
	write := func(path, text string) { require.NoError(t, os.WriteFile(path, []byte(text), 0o600)) }
	write("in.csv", "title\nMilk\n")
	lines := rapid.SliceOfN(rapid.SampledFrom([]string{
		"import Bob in.csv", "import Bob in.csv --format nonsense", "import . in.csv", "import Bob missing.csv", "import Bob",
		"import Bob -", "import Bob - --format csv", "import Bob - --format todo.txt", "import Bob - too much", "import Bob a.todo --format todo.txt",
		"source a.todo", "source b.todo", "source -", "source missing", "source", "export Bob out.csv", "export Nobody out.csv", "export Bob",
		"add Bob none Milk", "use Bob", "lists", "nonsense", "# import Bob in.csv", "", "drop Bob -y", "history", "clear",
	}), 0, 12)
	rapid.Check(t, func(r *rapid.T) {
		a, b := strings.Join(lines.Draw(r, "a"), "\n"), strings.Join(lines.Draw(r, "b"), "\n")
		write("a.todo", strings.ReplaceAll(a, "source a.todo", "source b.todo")) // twice in itself is for ever
		write("b.todo", strings.NewReplacer("source a.todo", "clear", "source b.todo", "clear").Replace(b))
		stdin := strings.Join(lines.Draw(r, "stdin"), "\n")
		task := rapid.SampledFrom([]repl.Task{{Kind: repl.Script, Text: "-"}, {Kind: repl.Script, Text: "a.todo"}, given("source b.todo\nsource -"),
			given("import Bob -\nsource a.todo"), given("source -\nimport Bob -")}).Draw(r, "task")

		data, err := store.OpenMemory()
		require.NoError(r, err)
		lists := cache.New(&server.System{Now: time.Now}, data, 1000)
		var here screen
		local := repl.NewSession(repl.Environment{Cache: lists, In: strings.NewReader(stdin), Out: &here.out, Err: &here.err}, repl.State{})
		require.NoError(r, local.Do(t.Context(), task))
		lists.Close()
		require.NoError(r, data.Close())

		_, url := newServer(t, todo.Grant{}, nil)
		c, there := newTestClient(t, url, repl.Environment{In: strings.NewReader(stdin)}, repl.Settings{})
		require.NoError(r, c.Do(t.Context(), task))
		c.Close()
		require.Equal(r, here.out.String(), there.out.String())
		require.Equal(r, here.err.String(), there.err.String())
		require.Equal(r, local.State(), c.State())
	})
}
