package format

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"unicode/utf8"

	"todoshell/todo"
)

// object is an entry. Fields that are missing or null are empty.
type object struct {
	ID     json.Number `json:"id"`
	Date   *string     `json:"date"`
	Status string      `json:"status"`
	Title  string      `json:"title"`
}

func writeJSON(w io.Writer, list string, entries iter.Seq[todo.Entry]) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for e := range entries {
		line := struct {
			List string `json:"list"`
			object
		}{list, object{ID: json.Number(strconv.FormatUint(e.ID, 10)), Status: e.Status.String(), Title: e.Title}}
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

func readJSON(in *bufio.Reader) ([]todo.Entry, error) {
	head, _ := in.Peek(512)
	isArray := bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte("["))
	objects := &records{in: in}
	dec := json.NewDecoder(objects)
	if isArray {
		if _, err := dec.Token(); err != nil {
			return nil, atLine(1, jsonError(err))
		}
	}
	var entries []todo.Entry
	for dec.More() {
		line := objects.next(dec.InputOffset())
		var text json.RawMessage
		if err := dec.Decode(&text); err != nil {
			return nil, atLine(line, jsonError(err))
		}
		line = objects.next(dec.InputOffset() - int64(len(text))) // past the comma of an array
		e, err := parseObject(text)
		if err != nil {
			return nil, atLine(line, err)
		}
		entries = append(entries, e)
	}
	if isArray {
		if _, err := dec.Token(); err != nil {
			return nil, atLine(objects.next(dec.InputOffset()), jsonError(err))
		}
	}
	_, err := dec.Token()
	switch {
	case errors.Is(err, io.EOF):
		return entries, nil
	case err == nil:
		err = badJSON("there is more after the end of the array")
	}
	return nil, atLine(objects.next(dec.InputOffset()), jsonError(err))
}

func parseObject(text []byte) (todo.Entry, error) {
	if !utf8.Valid(text) { // Unmarshal would put U+FFFD in place of what is wrong
		return todo.Entry{}, &todo.Error{Code: todo.BadUTF8, Message: "the object is not valid UTF-8", Hint: "write it in UTF-8"}
	}
	var o object
	if err := json.Unmarshal(text, &o); err != nil {
		wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
		switch {
		case !ok:
			err = badJSON("the id is no number")
		case wrong.Field == "":
			err = badJSON("there is a %s in place of an object", wrong.Value)
		default:
			err = badJSON("the %s is a %s", wrong.Field, wrong.Value)
		}
		return todo.Entry{}, err
	}
	date := ""
	if o.Date != nil {
		date = *o.Date
	}
	return parseEntry(o.ID.String(), date, o.Status, o.Title)
}

// jsonError tells what is wrong with the text from what is wrong with the file.
func jsonError(err error) error {
	if wrong, ok := errors.AsType[*json.SyntaxError](err); ok {
		return badJSON("%v", wrong)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return badJSON("the file ends before the object does")
	}
	return err
}

func badJSON(format string, args ...any) error {
	return &todo.Error{
		Code:    BadImport,
		Message: fmt.Sprintf(format, args...),
		Hint:    `write an object a line, as {"id":1,"date":"2024-01-31","status":"open","title":"Dentist"}`,
	}
}
