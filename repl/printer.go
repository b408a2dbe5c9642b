package repl

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"todoshell/format"
	"todoshell/todo"
)

// A printer prints the answers of a session, in the form it is set to: plain
// lines, objects, or tables and words for a person.
type printer struct {
	session *Session
	out     *bufio.Writer
	err     error // why nothing can be printed any more

	place place     // of the script that runs, for errors
	rec   record    // is reused
	line  []byte    // is reused
	grid  grid      // the rows of the answer so far, in the form of a table
	day   todo.Date // today, for the answer that is printed; 0: nobody has asked
	cut   bool      // nobody waits for the rest of them
}

func (p *printer) flush() error {
	if err := p.out.Flush(); err != nil {
		p.lost(err)
	}
	return p.err
}

// row prints a record as part of the answer.
func (p *printer) row(r record) {
	p.rec = r[:0]
	switch s := p.session; {
	case s.state.JSON:
		p.line = r.appendObject(p.line[:0])
	case s.state.Table:
		p.cut = p.cut || p.grid.below && len(p.grid.rows) == 0 && s.ctx.Err() != nil
		if !p.cut && p.grid.add(r, s.env.Now().Location()) {
			p.layOut()
		}
		return
	default:
		p.line = r.appendLine(p.line[:0])
		if s.state.Color {
			p.colored(r, p.line)
			return
		}
	}
	p.text(p.line)
}

// text writes what may hold anything. A terminal gets only what is text of it.
func (p *printer) text(b []byte) {
	if p.session.env.Terminal {
		_, _ = NewTextWriter(p.out, false).Write(b) // whole lines; an error is kept
		return
	}
	p.write(b)
}

func (p *printer) write(b []byte) {
	if _, err := p.out.Write(b); err != nil {
		p.lost(err)
	}
}

// lost notes that the answers have nowhere to go.
func (p *printer) lost(err error) {
	if p.err == nil {
		p.err, p.session.state.Closed = err, true
	}
}

// end ends an answer.
func (p *printer) end() {
	if len(p.grid.rows) > 0 {
		p.layOut()
	}
	p.grid, p.day, p.cut = grid{}, 0, false
}

func (p *printer) layOut() { p.write(p.grid.render(p.session.env.Width(), p.session.state.Color)) }

func (p *printer) added(j *job) {
	switch e := &j.entry; {
	case !p.talks():
	case e.Date == 0:
		p.words("added %d %s", e.ID, title(e.Title))
		return
	default:
		p.words("added %d %s, %s", e.ID, title(e.Title), e.Date)
		return
	}
	p.row(appendEntry(p.rec[:0], j.args.list, inObject, inObject, j.entry))
}

func (p *printer) entry(list string, listIn forms, e todo.Entry) {
	p.row(appendEntry(p.rec[:0], list, listIn, everywhere, e))
}

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

// none says that there is nothing to show of a list, or not even the list.
func (p *printer) none(j *job, words string) {
	if j.absent {
		p.absent(j)
		return
	}
	p.words("%s", words)
}

// absent says that there is no such list.
func (p *printer) absent(j *job) {
	if p.talks() {
		p.words("there is no list %s; %s", Quote(j.args.list), p.session.listHint(j.args.list, "see: lists"))
	}
}

