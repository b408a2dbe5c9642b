package format

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"todoshell/todo"
)

// ownHead is the first line of the files that are written here.
const ownHead = "id,date,status,title"

func writeCSV(w *bufio.Writer, _ string, entries iter.Seq[todo.Entry], _ time.Time) error {
	out := csv.NewWriter(w)
	if err := out.Write(strings.Split(ownHead, ",")); err != nil {
		return err
	}
	for e := range entries {
		title := e.Title
		if isFormula(title) {
			title = "'" + title
		}
		row := []string{strconv.FormatUint(e.ID, 10), e.Date.String(), e.Status.String(), title}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// isFormula tells whether a spreadsheet might carry out what a cell holds. A '
// before it makes it a text. One that has one is taken for a formula, too: so the
// first ' can always be taken off again.
func isFormula(cell string) bool {
	cell = strings.TrimLeft(cell, "'")
	return cell != "" && strings.Contains("=+-@\t\r", cell[:1])
}

// A layout is how the rows of a file are written.
type layout struct {
	comma  rune
	before int  // records before that of the headings
	own    bool // it was written here
	exact  bool // and not changed since by a program with other ends of lines
	plain  bool // there are no headings: the rows are DATE,TITLE
}

// layOut finds out how the rows are written, by the headings.
func layOut(in *bufio.Reader) (layout, error) {
	l := layout{comma: ','}
	head, err := in.Peek(maxRecord)
	if err != nil && !errors.Is(err, io.EOF) {
		return l, err
	}
	if rest, ok := bytes.CutPrefix(head, []byte(ownHead)); ok && (len(rest) == 0 || rest[0] == '\r' || rest[0] == '\n') {
		l.own, l.exact = true, len(rest) == 0 || rest[0] == '\n'
		return l, nil
	}
	if line, _, ok := bytes.Cut(head, []byte("\n")); ok && len(bytes.TrimRight(line, "\r")) == len("sep=;") && bytes.HasPrefix(line, []byte("sep=")) {
		_, _ = in.Discard(len(line)) // but not its newline, so that later lines keep their numbers
		head = head[len(line):]
	}
	for _, l.comma = range []rune{',', ';', '\t'} {
		for l.before = 0; l.before < 8; l.before++ {
			record := recordAt(head, l)
			if slices.ContainsFunc(record, isTitle) {
				return l, nil
			}
			if len(record) != 1 || !strings.Contains(record[0], ":") {
				break
			}
		}
		l.before = 0
		if first := recordAt(head, l); len(first) == 2 {
			if _, err = todo.ParseISODate(first[0]); err == nil {
				l.plain = true
				return l, nil
			}
		}
	}
	strict := csv.NewReader(bytes.NewReader(head))
	if _, err = strict.Read(); err != nil && !errors.Is(err, io.EOF) && len(head) < maxRecord {
		return l, atLine(1, csvError(err))
	}
	if len(head) == maxRecord && bytes.IndexByte(head, '\n') < 0 {
		return l, atLine(1, errTooLong)
	}
	return l, atLine(1, &todo.Error{
		Code:    BadImport,
		Message: "there is no column named title",
		Hint:    fmt.Sprintf("begin the file with the line %s, or some of it", ownHead),
	})
}

func isTitle(heading string) bool {
	k, ok := lookUp(heading)
	return ok && k.role == titleRole
}

// recordAt returns a record, to look whether it holds the headings.
func recordAt(head []byte, l layout) (record []string) {
	r := csv.NewReader(bytes.NewReader(head))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = l.comma, -1, true
	for range l.before + 1 {
		record, _ = r.Read()
	}
	return record
}

// A column is what a heading says of its cells.
type column struct {
	known
	name string
	has  bool // a role
}

func columnsOf(headings []string) []column {
	columns := make([]column, len(headings))
	for i, name := range headings {
		name = strings.TrimSpace(name)
		k, ok := lookUp(name)
		columns[i] = column{k, name, ok}
		if name == "" {
			columns[i].name = fmt.Sprintf("column %d", i+1)
		}
	}
	return columns
}

func readCSV(in *bufio.Reader, r *reading) error {
	l, err := layOut(in)
	if err != nil {
		return err
	}
	rows := &records{in: in}
	if l.exact {
		rows.in = &returns{in: in}
	}
	c := csv.NewReader(rows)
	c.Comma, c.FieldsPerRecord, c.ReuseRecord = l.comma, -1, true
	columns := columnsOf([]string{"date", "title"})
	for n := range l.before + 1 {
		if l.plain {
			break
		}
		rows.next(c.InputOffset())
		headings, err := c.Read()
		if err != nil {
			return atLine(1, csvError(err))
		}
		if n < l.before {
			r.leave(fmt.Sprintf("line %d before the headings", n+1))
			r.number++
			continue
		}
		columns = columnsOf(headings)
	}
	for {
		line := rows.next(c.InputOffset())
		row, err := c.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			if wrong, ok := errors.AsType[*csv.ParseError](err); ok {
				line = wrong.StartLine
			}
			return atLine(line, csvError(err))
		}
		r.number++
		if err := r.row(columns, row, l.own); err != nil {
			line, _ = c.FieldPos(0)
			return atLine(line, err)
		}
	}
}

// row makes an entry of a row. Of an empty one it makes none.
func (r *reading) row(columns []column, row []string, own bool) error {
	var it item
	for i, c := range columns[:min(len(columns), len(row))] {
		isKind := c.has && c.role == kindRole && slices.Contains(notTasks, plain(row[i]))
		if isKind {
			r.leave("all with " + c.name + " " + plain(row[i]))
		}
		if isKind || c.has && c.role == statusRole && r.deleted(field{name: c.name, text: row[i]}) {
			return nil
		}
	}
	for i, cell := range row {
		if strings.TrimSpace(cell) == "" {
			continue
		}
		if i >= len(columns) {
			return csvError(&csv.ParseError{Err: csv.ErrFieldCount})
		}
		c := &columns[i]
		if cell[0] == '\'' && isFormula(cell) {
			if cell = cell[1:]; !own {
				r.leave(fmt.Sprintf("' before %.1s in %s", strings.TrimLeft(cell, "'"), c.name))
			}
		}
		switch {
		case !c.has && strings.EqualFold(cell, "false"):
		case !c.has, c.role == kindRole && !strings.EqualFold(cell, "task"):
			r.leave(c.name)
		case c.role != kindRole:
			r.put(&it, c.known, c.name, cell)
		}
	}
	return r.take(&it)
}

// notTasks are the types of rows in Todoist's files that are no tasks.
var notTasks = []string{"section", "note", "meta"}

// returns keeps a carriage return before a newline in quotes: encoding/csv takes
// one for a part of the line's end, so there must be two.
type returns struct {
	in     *bufio.Reader
	quoted bool
	again  bool // the carriage return comes once more
}

func (r *returns) Read(p []byte) (n int, err error) {
	for n < len(p) && (n == 0 || r.in.Buffered() > 0) {
		if r.again {
			p[n], r.again = '\r', false
			n++
			continue
		}
		c, err := r.in.ReadByte()
		if err != nil {
			return n, err
		}
		p[n] = c
		n++
		switch c {
		case '"':
			r.quoted = !r.quoted
		case '\r':
			next, _ := r.in.Peek(1)
			r.again = r.quoted && string(next) == "\n"
		}
	}
	return n, nil
}

func csvError(err error) error {
	wrong, ok := errors.AsType[*csv.ParseError](err)
	if !ok {
		return err
	}
	return &todo.Error{
		Code:    BadImport,
		Message: wrong.Err.Error(),
		Hint:    `put a text that holds a comma, a quote or a newline in "quotes", and write quotes in it twice`,
	}
}
