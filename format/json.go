package format

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"todoshell/todo"
)

// object is an entry as it is written.
type object struct {
	List   string  `json:"list"`
	ID     uint64  `json:"id"`
	Date   *string `json:"date"`
	Status string  `json:"status"`
	Title  string  `json:"title"`
}

func writeJSON(w *bufio.Writer, list string, entries iter.Seq[todo.Entry], _ time.Time) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for e := range entries {
		line := object{List: list, ID: e.ID, Status: e.Status.String(), Title: e.Title}
		if e.Date != 0 {
			date := e.Date.String()
			line.Date = &date
		}
		if err := out.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

// Programs write the objects of entries one after the other, or in an array, or in an array
// that is a member of an object, or of several such objects, one for each list. These are
// the names of such members.
var (
	holders     = strings.Fields("items tasks cards todos reminders value results entries")
	listHolders = strings.Fields("lists tasklists projects boards data")
)

// maxNesting is how deep the objects of entries may be nested in others.
const maxNesting = 6

// jsonReader goes through a file token by token, in little memory.
type jsonReader struct {
	*reading
	dec     *jsontext.Decoder
	text    *records
	line    int // of the latest value
	objects int // that have begun
}

func readJSON(in *bufio.Reader, r *reading) error {
	text := &records{in: in}
	j := &jsonReader{reading: r, text: text, dec: jsontext.NewDecoder(text), line: 1}
	for {
		err := j.value(0, false)
		if errors.Is(err, io.EOF) && j.dec.StackDepth() == 0 {
			return nil
		}
		if err != nil {
			return j.wrong(err)
		}
	}
}

// wrong says where something is wrong.
func (j *jsonReader) wrong(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return atLine(j.line, badJSON("the file ends before the object does"))
	}
	syntax, ok := errors.AsType[*jsontext.SyntacticError](err)
	if !ok {
		return atLine(j.line, err)
	}
	line := j.text.next(syntax.ByteOffset)
	switch message := syntax.Err.Error(); {
	case strings.Contains(message, "UTF-8"):
		return atLine(line, &todo.Error{Code: todo.BadUTF8, Message: "the object is not valid UTF-8", Hint: utf8Hint})
	case errors.Is(err, jsontext.ErrDuplicateName):
		return atLine(line, badJSON("%q stands twice in the object", syntax.JSONPointer.LastToken()))
	case j.objects == 0 && j.dec.StackDepth() == 0:
		return atLine(line, &todo.Error{Code: BadImport, Message: "the file is not json",
			Hint: "say what it is with --format csv, todo.txt or ics"})
	default:
		return atLine(line, badJSON("%s", message))
	}
}

// token reads a token and knows its line.
func (j *jsonReader) token() (jsontext.Token, error) {
	t, err := j.dec.ReadToken()
	j.line = j.text.next(max(0, j.dec.InputOffset()-1))
	return t, err
}

// value reads an object or an array of them. Lists are no entries themselves.
func (j *jsonReader) value(depth int, lists bool) error {
	t, err := j.token()
	switch {
	case err != nil:
		return err
	case t.Kind() == '{':
		j.objects++
		it := jsonItem{isList: lists, number: j.objects}
		if err = j.members(&it, depth); err != nil {
			return err
		}
		return j.end(&it)
	case t.Kind() != '[':
		return badJSON("there is a %s in place of an object", kindOf(t.Kind()))
	case depth == maxNesting:
		return badJSON("the arrays are %d deep", depth+1)
	}
	for j.dec.PeekKind() != ']' {
		if err = j.value(depth+1, lists); err != nil {
			return unexpected(err)
		}
	}
	_, err = j.token()
	return unexpected(err)
}

// unexpected is the error of a file that ends in the middle of a value.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// skip reads a value of any length, and tells whether there is anything in it. Text
// is that of a short string.
func (j *jsonReader) skip() (has bool, text string, err error) {
	depth := j.dec.StackDepth()
	for n := 0; ; n++ {
		t, err := j.token()
		if err != nil {
			return has, text, unexpected(err)
		}
		switch kind := t.Kind(); kind {
		case 'n', 'f', '}', ']':
			has = has || n > 1
		case '0':
			has = has || n > 0 || strings.Trim(t.String(), "0.") != ""
		case '"':
			if text = t.String(); text != "" {
				has = true
			}
		case '{', '[':
			has = has || n > 0
		default:
			has = true
		}
		if j.dec.StackDepth() == depth {
			return has, text[:min(len(text), maxKnown)], nil
		}
	}
}

func kindOf(k jsontext.Kind) string {
	switch k {
	case 't', 'f':
		return "bool"
	case '"':
		return "string"
	case '0':
		return "number"
	case '[':
		return "array"
	case '{':
		return "object"
	}
	return k.String()
}

func badJSON(format string, args ...any) error {
	return &todo.Error{
		Code:    BadImport,
		Message: fmt.Sprintf(format, args...),
		Hint:    `write an object a line, as {"id":1,"date":"2024-01-31","status":"open","title":"Dentist"}`,
	}
}
