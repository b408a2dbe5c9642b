package repl

import (
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"todoshell/server"
	"todoshell/todo"
)

// A record is one line of an answer: fields that a plain line shows in this
// order, an object has by their keys, and a table has as columns.
type record []field

// A field is one value of a record.
type field struct {
	key   string
	in    forms
	kind  kind
	text  string
	num   uint64
	items []todo.Entry
}

// forms are some of the forms that an answer can have.
type forms uint8

const (
	inLine forms = 1 << iota // plain lines and tables
	inObject
	everywhere = inLine | inObject
)

type kind uint8

const (
	ofText  kind = iota
	ofTitle      // of an entry, which may hold anything
	ofNumber
	ofDate
	ofTime    // num is nanoseconds since 1970, text who did something then
	ofEntries // items
)

// appendEntry appends the fields of an entry: the list's name in the forms of
// listIn, the id everywhere, the others in restIn.
func appendEntry(r record, list string, listIn, restIn forms, e todo.Entry) record {
	return append(r,
		field{key: "list", in: listIn, text: list},
		field{key: "id", in: everywhere, kind: ofNumber, num: e.ID},
		field{key: "date", in: restIn, kind: ofDate, num: uint64(e.Date)},
		field{key: "status", in: restIn, text: e.Status.String()},
		field{key: "title", in: restIn, kind: ofTitle, text: e.Title})
}

// changeRecord appends the fields of a change. In a table, who made it stands behind
// the time; plain lines have no place for that.
func changeRecord(r record, list string, c todo.Change) record {
	r = append(r,
		field{key: "list", in: inObject, text: list},
		field{key: "rev", in: everywhere, kind: ofNumber, num: c.Rev},
		field{key: "time", in: everywhere, kind: ofTime, num: uint64(c.Time.UnixNano()), text: c.By})
	if c.By != "" {
		r = append(r, field{key: "by", in: inObject, text: c.By})
	}
	return append(r,
		field{key: "what", in: everywhere, text: c.Kind.String()},
		field{key: "entries", in: everywhere, kind: ofEntries, items: c.Entries()})
}

func headRecord(r record, h todo.Head) record {
	return append(r,
		field{key: "list", in: everywhere, text: h.Name},
		field{key: "entries", in: inObject, kind: ofNumber, num: uint64(h.Entries)},
		field{key: "open", in: inObject, kind: ofNumber, num: uint64(h.Open)})
}

func serverRecord(r record, i server.Info) record {
	return append(r,
		field{key: "handle", in: inLine, text: handle(i.Name, i.Number)},
		field{key: "list", in: inObject, text: i.Name},
		field{key: "server", in: inObject, kind: ofNumber, num: i.Number},
		field{key: "state", in: everywhere, text: i.State},
		field{key: "entries", in: everywhere, kind: ofNumber, num: uint64(i.Entries)},
		field{key: "queue", in: everywhere, kind: ofNumber, num: uint64(i.Queue)},
		field{key: "handled", in: everywhere, kind: ofNumber, num: i.Handled},
		field{key: "restarts", in: everywhere, kind: ofNumber, num: uint64(i.Restarts)})
}

func handle(list string, number uint64) string {
	return list + "#" + strconv.FormatUint(number, 10)
}

// appendLine appends the record as a plain line.
func (r record) appendLine(b []byte) []byte {
	start := len(b)
	for i := range r {
		f := &r[i]
		if f.in&inLine == 0 {
			continue
		}
		if len(b) > start {
			b = append(b, '\t')
		}
		b = f.appendPlain(b)
	}
	return append(b, '\n')
}

func (f *field) appendPlain(b []byte) []byte {
	switch f.kind {
	case ofNumber:
		return strconv.AppendUint(b, f.num, 10)
	case ofDate:
		return todo.Date(f.num).Append(b)
	case ofTime:
		return f.appendTime(b)
	case ofEntries:
		for i, e := range f.items {
			if i > 0 {
				b = append(b, '\t')
			}
			b = strconv.AppendUint(b, e.ID, 10)
			b = append(e.Date.Append(append(b, '\t')), '\t')
			b = append(append(b, e.Status.String()...), '\t')
			b = appendEscaped(b, e.Title)
		}
		return b
	case ofTitle:
		return appendEscaped(b, f.text)
	}
	return append(b, f.text...)
}

func (f *field) appendTime(b []byte) []byte {
	return f.time().AppendFormat(b, time.RFC3339Nano)
}

func (f *field) time() time.Time { return time.Unix(0, int64(f.num)).UTC() }

// appendEscaped appends s with what would break a line or a column as \t, \n
// and \\.
func appendEscaped(b []byte, s string) []byte {
	for {
		i := strings.IndexAny(s, "\t\n\\")
		if i < 0 {
			return append(b, s...)
		}
		b = append(append(b, s[:i]...), '\\')
		switch s[i] {
		case '\t':
			b = append(b, 't')
		case '\n':
			b = append(b, 'n')
		default:
			b = append(b, '\\')
		}
		s = s[i+1:]
	}
}

// appendObject appends the record as a line of JSON.
func (r record) appendObject(b []byte) []byte {
	b = append(b, '{')
	first := true
	for i := range r {
		f := &r[i]
		if f.in&inObject == 0 {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(append(append(b, '"'), f.key...), '"', ':')
		b = f.appendJSON(b)
	}
	return append(b, '}', '\n')
}

func (f *field) appendJSON(b []byte) []byte {
	switch f.kind {
	case ofNumber:
		return strconv.AppendUint(b, f.num, 10)
	case ofDate:
		if f.num == 0 {
			return append(b, "null"...)
		}
		return append(todo.Date(f.num).Append(append(b, '"')), '"')
	case ofTime:
		return append(f.appendTime(append(b, '"')), '"')
	case ofEntries:
		b = append(b, '[')
		for i, e := range f.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendEntry(nil, "", 0, everywhere, e).appendObject(b)
			b = b[:len(b)-1] // its newline
		}
		return append(b, ']')
	}
	b, _ = jsontext.AppendQuote(b, f.text) // it is valid UTF-8
	return b
}
