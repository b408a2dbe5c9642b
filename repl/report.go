package repl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"todoshell/format"
	"todoshell/todo"
)

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

// took prints how long a command has taken.
func (p *printer) took(d time.Duration) {
	_ = p.flush()
	milliseconds := float64(d.Microseconds()) / 1000
	if p.session.state.JSON {
		fmt.Fprintf(p.session.env.Err, `{"timing":{"ms":%.3f}}`+"\n", milliseconds)
		return
	}
	fmt.Fprintf(p.session.env.Err, "time: %.3f ms\n", milliseconds)
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

// A place says where a failed command stands. One that was typed at the prompt has none.
type place struct {
	file  string // the script's; "-c" for a command given as an argument
	given int    // which of the commands given as arguments it is, from 1
	line  int    // in the file; of a command given as an argument, the same as given

	subline int // the line in a command given as an argument, from its second on
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

// explain returns what a user is told of any error. Its own words stand where it is made.
func explain(err error) *todo.Error {
	var e *todo.Error
	var path *os.PathError
	switch {
	case errors.Is(err, todo.ErrOutcomeUnknown):
		return &todo.Error{Code: todo.OutcomeUnknown, Message: strings.ReplaceAll(err.Error(), "\n", ": "),
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
