package repl

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"todoshell/format"
	"todoshell/todo"
)

// added answers a command that has added an entry.
func (p *printer) added(j *job) {
	switch e := &j.entries[0]; {
	case !p.forPerson():
	case e.Date == 0:
		p.words("added %d %s", e.ID, title(e.Title))
		return
	default:
		p.words("added %d %s, %s", e.ID, title(e.Title), e.Date)
		return
	}
	p.row(appendEntry(p.rec[:0], j.args.list, inObject, inObject, j.entries[0]))
}

// entry prints an entry, with its list's name in the given forms of answers.
func (p *printer) entry(list string, listIn forms, e todo.Entry) {
	p.row(appendEntry(p.rec[:0], list, listIn, everywhere, e))
}

// view answers a command that shows entries of a list.
func (p *printer) view(j *job) {
	answer := slices.Values(j.entries)
	if j.view.Len() > 0 {
		answer = j.view.Entries(j.args.span)
	}
	none := true
	for e := range answer {
		p.entry(j.args.list, inObject, e)
		none = false
	}
	if none {
		p.none(j, "no entries")
	}
}

// none says that a list has nothing to show, or that there is no such list.
func (p *printer) none(j *job, words string) {
	if j.absent {
		p.absent(j)
		return
	}
	p.words("%s", words)
}

// absent says that there is no such list.
func (p *printer) absent(j *job) {
	if p.forPerson() {
		p.words("there is no list %s; %s", Quote(j.args.list), p.session.listHint(j.args.list, "see: lists"))
	}
}

// used answers a command that has chosen the list in use.
func (p *printer) used(j *job) {
	if !p.forPerson() {
		return
	}
	what := "using " + j.args.list
	if !p.session.has(j.args.list) {
		what += ", which is new"
		if other, ok := p.session.nearestList(j.args.list); ok {
			what += "; did you mean " + Quote(other) + "?"
		}
	}
	p.words("%s", what)
}

// handle answers a command that has fetched a list's server.
func (p *printer) handle(j *job) {
	if p.forPerson() {
		p.words("%s serves the list", handle(j.args.list, j.number))
		return
	}
	p.row(append(p.rec[:0],
		field{key: "handle", in: inLine, text: handle(j.args.list, j.number)},
		field{key: "list", in: inObject, text: j.args.list},
		field{key: "server", in: inObject, kind: ofNumber, num: j.number}))
}

// state tells a program what has become of a list; a person is told in words.
func (p *printer) state(list, state string) {
	if p.session.state.JSON {
		p.row(append(p.rec[:0], field{key: "list", in: inObject, text: list}, field{key: "state", in: inObject, text: state}))
	}
}

// count says how many entries were moved, and where to or from.
func (p *printer) count(list, what string, n int, where string) {
	if p.forPerson() {
		p.words("%s %s %s", what, counted(n), where)
		return
	}
	p.row(append(p.rec[:0],
		field{key: "list", in: inObject, text: list},
		field{key: what, in: everywhere, kind: ofNumber, num: uint64(n)}))
}

// export prints the text of a file, which write writes. If answers are objects, text
// of another format becomes a string in one.
func (p *printer) export(list string, f format.Format, write func(io.Writer) error) error {
	out := io.Writer(p.out)
	if p.session.env.Terminal {
		out = NewTextWriter(p.out, false)
	}
	var err error
	if p.session.state.JSON && f != format.JSON { // written piece by piece, since a file may be long
		begin := record{{key: "list", in: inObject, text: list}, {key: "format", in: inObject, text: string(f)}}.appendObject(nil)
		_, err = fmt.Fprintf(out, `%s,"text":"`, begin[:len(begin)-len("}\n")])
		err = errors.Join(err, write(&jsonText{w: out}))
		_, ending := io.WriteString(out, "\"}\n")
		err = errors.Join(err, ending)
	} else {
		err = write(out)
	}
	if err != nil && p.flush() == nil {
		return err
	}
	return nil // the output is gone, which ends the session: that is not the command's error
}

// jsonText writes text as a part of a string in JSON. A character may come in two
// pieces.
type jsonText struct {
	w    io.Writer
	part []byte // of a character whose rest has not come yet
}

func (t *jsonText) Write(b []byte) (int, error) {
	text := append(t.part, b...)
	end := len(text)
	for start := end - 1; start >= max(0, end-utf8.UTFMax); start-- {
		if utf8.RuneStart(text[start]) {
			if !utf8.FullRune(text[start:]) {
				end = start
			}
			break
		}
	}
	quoted, err := jsontext.AppendQuote(nil, text[:end])
	if err == nil {
		_, err = t.w.Write(quoted[1 : len(quoted)-1])
	}
	if err != nil {
		return 0, err
	}
	t.part = slices.Clone(text[end:])
	return len(b), nil
}
