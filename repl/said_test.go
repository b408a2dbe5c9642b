package repl_test

import (
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/repl"
)

// At a terminal each command says what it has done. Lines that begin with > are
// commands.
func TestCommandsSayWhatTheyDid(t *testing.T) {
	transcript(t, 80, `> add Bob none Milk
added 1 Milk
> add Bob +1d Bread
added 2 Bread, 2024-02-29
> add Bob none a	b
added 3 a\tb
> done Bob 1
done 1 Milk: from open to done
> done Bob 1
nothing changed: 1 Milk is done already
> done Bob 1 2
done 1 entry; 1 was done already
id  date        status  title
1               done    Milk
2   2024-02-29  done    Bread
> done Bob 1 2
nothing changed: all 2 are done already
id  date        status  title
1               done    Milk
2   2024-02-29  done    Bread
> done Bob 1 2 3
done 1 entry; 2 were done already
id  date        status  title
1               done    Milk
2   2024-02-29  done    Bread
3               done    a\tb
> reopen Bob 3
reopened 3 a\tb: from done to open
> reopen Bob 3
nothing changed: 3 a\tb is open already
> reopen Bob 1 2
reopened 2 entries
id  date        status  title
1               open    Milk
2   2024-02-29  open    Bread
> update Bob 1 date today
updated 1 Milk: date from none to 2024-02-28
> update Bob 1 date today
nothing changed: that is the date of 1 Milk already
> update Bob 1 title Oat milk
updated 1: title from Milk to Oat milk
> update Bob 1 title Oat milk
nothing changed: that is the title of 1 Oat milk already
> undo Bob
undid: update 1, title back from Oat milk to Milk; redo does it again
> undo Bob
undid: update 1 Milk, date back from 2024-02-28 to none; redo does it again
> redo Bob
redid: update 1 Milk, date from none to 2024-02-28; undo takes it back
> undo Bob
undid: update 1 Milk, date back from 2024-02-28 to none; redo does it again
> undo Bob
undid: reopen 2 entries; redo does it again
id  date        status  title
1               done    Milk
2   2024-02-29  done    Bread
> undo Bob
undid: reopen 3 a\tb, back from open to done; redo does it again
> redo Bob
redid: reopen 3 a\tb, from done to open; undo takes it back
> delete Bob 3
deleted 3 a\tb
> undo Bob
undid: delete 3 a\tb; redo does it again
> redo Bob
redid: delete 3 a\tb; undo takes it back
> delete Bob 1 2
deleted 2 entries
id  date        status  title
1               done    Milk
2   2024-02-29  done    Bread
> undo Bob
undid: delete 2 entries; redo does it again
id  date        status  title
1               done    Milk
2   2024-02-29  done    Bread
> add Bob none Eggs
added 4 Eggs
> undo Bob
undid: add 4 Eggs; redo brings it back
> redo Bob
redid: add 4 Eggs; undo takes it back
> use Bob
using Bob
> use Bbo
using Bbo, which is new; did you mean Bob?
> server Bob
Bob#1 serves the list
> stop Bob
stopped Bob
> stop Bob
Bob has no server
> stop Bbo
there is no list Bbo; did you mean Bob?
> crash Bob
crashed Bob
> crash Bbo
crashed Bbo
there is no list Bbo; did you mean Bob?
> entries Bob 1999-01-01
no entries
> entries Bbo
there is no list Bbo; did you mean Bob?
> entries Nobody
there is no list Nobody; see: lists
> log Bbo
there is no list Bbo; did you mean Bob?
> set color on
color is on
> set color on
color is on already
> set color off
color is off
> timing off
timing is off already
> history
no lines
> drop Bob
dropped Bob and its 3 entries
`)
}

// What is said keeps to the width of the terminal: titles are cut, as far as that
// leaves enough of them, and then the words are wrapped.
func TestSaidWithinTheWidth(t *testing.T) {
	long := strings.Repeat("牛乳 and 🥛 ", 30)
	for _, width := range []int{1, 10, 20, 40, 80, 200} {
		var out strings.Builder
		s := newSession(t, repl.Environment{Out: &out, Width: func() int { return width }}, repl.Settings{Table: true})
		lines := "add Bob none " + long + "\nupdate Bob 1 title x" + long + "\nupdate Bob 1 date today\nundo Bob\nredo Bob\nundo Bob\nundo Bob\n" +
			"undo Bob\nredo Bob\ndone Bob 1\ndone Bob 1\ndelete Bob 1\nadd " + strings.Repeat("x", 255) + " none x\nuse " + strings.Repeat("x", 254) + "\n"
		require.NoError(t, s.Run(t.Context(), "", strings.NewReader(lines)))
		for line := range strings.Lines(out.String()) {
			assert.LessOrEqual(t, runewidth.StringWidth(line), max(width, 4), "%d: %s", width, line)
		}
		if width == 80 {
			assert.Contains(t, out.String(), "…: date from none to 2024-02-28\n")
		}
	}
}

// transcript runs the commands of a transcript at a terminal, and compares what
// they say.
func transcript(t *testing.T, width int, text string) {
	t.Helper()
	var out, replayed strings.Builder
	s := newSession(t, repl.Environment{Out: &out, Err: &out, Width: func() int { return width }}, repl.Settings{Table: true})
	for line := range strings.Lines(text) {
		command, ok := strings.CutPrefix(line, "> ")
		if !ok {
			continue
		}
		out.Reset()
		require.NoError(t, s.Run(t.Context(), "", strings.NewReader(command)))
		replayed.WriteString(line + out.String())
	}
	assert.Equal(t, text, replayed.String())
}
