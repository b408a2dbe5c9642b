package repl_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/repl"
	"todoshell/server"
	"todoshell/store"
	"todoshell/todo"
)

func TestDidYouMean(t *testing.T) {
	const lists = "add Bob none a\nadd \"Bob's list\" none b\nadd Groceries none c\nadd Groceries none d\nadd Grocerie none e\n"
	for line, want := range map[string]string{
		"ENTIRES Bob":                   `unknown command "ENTIRES"; did you mean entries?`,
		"help Ad":                       `unknown command "Ad"; did you mean add?`,
		"drop Bbo":                      `there is no list Bbo; did you mean Bob?`,
		"drop BOB":                      `there is no list BOB; did you mean Bob?`,
		"export Bbo bob.csv":            `there is no list Bbo; did you mean Bob?`,
		"add Bbo none \" \"":            `nothing can be seen of the title; say what there is to do`,
		"drop Nobody":                   `there is no list Nobody; see: lists`,
		`drop "bobs list"`:              `there is no list "bobs list"; did you mean "Bob's list"?`,
		"done Bbo 3":                    `there is no list Bbo; did you mean Bob?`,
		"reopen groceries 1":            `there is no list groceries; did you mean Groceries?`,
		"delete Grcoeries 1":            `there is no list Grcoeries; did you mean Groceries?`,
		"update Bo 1 date today":        `there is no list Bo; did you mean Bob?`,
		"update Nobody 1 title x":       `there is no list Nobody; see: lists`,
		"done Grocerie 2":               `there is no entry 2; see: entries Grocerie; did you mean Groceries?`,
		"done Grocerie 3":               `there is no entry 3; see: entries LIST`,
		"undo Bbo":                      `there is nothing to undo; did you mean Bob?`,
		"redo Bbo":                      `there is nothing to redo; did you mean Bob?`,
		"redo Bob":                      `there is nothing to redo; only what undo took back can be redone, until the next change`,
		"set JSON on":                   `set: "JSON" is not one of bail, color, fresh, json, table, timing; did you mean json?`,
		"set colour on":                 `set: "colour" is not one of bail, color, fresh, json, table, timing; did you mean color?`,
		"set json onn":                  `set: "onn" is not one of on, off; did you mean on?`,
		"timing OFF":                    `timing: "OFF" is not one of on, off; did you mean off?`,
		"update Bob 1 titel x":          `update: "titel" is not one of date, title; did you mean title?`,
		"export Bob --format cvs":       `"cvs" is no format; did you mean csv?`,
		"import Bob x --format todotxt": `"todotxt" is no format; did you mean todo.txt?`,
		"add Bob tomorow x":             `"tomorow" is no date; did you mean tomorrow?`,
		"add Bob Modnay x":              `"Modnay" is no date; did you mean monday?`,
		"add Bob frobnicate x":          `"frobnicate" is no date; write YYYY-MM-DD, as 2024-02-28, or a word such as today, fri, +3d or none`,
		"entries Bob ovredue":           `"ovredue" is no date; did you mean overdue?`,
		"agenda toady..fri":             `"toady" is no date; did you mean today..fri?`,
		"agenda thu..sundy":             `"sundy" is no date; did you mean thu..sunday?`,
		"agenda 2024-03-01..tdoay":      `"tdoay" is no date; write YYYY-MM-DD, as 2024-02-28, or a word such as today, fri, +3d or none`,
	} {
		_, errs, _ := script(t, repl.Settings{}, lists+line+"\n")
		assert.Equal(t, "todoshell: test:6: "+want+"\n", errs, line)
	}
}

// What an error quotes of a line is cut.
func TestErrorsQuoteLittle(t *testing.T) {
	long := strings.Repeat("x", 60_000)
	for _, line := range []string{long, "'" + long, "help " + long, "update Bob " + long, "update Bob 1 " + long, "exit " + long,
		"lists a " + long, "add Bob " + long + " y", "set " + long, "import Bob x --format " + long, "add " + long + " none x"} {
		_, errs, _ := script(t, repl.Settings{}, line)
		assert.Less(t, len(errs), 400, line[:20])
		assert.NotEmpty(t, errs)
	}
}

