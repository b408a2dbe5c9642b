package format

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"todoshell/todo"
)

// A Format is a way to write a list's entries into a file.
type Format string

// The formats.
const (
	CSV     Format = "csv"
	JSON    Format = "json"
	TodoTxt Format = "todo.txt"
	ICS     Format = "ics"
)

// Formats are all formats, for help and completion.
var Formats = []Format{CSV, JSON, TodoTxt, ICS}

// The errors of this package.
const (
	BadFormat todo.Code = "bad_format"
	BadImport todo.Code = "bad_import"
)

// Parse returns the format with the name.
func Parse(name string) (Format, error) {
	f := Format(strings.ToLower(name))
	if slices.Contains(Formats, f) {
		return f, nil
	}
	return "", &todo.Error{
		Code:    BadFormat,
		Message: fmt.Sprintf("%.40q is no format", name),
		Hint:    fmt.Sprintf("choose %s, %s, %s or %s", CSV, JSON, TodoTxt, ICS),
	}
}

// OfFile returns the format that the ending of a file's name stands for.
func OfFile(path string) (Format, bool) {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".csv":
		return CSV, true
	case ".json", ".ndjson", ".jsonl":
		return JSON, true
	case ".txt":
		return TodoTxt, true
	case ".ics":
		return ICS, true
	}
	return "", false
}

// Read reads all entries, or none if there is an error. Days are those that a
// moment falls on in the zone.
func (f Format) Read(r io.Reader, zone *time.Location) (Import, error) {
	if _, err := Parse(string(f)); err != nil {
		return Import{}, err
	}
	in, err := open(&bounded{in: r, left: MaxBytes}, f)
	if err != nil {
		return Import{}, err
	}
	read := newReading(zone)
	switch f {
	case CSV:
		err = readCSV(in, read)
	case JSON:
		err = readJSON(in, read)
	case TodoTxt:
		err = readTodoTxt(in, read)
	case ICS:
		err = readICS(in, read)
	}
	if err != nil {
		return Import{}, err
	}
	return Import{read.entries, read.leftOut}, nil
}

// Write writes the entries of a list, as they are at the time now.
func (f Format) Write(w io.Writer, list string, entries iter.Seq[todo.Entry], now time.Time) error {
	out := bufio.NewWriter(w)
	var err error
	switch f {
	case CSV:
		err = writeCSV(out, entries)
	case JSON:
		err = writeJSON(out, list, entries)
	case TodoTxt:
		err = writeTodoTxt(out, entries)
	case ICS:
		err = writeICS(out, list, entries, now)
	default:
		_, err = Parse(string(f))
	}
	if err != nil {
		return err
	}
	return out.Flush()
}

func parseID(s string) (uint64, error) {
	id, err := strconv.ParseUint(s, 10, 64)
	if err != nil || id == 0 || id > todo.MaxID {
		return 0, &todo.Error{
			Code:    BadImport,
			Message: fmt.Sprintf("%.40q is no id", s),
			Hint:    fmt.Sprintf("ids are whole numbers from 1 to %d; leave them out to number the entries anew", todo.MaxID),
		}
	}
	return id, nil
}

// atLine says on which line of a file something is wrong. Errors that are not
// about what the file holds stay as they are.
func atLine(line int, err error) error {
	if e, ok := errors.AsType[*todo.Error](err); ok {
		return &todo.Error{Code: BadImport, Message: fmt.Sprintf("line %d: %s", line, e.Message), Hint: e.Hint}
	}
	return err
}
