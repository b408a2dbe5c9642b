package repl_test

import (
	"errors"
	"io"
	"iter"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"todoshell/repl"
)

// taken is what a session has taken of whoever runs a script.
type taken struct{ needs []repl.Need }

func (n *taken) Open(need repl.Need) (io.ReadCloser, error) {
	n.needs = append(n.needs, need)
	return nil, errors.New("no file")
}

func (n *taken) Replace(path string, _ func(io.Writer) error) error {
	n.needs = append(n.needs, repl.Need{Kind: repl.NeedsWrite, Path: path})
	return errors.New("no file")
}

func (n *taken) Complete(string) ([]repl.Word, bool) { return nil, false }

func (n *taken) take(k repl.NeedKind) { n.needs = append(n.needs, repl.Need{Kind: k}) }

// A follower knows what a session will take, however the script comes to it.
func TestFollower(t *testing.T) {
	long := strings.Repeat("x", repl.MaxLine)
	parts := []string{
		"import", "export", "source", "drop", "history", "clear", "add", "lists", "import Bob in.csv\n", "export Bob out.ics\n",
		"source all.todo\n", "drop Bob\n", "drop Bob -y=\n", "history\n", "clear\n", "import . ~/in.csv\r\n", `"import" B'o'b in\ 1.csv` + "\n",
		"import --format csv Bob in\n", "import Bob in --format=\n", "use Bob\n", "export Bob -\n", "export Bob\n",
		" Bob", " .", " in.csv", " ~", " ~/x.csv", ` "~/x.csv"`, " ~ann", " --format csv", " --format", " -y", " -", " #", "#", "\t", " ", "\r",
		`"`, "'", `\`, "\n", "\n", "\n\n", "\ufeff", "\xff", "\x00", long, long[:100],
	}
	env := newEnvironment(t)
	s := newSession(t, env, repl.Settings{})
	require.NoError(t, s.Run(t.Context(), "", strings.NewReader("add Bob none Milk\nuse Bob\nset table on")))
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 0, 40).Draw(t, "script"), "")
		var by taken
		env := env
		env.Files, env.Home, env.Err = &by, "/home/ann", io.Discard
		env.Confirm = func(string) (bool, error) {
			by.take(repl.NeedsConfirm)
			return false, nil
		}
		env.History = func() iter.Seq[string] {
			by.take(repl.NeedsHistory)
			return func(func(string) bool) {}
		}
		env.Clear = func() error {
			by.take(repl.NeedsClear)
			return nil
		}
		session := repl.NewSession(env, *s.State())
		require.NoError(t, session.Run(t.Context(), "", strings.NewReader(text)))

		var told []repl.Need
		f := repl.NewFollower("/home/ann")
		for rest := text; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
			f.Follow([]byte(rest[:n]), false, func(n repl.Need) { told = append(told, n) })
			rest = rest[n:]
		}
		f.Follow(nil, true, func(n repl.Need) { told = append(told, n) })
		told = missing(told, by.needs)
		require.Empty(t, told, "a session takes all that is told, but for what fails before")
	})
}

// missing returns what is told and not taken, but for imports and exports without a
// format. It fails on what is taken and not told.
func missing(told, taken []repl.Need) (left []repl.Need) {
	for _, n := range told {
		switch {
		case len(taken) > 0 && taken[0] == n:
			taken = taken[1:]
		case n.Path == "-":
		case n.Kind == repl.NeedsRead || n.Kind == repl.NeedsWrite: // which its format may have kept from it
		default:
			left = append(left, n)
		}
	}
	if len(taken) > 0 {
		left = append(left, taken...)
	}
	return left
}

// A follower keeps no more than the beginning of a line that is too long.
func TestFollowerEndless(t *testing.T) {
	f := repl.NewFollower("")
	piece := []byte(strings.Repeat("import Bob in.csv ", 1000))
	var told []repl.Need
	tell := func(n repl.Need) { told = append(told, n) }
	allocated := testing.AllocsPerRun(1000, func() { f.Follow(piece, false, tell) })
	assert.Less(t, allocated, 1.0)
	f.Follow([]byte("\nimport Bob in.csv"), false, tell)
	assert.Empty(t, told, "the last line has not ended")
	f.Follow(nil, true, tell)
	assert.Equal(t, []repl.Need{{Kind: repl.NeedsRead, Path: "in.csv"}}, told)
}
