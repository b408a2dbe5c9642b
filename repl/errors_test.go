package repl_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/repl"
	"todoshell/server"
	"todoshell/store"
	"todoshell/todo"
)

// Help explains every argument of every command, and every error that it names.
func TestHelpExplainsEverything(t *testing.T) {
	table := repl.NewTable()
	for _, c := range table.Rows {
		rows, err := table.Explain(c.Name)
		require.NoError(t, err)
		headings := make(map[string]string)
		for _, row := range rows {
			headings[row[0]] = row[1]
		}
		for _, p := range c.Params {
			assert.NotEmpty(t, headings[p.Name], "%s: %s", c.Name, p.Name)
		}
		for _, code := range c.Errors {
			assert.NotEmpty(t, headings[string(code)], "%s: %s", c.Name, code)
		}
		for code := range strings.SplitSeq(strings.TrimSuffix(headings["any line"], ": see help errors"), ", ") {
			_, err := table.Explain(code)
			require.NoError(t, err, code)
		}
	}
	all, err := table.Explain("errors")
	require.NoError(t, err)
	assert.Len(t, all, len(table.Topics())-len(table.Names())-1)
	for _, code := range []todo.Code{repl.ServerGone, repl.ServerLost, repl.ServerRefused, store.DiskFull, store.Broken} {
		_, err := table.Explain(string(code))
		assert.NoError(t, err, "it has another name by now: %s", code)
	}
}

// A faultyLog fails as it is told to.
type faultyLog struct {
	cache.Log
	append, load, read, fresh error
}

func (l *faultyLog) Fresh(ctx context.Context, name string) error {
	if l.fresh != nil {
		return l.fresh
	}
	return l.Log.Fresh(ctx, name)
}

func (l *faultyLog) Append(ctx context.Context, name string, after todo.Version, next todo.List, b todo.Batch) (todo.Version, error) {
	if l.append != nil {
		return 0, l.append
	}
	return l.Log.Append(ctx, name, after, next, b)
}

func (l *faultyLog) Load(ctx context.Context, name string) (todo.List, error) {
	if l.load != nil {
		return todo.List{}, l.load
	}
	return l.Log.Load(ctx, name)
}

func (l *faultyLog) Heads(ctx context.Context, prefix, from string) iter.Seq2[todo.Head, error] {
	if l.read != nil {
		return func(yield func(todo.Head, error) bool) { yield(todo.Head{}, l.read) }
	}
	return l.Log.Heads(ctx, prefix, from)
}

func (l *faultyLog) Find(ctx context.Context, prefix, from string, matches func([]byte) bool) iter.Seq2[todo.Found, error] {
	if err := cmp.Or(l.load, l.read); err != nil {
		return func(yield func(todo.Found, error) bool) { yield(todo.Found{}, err) }
	}
	return l.Log.Find(ctx, prefix, from, matches)
}

func (l *faultyLog) History(ctx context.Context, name string, from uint64) iter.Seq2[todo.Change, error] {
	if err := cmp.Or(l.load, l.read); err != nil {
		return func(yield func(todo.Change, error) bool) { yield(todo.Change{}, err) }
	}
	return l.Log.History(ctx, name, from)
}

// A world is in what commands are given.
type world struct {
	log    faultyLog
	grant  todo.Grant
	ends   bool // the cache is closed
	backup error
	lines  []string // besides the commands' examples
}

// worlds are all in which something goes wrong.
func worlds() []world {
	long := strings.Repeat("x", 5000)
	full := "import Full full.json\n"
	many := strings.Repeat(" 1", todo.MaxIDs+1)
	all := []world{
		{lines: []string{"nonsense", "add Bob", "\xff", strings.Repeat("x", 70_000), "entries 'Bob",
			"add Bob 01/02/2024 x", "entries Bob never", "agenda never", "update Bob 1 date never",
			"add Bob none " + long, "update Bob 1 title " + long,
			"add . none x", "entries .", "update . 1 date today", "update . 1 title x", "done . 1", "reopen . 1", "delete . 1", "undo .", "redo .",
			"log .", "import . tasks.csv", "export .", "drop .", "server .", "stop .", "crash .", "use .",
			"done Bob 99", "reopen Bob 99", "delete Bob 99", "update Bob 99 date today", "update Bob 99 title x", "update Nobody 1 title x",
			"done Bob" + many, "reopen Bob" + many, "delete Bob" + many,
			"undo Nobody", "redo Nobody", "drop Nobody", "export Nobody out.csv",
			"import Bob missing.csv", "import Bob x.exe", "import Bob bad.csv", "import Bob long.csv", "import Bob latin1.json",
			"export Bob missing/x.csv", "export Bob x.exe", "source missing.todo", full + "add Full none x", full + "import Full tasks.csv"}},
		{grant: todo.Grant{Prefix: "home/"}}, {grant: todo.Grant{ReadOnly: true}},
		{ends: true}, {backup: os.ErrPermission},
		{backup: &os.PathError{Op: "mkdir", Path: "x", Err: os.ErrExist}},
		{backup: &todo.Error{Code: todo.Forbidden}},
		{log: faultyLog{load: &todo.Error{Code: todo.Damaged}}},
		{log: faultyLog{fresh: &todo.Error{Code: todo.ClusterUnavailable}}, lines: []string{"done Bob 99"}},
		{log: faultyLog{load: errors.New("disk"), read: errors.New("disk")}},
		{log: faultyLog{load: context.Canceled, read: context.Canceled}},
	}
	for _, code := range []todo.Code{store.DiskFull, store.Broken, todo.ErrConflict.Code, todo.ErrOutcomeUnknown.Code} {
		all = append(all, world{log: faultyLog{append: &todo.Error{Code: code}}})
	}
	return all
}

