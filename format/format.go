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

const byteOrderMark = "\ufeff"

// Read reads all entries, or none if there is an error.
func (f Format) Read(r io.Reader) ([]todo.Entry, error) {
	in := bufio.NewReader(r)
	if mark, _ := in.Peek(len(byteOrderMark)); string(mark) == byteOrderMark {
		_, _ = in.Discard(len(mark)) // what was peeked at is there
	}
	switch f {
	case CSV:
		return readCSV(in)
	case JSON:
		return readJSON(in)
	case TodoTxt:
		return readTodoTxt(in)
	case ICS:
		return readICS(in)
	}
	_, err := Parse(string(f))
	return nil, err
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

// parseEntry reads an entry from its fields. All but the title may be empty.
func parseEntry(id, date, status, title string) (e todo.Entry, err error) {
	if id != "" {
		if e.ID, err = parseID(id); err != nil {
			return todo.Entry{}, err
		}
	}
	if date != "" {
		if e.Date, err = todo.ParseISODate(date); err != nil {
			return todo.Entry{}, err
		}
	}
	if status != "" {
		if e.Status, err = todo.ParseStatus(status); err != nil {
			return todo.Entry{}, err
		}
	}
	e.Title = title
	return e, todo.CheckTitle(title)
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

// maxRecord is how many bytes a line or record may have: titles of the greatest
// length fit in it however they are escaped.
const maxRecord = 64 << 10

var errTooLong = &todo.Error{
	Code:    BadImport,
	Message: "there is no end of the record within 64 KiB",
	Hint:    "see that the format is the right one, and that each quote is closed",
}

// records hands a file to a parser that would else read a record of any size
// into memory, and knows on which lines the records are.
type records struct {
	in    io.Reader
	read  int64   // how many bytes the parser has
	start int64   // where the record begins that it is at
	line  int     // the lines that end before start
	ends  []int64 // where the lines after them end, as far as they are read
}

// next begins the record at an offset and returns its line.
func (r *records) next(offset int64) int {
	for len(r.ends) > 0 && r.ends[0] < offset {
		r.ends = r.ends[1:]
		r.line++
	}
	r.start = offset
	return r.line + 1
}

// Read reads on, unless that makes the record too long: a parser reads only
// when it has come to the end of what it has.
func (r *records) Read(p []byte) (int, error) {
	if r.read-r.start >= maxRecord {
		return 0, errTooLong
	}
	n, err := r.in.Read(p)
	for i, c := range p[:n] {
		if c == '\n' {
			r.ends = append(r.ends, r.read+int64(i))
		}
	}
	r.read += int64(n)
	return n, err
}

// lines reads lines without their ends.
type lines struct {
	*bufio.Scanner
	n int // the number of the line
}

func newLines(in io.Reader) *lines {
	scanner := bufio.NewScanner(in)
	scanner.Buffer(nil, maxRecord)
	return &lines{Scanner: scanner}
}

func (l *lines) Scan() bool {
	l.n++
	return l.Scanner.Scan()
}

func (l *lines) Err() error {
	if err := l.Scanner.Err(); !errors.Is(err, bufio.ErrTooLong) {
		return err
	}
	return atLine(l.n, errTooLong)
}