// Who may not see a list isn't told its name.
func TestDidYouMeanWithinAGrant(t *testing.T) {
	env := newEnvironment(t)
	lists := env.Cache
	require.NoError(t, newSession(t, env, repl.Settings{}).Run(t.Context(), "", strings.NewReader("add home/Bob none x\nadd home/Bbo none y\nadd work/Bob none z\n")))
	for grant, want := range map[string]string{"home/": "home/Bbo", "home/Bo": "home/Bob"} {
		var errs strings.Builder
		env.Cache, env.Err = lists.Within(todo.Grant{Prefix: grant}), &errs
		within := newSession(t, env, repl.Settings{})
		require.NoError(t, within.Run(t.Context(), "", strings.NewReader("drop home/Boo\n")))
		assert.Equal(t, "todoshell: there is no list home/Boo; did you mean "+want+"?\n", errs.String())
		errs.Reset()
		require.NoError(t, within.Run(t.Context(), "", strings.NewReader("drop work/Bbo\ndone work/Bbo 1\n")))
		assert.NotContains(t, errs.String(), "mean")
	}
}

// manyLists says of any number of lists that they are there. They are seen, but
// not read.
type manyLists struct {
	cache.Log
	names []string
	seen  int
}

func (l *manyLists) Heads(_ context.Context, prefix, from string) iter.Seq2[todo.Head, error] {
	return func(yield func(todo.Head, error) bool) {
		lo, hi := 0, len(l.names)
		for from = max(prefix, from); lo < hi; {
			if mid := (lo + hi) / 2; l.names[mid] < from {
				lo = mid + 1
			} else {
				hi = mid
			}
		}
		for _, name := range l.names[lo:] {
			l.seen++
			if !strings.HasPrefix(name, prefix) || !yield(todo.Head{Name: name, Rev: 1}, nil) {
				return
			}
		}
	}
}

// Among a million lists, few are looked at for a guess, and a script that goes
// wrong in each line ends all the same.
func TestDidYouMeanAmongAMillionLists(t *testing.T) {
	data, err := store.OpenMemory()
	require.NoError(t, err)
	many := &manyLists{Log: data}
	for i := range 1_000_000 {
		many.names = append(many.names, fmt.Sprintf("list-%07d", i))
	}
	lists := cache.New(&server.System{Now: time.Now}, many, 1000)
	t.Cleanup(func() {
		lists.Close()
		require.NoError(t, data.Close())
	})
	for typed, want := range map[string]string{
		"lits-0000007":  "did you mean list-0000007?",
		"LIST-0999999":  "did you mean list-0999999?",
		"list-99999999": "did you mean list-0999999?",
		"kist-0500000":  "did you mean list-0500000?",
		"ilst-090909":   "did you mean list-0090909?",
		"frobnicate":    "see: lists",
	} {
		many.seen = 0
		var errs strings.Builder
		s := repl.NewSession(repl.Environment{Cache: lists, Out: io.Discard, Err: &errs}, repl.State{})
		require.NoError(t, s.Run(t.Context(), "", strings.NewReader("drop "+typed+"\n")))
		assert.Equal(t, "todoshell: there is no list "+typed+"; "+want+"\n", errs.String())
		assert.LessOrEqual(t, many.seen, 2001, typed)
	}
	many.seen = 0
	s := repl.NewSession(repl.Environment{Cache: lists, Out: io.Discard, Err: io.Discard}, repl.State{})
	require.NoError(t, s.Run(t.Context(), "test", strings.NewReader(strings.Repeat("done list-99999999 1\n", 10_000))))
	assert.LessOrEqual(t, many.seen, 100*2001)
}