// codes runs a line in the world, and returns the codes of its errors. In fake time, it need not
// wait for commands that give way to others.
func (w world) codes(t *testing.T, line string) (codes []todo.Code) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { codes = w.codesInTime(t, line) })
	return codes
}

func (w world) codesInTime(t *testing.T, line string) (codes []todo.Code) {
	t.Helper()
	data, err := store.OpenMemory()
	require.NoError(t, err)
	defer data.Close()
	log := &faultyLog{Log: data}
	lists := cache.New(&server.System{Now: time.Now, Panicked: func(string, any, []byte) {}}, log, 1000)
	defer lists.Close()
	env := repl.Environment{Cache: lists, Out: io.Discard, Err: io.Discard, Backup: func(string) error { return w.backup }}
	asJSON := repl.State{Settings: repl.Settings{JSON: true}}
	s := repl.NewSession(env, asJSON)
	setup := "add Bob 1999-01-01 a\nadd Bob none b\nadd Bob none c\ndone Bob 3\n"
	if strings.HasPrefix(line, "redo") {
		setup += "undo Bob\n"
	}
	require.NoError(t, s.Run(t.Context(), "", strings.NewReader(setup)))
	lists.Stop("Bob") // for loading to fail

	*log = faultyLog{Log: data, append: w.log.append, load: w.log.load, read: w.log.read, fresh: w.log.fresh}
	if w.ends {
		lists.Close()
	}
	var errs strings.Builder
	env.Cache, env.Err = lists.Within(w.grant), &errs
	s = repl.NewSession(env, asJSON)
	require.NoError(t, s.Run(t.Context(), "", strings.NewReader(line)))
	for object := range strings.Lines(errs.String()) {
		var e struct{ Error todo.Error }
		require.NoError(t, json.Unmarshal([]byte(object), &e))
		codes = append(codes, e.Error.Code)
	}
	return codes
}

// Help names the errors that a command can end with, and no others: each command
// is given in worlds where all goes wrong that can.
func TestHelpNamesTheErrorsThatCome(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"tasks.csv": "date,title\n2024-01-01,Dentist\n", "bad.csv": "date,title\nnever,x\n",
		"long.csv": "title\n" + strings.Repeat("x", 5000) + "\n", "latin1.json": "{\"title\":\"\xff\"}\n",
		"full.json": `{"id":9007199254740991,"title":"last"}` + "\n", "morning.todo": "lists\n",
	} {
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	}
	table := repl.NewTable()
	documented := make(map[string][]todo.Code)
	for _, c := range table.Rows {
		documented[c.Name] = append(documented[c.Name], c.Errors...)
	}
	rows, err := table.Explain("exit")
	require.NoError(t, err)
	anyLine := strings.TrimSuffix(rows[len(rows)-1][1], ": see help errors")

	came := make(map[string]map[todo.Code]bool)
	common := make(map[todo.Code]bool)
	for _, w := range worlds() {
		lines := w.lines
		for _, c := range table.Rows {
			lines = append(lines, c.Example)
		}
		for _, line := range lines {
			parts := strings.Split(strings.TrimSpace(line), "\n")
			verb, _, _ := strings.Cut(parts[len(parts)-1], " ")
			for _, code := range w.codes(t, line) {
				if slices.Contains(strings.Split(anyLine, ", "), string(code)) && code != todo.BadUTF8 {
					common[code] = true
					continue
				}
				if came[verb] == nil {
					came[verb] = make(map[todo.Code]bool)
				}
				came[verb][code] = true
			}
		}
	}
	for _, name := range table.Names() {
		assert.ElementsMatch(t, slices.Compact(slices.Sorted(slices.Values(documented[name]))), slices.Sorted(maps.Keys(came[name])), name)
	}
	// Those who are elsewhere have tests of their own, and a crash needs a fault.
	elsewhere := []todo.Code{server.Crashed, repl.ServerGone, repl.ServerLost, repl.ServerRefused}
	for code := range strings.SplitSeq(anyLine, ", ") {
		if code := todo.Code(code); code != todo.BadUTF8 && !slices.Contains(elsewhere, code) {
			assert.True(t, common[code], code)
		}
	}
}
