package repl_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/repl"
)

// after returns a session that has run the lines of a script.
func after(t *testing.T, lines ...string) *repl.Session {
	t.Helper()
	_, errs, s := script(t, repl.Settings{}, strings.Join(lines, "\n"))
	require.Empty(t, errs)
	return s
}

func TestComplete(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	require.NoError(t, os.Mkdir("tasks old", 0o700))
	for _, name := range []string{"tasks.csv", "tasks.json", ".hidden", "tasks old/a.csv"} {
		require.NoError(t, os.WriteFile(filepath.FromSlash(name), nil, 0o600))
	}
	s := after(t,
		`add Bob none Milk`, `add Bob none Bread`, `add Bob 2024-01-01 Dentist`, `done Bob 2`,
		`add "Bob's list" none Eggs`, `add 'big \ list' none x`, `add 買い物 none 牛乳`, `server Zoe`, `use Bob`)
	for _, test := range []struct {
		line  string // up to the cursor
		after string // the line as it is completed
		words string // what it can go on with
	}{
		{"ent", "entries ", "entries"},
		{"re", "re", "reopen redo"},
		{"s", "s", "server servers stop set source"},
		{"server", "server", "server servers"},
		{"  ser", "  server", "server servers"},
		{"xyz", "xyz", ""},
		{"# ent", "# ent", ""},
		{"entries B", "entries Bob", "Bob|Bob's list"},
		{"entries Bob", "entries Bob", "Bob|Bob's list"},
		{"entries Bob'", `entries "Bob's list" `, "Bob's list"},
		{`entries "Bo`, `entries "Bob`, "Bob|Bob's list"},
		{`entries "Bob'`, `entries "Bob's list" `, "Bob's list"},
		{`entries 'Bo`, `entries Bob`, "Bob|Bob's list"},
		{`entries bi`, `entries "big \\ list" `, `big \ list`},
		{"entries 買", "entries 買い物 ", "買い物"},
		{"entries Z", "entries Zoe ", "Zoe"},
		{"entries ", "entries ", `.|Bob|Bob's list|Zoe|big \ list|買い物`},
		{"entries .", "entries . ", "."},
		{"lists B", "lists Bob", "Bob|Bob's list"},
		{"add Bob tom", "add Bob tomorrow ", "tomorrow"},
		{"add Bob TOM", "add Bob tomorrow ", "tomorrow"},
		{"add Bob ov", "add Bob ov", ""},
		{"entries Bob ov", "entries Bob overdue ", "overdue"},
		{"agenda mo", "agenda mon", "month monday"},
		{"add Bob today Bo", "add Bob today Bo", ""},
		{"add Bob today Don't t", "add Bob today Don't t", ""},
		{"done Bob ", "done Bob ", "3=Dentist|1=Milk"},
		{"done . 3 ", "done . 3 1 ", "1=Milk"},
		{"reopen Bob ", "reopen Bob 2 ", "2=Bread"},
		{"delete Bob ", "delete Bob ", "3=Dentist|1=Milk|2=Bread"},
		{"done Nobody ", "done Nobody ", ""},
		{"update Bob 3", "update Bob 3 ", "3=Dentist"},
		{"update Bob 3 ", "update Bob 3 ", "date title"},
		{"update Bob 3 d", "update Bob 3 date ", "date"},
		{"update Bob 3 date tod", "update Bob 3 date today ", "today"},
		{"update Bob 3 title tod", "update Bob 3 title tod", ""},
		{"drop Bob -", "drop Bob -y ", "-y"},
		{"import Bob -", "import Bob --format", "--format --format=csv --format=json --format=todo.txt --format=ics"},
		{"import Bob --format t", "import Bob --format todo.txt ", "todo.txt"},
		{"import Bob --format=c", "import Bob --format=csv ", "--format=csv"},
		{"import Bob --format csv ta", "import Bob --format csv tasks", "tasks old/|tasks.csv|tasks.json"},
		{"import Bob tasks.c", "import Bob tasks.csv ", "tasks.csv"},
		{"import Bob tasks\" ", `import Bob "tasks old/`, "tasks old/"},
		{`import Bob "tasks old/`, `import Bob "tasks old/a.csv" `, "tasks old/a.csv"},
		{"source .h", "source .hidden ", ".hidden"},
		{"help hi", "help history ", "history"},
		{"timing ", "timing o", "on off"},
		{"entries Bob today to", "entries Bob today to", ""},
		{"quit ", "quit ", ""},
		{"nonsense ", "nonsense ", ""},
	} {
		t.Run(test.line, func(t *testing.T) {
			c := s.Complete(test.line)
			assert.Equal(t, test.after, test.line[:c.From]+c.Insert)
			var words []string
			for _, w := range c.Words {
				word := filepath.ToSlash(w.Text)
				if w.Note != "" {
					word += "=" + w.Note
				}
				words = append(words, word)
			}
			separator := " "
			if strings.Contains(test.words, "|") || len(words) == 1 {
				separator = "|"
			}
			assert.Equal(t, test.words, strings.Join(words, separator))
		})
	}
}

// Of very many names only some are looked at, and what those have in common
// need not be what all have.
func TestCompleteMany(t *testing.T) {
	var lines []string
	for i := range 500 {
		lines = append(lines, fmt.Sprintf("add list_%03d none x", i))
	}
	s := after(t, append(lines, "add lively none x")...)
	c := s.Complete("entries li")
	assert.True(t, c.More)
	assert.Len(t, c.Words, 200)
	assert.Equal(t, "li", c.Insert)
	c = s.Complete("entries liv")
	assert.Equal(t, "lively ", c.Insert)
}

func TestHint(t *testing.T) {
	table := repl.NewTable()
	for line, hint := range map[string]string{
		"":                                "",
		"a":                               "",
		"add":                             " LIST WHEN TITLE",
		"add ":                            "LIST WHEN TITLE",
		"add Bob":                         " WHEN TITLE",
		`add "Bob's list" `:               "WHEN TITLE",
		`add "Bob's li`:                   "",
		"add Bob today ":                  "TITLE",
		"add Bob today D":                 "",
		"add Bob today Dentist today ":    "",
		"update Bob ":                     "ID date WHEN | title TITLE",
		"update Bob 1 title ":             "TITLE",
		"update Bob 1 colour ":            "",
		"done Bob ":                       "ID…",
		"done Bob 1 2 ":                   "[ID…]",
		"entries Bob ":                    "[WHEN]",
		"import ":                         "LIST FILE [--format FORMAT]",
		"import --format ":                "FORMAT",
		"import --format csv Bob":         " FILE",
		"import --format=csv Bob a.csv x": "",
		"drop Bob -y":                     "",
		"servers ":                        "",
		"unknown ":                        "",
		"# add ":                          "",
	} {
		assert.Equal(t, hint, table.Hint(line), "%q", line)
	}
}