func (p *printer) used(j *job) {
	if !p.talks() {
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

func (p *printer) handle(j *job) {
	if p.talks() {
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
	if p.talks() {
		p.words("%s %s %s", what, counted(n), where)
		return
	}
	p.row(append(p.rec[:0],
		field{key: "list", in: inObject, text: list},
		field{key: what, in: everywhere, kind: ofNumber, num: uint64(n)}))
}

// export prints a file's text, which write writes. Where each line is to be an
// object, other text than that goes into one.
func (p *printer) export(list string, f format.Format, write func(io.Writer) error) error {
	out := io.Writer(p.out)
	if p.session.env.Terminal {
		out = NewTextWriter(p.out, false)
	}
	var err error
	if p.session.state.JSON && f != format.JSON { // piece by piece, since a file may be long
		begin := record{{key: "list", in: inObject, text: list}, {key: "format", in: inObject, text: string(f)}}.appendObject(nil)
		_, err = fmt.Fprintf(out, `%s,"text":"`, begin[:len(begin)-len("}\n")])
		err = errors.Join(err, write(jsonText{out}))
		_, ending := io.WriteString(out, "\"}\n")
		err = errors.Join(err, ending)
	} else {
		err = write(out)
	}
	if err != nil && p.flush() == nil {
		return err
	}
	return nil // or else the output is gone, which ends the session
}

// jsonText writes text as a part of a string in JSON.
type jsonText struct{ w io.Writer }

func (t jsonText) Write(b []byte) (int, error) {
	if _, err := t.w.Write(appendJSONText(nil, string(b))); err != nil {
		return 0, err
	}
	return len(b), nil
}

// took tells how long a command has taken.
func (p *printer) took(d time.Duration) {
	_ = p.flush()
	milliseconds := float64(d.Microseconds()) / 1000
	if p.session.state.JSON {
		fmt.Fprintf(p.session.env.Err, `{"timing":{"ms":%.3f}}`+"\n", milliseconds)
		return
	}
	fmt.Fprintf(p.session.env.Err, "time: %.3f ms\n", milliseconds)
}

// fail prints the error of a job, after all answers before it.
func (p *printer) fail(j *job) {
	_ = p.flush()
	report(p.session.env.Err, p.session.state.JSON, p.place.at(j.line), j.err)
}

// leftOut prints what was left out of a file. That is no failure.
func (p *printer) leftOut(j *job, path string, read format.Import) {
	_ = p.flush()
	at, message := p.place.at(j.line), path+": "+read.String()
	if !p.session.state.JSON {
		fmt.Fprintf(p.session.env.Err, "todoshell: %s%s\n", at, Visible(message))
		return
	}
	type object struct {
		Code    todo.Code        `json:"code"`
		Message string           `json:"message"`
		LeftOut []format.LeftOut `json:"left_out"`
		File    string           `json:"file,omitempty"`
		Line    int              `json:"line,omitempty"`
		Subline int              `json:"subline,omitempty"`
	}
	enc := json.NewEncoder(p.session.env.Err)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(map[string]object{"note": {"left_out", message, read.LeftOut, at.file, at.line, at.subline}})
}

// Report prints an error that no line of a script has caused.
func Report(w io.Writer, asJSON bool, err error) { report(w, asJSON, place{}, err) }

func report(w io.Writer, asJSON bool, at place, err error) {
	e := explain(err)
	if asJSON {
		type object struct {
			Code    todo.Code `json:"code"`
			Message string    `json:"message"`
			Hint    string    `json:"hint,omitempty"`
			File    string    `json:"file,omitempty"`
			Line    int       `json:"line,omitempty"`
			Subline int       `json:"subline,omitempty"`
		}
		enc := json.NewEncoder(NewTextWriter(w, false)) // for all else than what JSON escapes anyway
		enc.SetEscapeHTML(false)
		_ = enc.Encode(map[string]object{"error": {e.Code, e.Message, e.Hint, at.file, at.line, at.subline}})
		return
	}
	fmt.Fprintf(w, "todoshell: %s\n", Visible(at.String()+e.Error()))
}

// A place is where a failed command stands. At the prompt, it has none.
type place struct {
	file  string // "-c" for a command given as an argument
	given int    // the number of that among those given
	line  int    // of the file, or given

	subline int // of a command given that has several lines, from the second on
}

// at returns the place of a line.
func (p place) at(line int) place {
	switch {
	case p.file == "":
	case p.given == 0:
		p.line = line
	default:
		p.line = p.given
		if line > 1 {
			p.subline = line
		}
	}
	return p
}

// String is what an error begins with: "FILE:LINE: ".
func (p place) String() string {
	switch {
	case p.file == "":
		return ""
	case p.subline > 0:
		return fmt.Sprintf("%s:%d:%d: ", p.file, p.line, p.subline)
	}
	return fmt.Sprintf("%s:%d: ", p.file, p.line)
}

// The codes of errors that come from elsewhere than a command's words.
const (
	BadFile     todo.Code = "bad_file"
	Interrupted todo.Code = "interrupted"
	Internal    todo.Code = "internal"
)

// explain puts any error into words: the one place that does.
func explain(err error) *todo.Error {
	var e *todo.Error
	var path *os.PathError
	switch {
	case errors.Is(err, todo.ErrOutcomeUnknown):
		return &todo.Error{Code: todo.ErrOutcomeUnknown.Code, Message: strings.ReplaceAll(err.Error(), "\n", ": "),
			Hint: ""}
	case errors.As(err, &e):
		return e
	case errors.Is(err, context.Canceled):
		return &todo.Error{Code: Interrupted, Message: "interrupted"}
	case errors.As(err, &path):
		return &todo.Error{Code: BadFile, Message: fmt.Sprintf("%s: %v", path.Path, path.Err), Hint: "check the path"}
	}
	return &todo.Error{Code: Internal, Message: err.Error()}
}
