package repl

import (
	"fmt"

	"github.com/mattn/go-runewidth"

	"todoshell/todo"
)

// forPerson tells whether a person reads the answers. Then each command says in words
// what it has done, which plain lines and objects leave out.
func (p *printer) forPerson() bool { return p.session.state.Table && !p.session.state.JSON }

// A title is an entry's title, of which words may leave out the end.
type title string

// words prints a sentence for a person, as [fmt.Sprintf] formats it. Titles in it are
// cut if it fits into a line that way.
func (p *printer) words(format string, args ...any) {
	if p.forPerson() {
		width := p.session.env.Width()
		fit(width, format, args)
		p.write([]byte(wrapWords(Visible(fmt.Sprintf(format, args...)), width) + "\n"))
	}
}

// minTitle is the least that is shown of a title, in columns.
const minTitle = 20

// fit cuts the titles among args, so that the sentence fits into a line.
func fit(width int, format string, args []any) {
	without := make([]any, len(args))
	titles, used := 0, 0 // columns
	for i, a := range args {
		if t, ok := a.(title); ok {
			args[i], a = title(Visible(string(t))), title("")
			used += runewidth.StringWidth(string(args[i].(title))) //nolint:errcheck // it was just made
			titles++
		}
		without[i] = a
	}
	if titles == 0 {
		return
	}
	room := width - runewidth.StringWidth(Visible(fmt.Sprintf(format, without...)))
	for i, a := range args {
		t, ok := a.(title)
		if !ok {
			continue
		}
		own := runewidth.StringWidth(string(t))
		most := max(room/titles, room-(used-own), min(minTitle, width-len(indent)))
		args[i] = title(runewidth.Truncate(string(t), most, "…"))
	}
}

// counted returns "1 entry", "2 entries" and so on.
func counted(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}

// changed answers a command that has changed entries, or has found them as it would
// have made them.
func (p *printer) changed(j *job) {
	if p.forPerson() {
		p.sayChanged(j)
		if len(j.entries) < 2 {
			return
		}
	}
	for _, e := range j.entries {
		r := appendEntry(p.rec[:0], j.args.list, inObject, everywhere, e)
		if j.of.Valid() {
			r = append(r, field{key: past(j.kind), in: inObject, text: j.of.String()})
		}
		p.row(r)
	}
}

// past returns the past tense of what a command does: "deleted".
func past(k todo.Kind) string {
	switch k {
	case todo.Update:
		return "updated"
	case todo.Reopen:
		return "reopened"
	case todo.Delete:
		return "deleted"
	case todo.Undo:
		return "undid"
	case todo.Redo:
		return "redid"
	case todo.Add, todo.Finish, todo.Import, todo.Drop:
	}
	return k.String()
}

func (p *printer) sayChanged(j *job) {
	edits := j.edits
	what, args := describe(edits, "", ":")
	switch kind := j.kind; kind {
	case 0:
		p.sayUnchanged(j)
	case todo.Undo:
		what, args = describe(edits, "back ", ",")
		again := "redo does it again"
		if j.of == todo.Add || j.of == todo.Import {
			again = "redo brings it back"
		}
		p.words("undid: "+j.of.String()+" "+what+"; "+again, args...)
	case todo.Redo:
		what, args = describe(edits, "", ",")
		p.words("redid: "+j.of.String()+" "+what+"; undo takes it back", args...)
	default:
		switch others := len(j.entries) - len(edits); others {
		case 0:
			p.words(past(kind)+" "+what, args...)
		case 1:
			p.words("%s %s; 1 was %s already", past(kind), counted(len(edits)), j.entries[0].Status)
		default:
			p.words("%s %s; %d were %s already", past(kind), counted(len(edits)), others, j.entries[0].Status)
		}
	}
}

// sayUnchanged says that there was nothing to change.
func (p *printer) sayUnchanged(j *job) {
	switch e := j.entries[0]; {
	case j.command.Name == "update":
		p.words("nothing changed: that is the %s of %d %s already", j.args.words[0], e.ID, title(e.Title))
	case len(j.entries) == 1:
		p.words("nothing changed: %d %s is %s already", e.ID, title(e.Title), e.Status)
	default:
		p.words("nothing changed: all %d are %s already", len(j.entries), e.Status)
	}
}

// describe says how entries were changed, as a format and its arguments.
func describe(edits []todo.Edit, back, comma string) (format string, args []any) {
	if len(edits) != 1 {
		return "%s", []any{counted(len(edits))}
	}
	before, after := edits[0].Before, edits[0].After
	if after.ID == 0 {
		return "%d %s", []any{before.ID, title(before.Title)}
	}
	format, args = "%d", []any{after.ID}
	renamed := before.ID != 0 && before.Title != after.Title
	if !renamed {
		format, args = "%d %s", append(args, title(after.Title))
	}
	if before.ID == 0 {
		return format, args
	}
	add := func(name string, from, to any) {
		format += comma + " " + name + back + "from %s to %s"
		args = append(args, from, to)
		comma = ","
	}
	if renamed {
		add("title ", title(before.Title), title(after.Title))
	}
	if before.Date != after.Date {
		add("date ", shownDate(before.Date), shownDate(after.Date))
	}
	if before.Status != after.Status {
		add("", before.Status, after.Status)
	}
	return format, args
}

func shownDate(d todo.Date) string {
	if d == 0 {
		return "none"
	}
	return d.String()
}
