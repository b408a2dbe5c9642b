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

// Choices names the formats, for help and errors.
const Choices = "csv, json, todo.txt or ics"

// A row is all that the rest of the program needs to know of a format.
type row struct {
	Format
	endings     []string // of the names of such files
	contentType string   // in HTTP
	read        func(in *bufio.Reader, r *reading) error
	write       func(w *bufio.Writer, list string, entries iter.Seq[todo.Entry], now time.Time) error
}

// table holds all formats, in the order in which they are offered.
var table = []row{
	{CSV, []string{".csv"}, "text/csv; charset=utf-8", readCSV, writeCSV},
	{JSON, []string{".json", ".ndjson", ".jsonl"}, "application/x-ndjson", readJSON, writeJSON},
	{TodoTxt, []string{".txt"}, "text/plain; charset=utf-8", readTodoTxt, writeTodoTxt},
	{ICS, []string{".ics"}, "text/calendar; charset=utf-8", readICS, writeICS},
}

// Formats returns all formats.
func Formats() []Format {
	all := make([]Format, len(table))
	for i, r := range table {
		all[i] = r.Format
	}
	return all
}

// The errors of this package.
const (
	BadFormat todo.Code = "bad_format"
	BadImport todo.Code = "bad_import"
)

// Parse returns the format with the name.
func Parse(name string) (Format, error) {
	r, err := rowOf(name)
	return r.Format, err
}

func rowOf(name string) (row, error) {
	for _, r := range table {
		if strings.EqualFold(string(r.Format), name) {
			return r, nil
		}
	}
	return row{}, &todo.Error{Code: BadFormat, Message: fmt.Sprintf("%.40q is no format", name), Hint: "choose " + Choices}
}

// OfFile returns the format that the ending of a file's name stands for.
func OfFile(path string) (Format, bool) {
	ending := strings.ToLower(filepath.Ext(path))
	for _, r := range table {
		if slices.Contains(r.endings, ending) {
			return r.Format, true
		}
	}
	return "", false
}

// ContentType returns what files of the format are in HTTP.
func (f Format) ContentType() string {
	r, _ := rowOf(string(f))
	return r.contentType
}

// Read reads all entries, or none if there is an error. Days are those that a
// moment falls on in the zone.
func (f Format) Read(file io.Reader, zone *time.Location) (Import, error) {
	r, err := rowOf(string(f))
	if err != nil {
		return Import{}, err
	}
	in, err := open(&bounded{in: file, left: MaxBytes}, f)
	if err != nil {
		return Import{}, err
	}
	read := newReading(zone)
	if err := r.read(in, read); err != nil {
		return Import{}, err
	}
	return Import{read.entries, read.leftOut}, nil
}

// Write writes the entries of a list, as they are at the time now.
func (f Format) Write(w io.Writer, list string, entries iter.Seq[todo.Entry], now time.Time) error {
	r, err := rowOf(string(f))
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	if err := r.write(out, list, entries, now); err != nil {
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
