package format

import (
	"bufio"
	"errors"
	"io"

	"todoshell/todo"
)

// maxRecord is how many bytes a line or record may have: titles of the greatest
// length fit in it however they are escaped.
const maxRecord = 64 << 10

var errTooLong = &todo.Error{
	Code:    BadImport,
	Message: "there is no end of the record within 64 KiB",
	Hint:    "see that the format is the right one, and that each quote is closed",
}

// records hands a file to a parser, fails where a record is longer than maxRecord, and knows on which lines the records are.
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
