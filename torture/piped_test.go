//go:build unix

package torture

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

// A pipedScript is commands over some lists, with what each of them must answer.
type pipedScript struct {
	random   *rand.Rand
	journals []*pipedList
	imports  []pipedFile
	line     int
	title    int
	commands []pipedLine // since the program was started
}

// A pipedList is what a list must be after the commands of the script.
type pipedList struct {
	name     string
	before   todo.List     // as the program finds it
	past     []todo.Change // all that led there
	draft    *todo.Draft   // its Changes are those of the script
	answered int           // how many of the draft's Changes were answered
}

type pipedFile struct {
	path    string
	entries []todo.Entry
}

// A pipedLine is a line of the script that is no comment.
type pipedLine struct {
	of      *pipedList
	changes int           // of its list, as soon as it has run
	answer  string        // that of a failure goes on with words and a hint, which may depend on the other lists
	fails   failureObject // unless it succeeds
	alone   bool          // it runs when all before it have ended, and a signal may interrupt it
}

// cut cuts the answer off what the program has written; ok is false where that is
// no whole one.
func (c pipedLine) cut(out string) (rest string, ok bool) {
	if c.fails.Code == "" {
		return strings.CutPrefix(out, c.answer)
	}
	line, rest, whole := strings.Cut(out, "\n")
	f, _ := readFailure(line)
	return rest, whole && f.Code == c.fails.Code && f.Line == c.fails.Line
}

// begun tells whether the program may have been at writing the answer.
func (c pipedLine) begun(out string) bool {
	return strings.HasPrefix(c.answer, out) || c.fails.Code != "" && strings.HasPrefix(out, c.answer) && !strings.Contains(out, "\n")
}

var someWords = []string{"milk", "Don't forget", `"soon"`, "#5", `C:\temp`, "<b> & more", "買い物", "مرحبا", "🎉", "x", strings.Repeat("long ", 60)}

func newPipedScript(p *part, folder string) *pipedScript {
	p.Helper()
	s := &pipedScript{random: split(p.random)}
	for i := range 50 {
		name := fmt.Sprintf([]string{"list%d", "Ann's list %d", "一覧%d"}[i%3], i)
		s.journals = append(s.journals, &pipedList{name: name, draft: todo.List{}.Draft()})
	}
	for i, n := range []int{1, 40, 5000} { // the last one makes the store write a snapshot
		file := pipedFile{path: filepath.Join(folder, fmt.Sprintf("import%d.csv", i)), entries: make([]todo.Entry, n)}
		text := "title,status\n"
		for i := range file.entries {
			file.entries[i] = todo.Entry{Title: fmt.Sprint("imported ", i), Status: todo.Status(i % 2)}
			text += fmt.Sprintf("%s,%v\n", file.entries[i].Title, file.entries[i].Status)
		}
		require.NoError(p, os.WriteFile(file.path, []byte(text), 0o600))
		s.imports = append(s.imports, file)
	}
	return s
}

// more returns the next n lines of the script.
func (s *pipedScript) more(n int) string {
	var b strings.Builder
	for range n {
		s.line++
		if s.random.IntN(100) == 0 {
			b.WriteString("# nothing\n")
			continue
		}
		j := s.journals[s.random.IntN(len(s.journals))]
		text, c, err := s.next(j)
		if e, ok := errors.AsType[*todo.Error](err); ok {
			c.answer = failureBegins(e.Code)
			c.fails = failureObject{Code: e.Code, Line: s.line}
		}
		c.of, c.changes = j, len(j.draft.Changes)
		s.commands = append(s.commands, c)
		b.WriteString(text + "\n")
	}
	return b.String()
}

// next makes up a command and runs it on the draft.
func (s *pipedScript) next(j *pipedList) (text string, c pipedLine, err error) {
	d, name := j.draft, j.name
	if strings.ContainsAny(name, " '") {
		name = `"` + name + `"`
	}
	var entries []todo.Entry
	one := func(e todo.Entry, err error) ([]todo.Entry, error) { return []todo.Entry{e}, err }
	date := todo.Date(0)
	if s.random.IntN(4) > 0 {
		date = todo.Date(738_000 + s.random.IntN(500))
	}
	when := date.String()
	if date == 0 {
		when = "none"
	}
	s.title++
	title := fmt.Sprintf("%d %s", s.title, someWords[s.random.IntN(len(someWords))])
	title = strings.TrimSpace(title)
	id := 1 + s.random.Uint64N(d.LastID+1) // it may be unknown
	ids := []uint64{id, 1 + s.random.Uint64N(d.LastID+1)}[:1+s.random.IntN(2)]
	several := strings.Trim(fmt.Sprint(ids), "[]")
	switch n := s.random.IntN(1000); {
	case n < 80:
		text = fmt.Sprintf("update %s %d date %s", name, id, when)
		entries, err = one(d.SetDate(id, date))
	case n < 140:
		text = fmt.Sprintf("update %s %d title %s", name, id, title)
		entries, err = one(d.SetTitle(id, title))
	case n < 220:
		text = fmt.Sprintf("done %s %s", name, several)
		entries, err = d.Finish(ids...)
	case n < 260:
		text = fmt.Sprintf("reopen %s %s", name, several)
		entries, err = d.Reopen(ids...)
	case n < 330:
		text = fmt.Sprintf("delete %s %s", name, several)
		entries, err = d.Delete(ids...)
	case n < 420:
		text = "undo " + name
		entries, err = d.Undo()
	case n < 470:
		text = "redo " + name
		entries, err = d.Redo()
	case n < 490:
		text = fmt.Sprintf("entries %s %s", name, when)
		entries = slices.Collect(d.Entries(todo.Span{From: date, To: date}))
	case n < 492:
		file := s.imports[min(s.random.IntN(12), 11)/5]
		text, c.alone = fmt.Sprintf("import %s %s", name, file.path), true
		c.answer = fmt.Sprintf("{\"list\":%s,\"imported\":%d}\n", jsonText(j.name), len(file.entries))
		err = d.Import(file.entries)
	case n < 493:
		text, c.alone = "drop -y "+name, true
		c.answer = fmt.Sprintf("{\"list\":%s,\"state\":\"dropped\"}\n", jsonText(j.name))
		err = d.Drop()
	default:
		text = fmt.Sprintf("add %s %s %s", name, when, title)
		entries, err = one(d.Add(date, title))
	}
	if err == nil && c.answer == "" {
		c.answer = objectLines(j.name, entries...)
		if verb, _, _ := strings.Cut(text, " "); verb == "undo" || verb == "redo" {
			var of todo.Change
			of, err = d.Target(d.Changes[len(d.Changes)-1])
			member := map[string]string{"undo": "undid", "redo": "redid"}[verb]
			c.answer = strings.ReplaceAll(c.answer, "}\n", fmt.Sprintf(",%q:%q}\n", member, of.Kind))
		}
	}
	return text, c, err
}
