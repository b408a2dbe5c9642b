package format

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"todoshell/todo"
)

const byteOrderMark = "\ufeff"

// A bounded reader fails where a file goes on for too long. It is not read any more
// once it has ended: at a terminal, that would ask for more.
type bounded struct {
	in   io.Reader
	left int
	err  error
}

var errTooLarge = &todo.Error{Code: BadImport, Message: fmt.Sprintf("the file is longer than %d MiB", MaxBytes>>20),
	Hint: "split it into smaller files"}

func (b *bounded) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.in.Read(p[:min(len(p), b.left+1)])
	if b.left -= n; b.left < 0 {
		n, err = 0, errTooLarge
	}
	b.err = err
	return n, err
}

// open returns the text of a file as UTF-8, unless its beginning shows that it is
// of another kind than f.
func open(r io.Reader, f Format) (*bufio.Reader, error) {
	in := bufio.NewReaderSize(r, maxRecord)
	head, _ := in.Peek(512)
	wide := true
	switch {
	case bytes.HasPrefix(head, []byte(byteOrderMark)):
		_, _ = in.Discard(len(byteOrderMark)) // what was peeked at is there
		wide = false
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		in = bufio.NewReaderSize(&utf16Text{in: in}, maxRecord)
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		in = bufio.NewReaderSize(&utf16Text{in: in, high: 1}, maxRecord)
	case isUTF16(head, 0):
		in = bufio.NewReaderSize(&utf16Text{in: in}, maxRecord)
	case isUTF16(head, 1):
		in = bufio.NewReaderSize(&utf16Text{in: in, high: 1}, maxRecord)
	default:
		wide = false
	}
	if mark, _ := in.Peek(len(byteOrderMark)); wide && string(mark) == byteOrderMark {
		_, _ = in.Discard(len(mark))
	}
	head, _ = in.Peek(2048)
	return in, otherKind(head, f)
}

// isUTF16 tells whether each second byte is NUL, as in UTF-16 of mostly ASCII:
// the one at place 1-high.
func isUTF16(head []byte, high int) bool {
	head = head[:min(len(head), 64)]
	for i, c := range head {
		if (c == 0) != (i%2 == 1-high) {
			return false
		}
	}
	return len(head) >= 4
}

// utf16Text turns UTF-16 into UTF-8. Where its input is invalid, it writes
// invalid UTF-8 too, so that the error names the line.
type utf16Text struct {
	in   *bufio.Reader
	high int // 1: the high byte of a unit comes first
	next rune
	more bool // next is read
	out  []byte
	err  error
}

const noText = 0xff

func (u *utf16Text) Read(p []byte) (int, error) {
	for len(u.out) < utf8.UTFMax && u.err == nil && len(u.out) < len(p) {
		c, ok := u.unit()
		switch {
		case !ok:
		case !utf16.IsSurrogate(c):
			u.out = utf8.AppendRune(u.out, c)
		default:
			low, _ := u.unit()
			if r := utf16.DecodeRune(c, low); r != utf8.RuneError {
				u.out = utf8.AppendRune(u.out, r)
				continue
			}
			u.out = append(u.out, noText)
			u.next, u.more = low, low != 0
		}
	}
	n := copy(p, u.out)
	u.out = append(u.out[:0], u.out[n:]...)
	if n == 0 {
		return 0, u.err
	}
	return n, nil
}

func (u *utf16Text) unit() (rune, bool) {
	if u.more {
		u.more = false
		return u.next, true
	}
	var b [2]byte
	n, err := io.ReadFull(u.in, b[:])
	if err != nil {
		if u.err = err; n == 1 {
			u.out, u.err = append(u.out, noText), io.EOF
		}
		return 0, false
	}
	return rune(b[1-u.high])<<8 | rune(b[u.high]), true
}

// kinds are files that are taken for lists of tasks, by how they begin.
var kinds = []struct{ head, kind, way string }{
	{"\x1f\x8b", "compressed (gzip)", "unpack it first"},
	{"BZh", "compressed (bzip2)", "unpack it first"},
	{"\xfd7zXZ\x00", "compressed (xz)", "unpack it first"},
	{"\x28\xb5\x2f\xfd", "compressed (zstd)", "unpack it first"},
	{"7z\xbc\xaf\x27\x1c", "an archive (7z)", "unpack it first"},
	{"PK\x03\x04", "an archive (zip)", "unpack it first"},
	{"\xd0\xcf\x11\xe0", "an office document (such as xls)", "save the sheet as CSV (UTF-8)"},
	{"%PDF-", "a PDF", "export the tasks as " + Choices},
	{"SQLite format 3\x00", "a database (SQLite)", "export the tasks as " + Choices},
	{"bplist00", "a property list", "export the tasks as " + Choices},
	{`{\rtf`, "a document (rtf)", "save it as plain text"},
}

// otherKind tells why a file can't be of a format.
func otherKind(head []byte, f Format) error {
	text := strings.TrimLeft(string(head), "\r\n")
	if f != TodoTxt { // where a blank says that a line is a title
		text = strings.TrimLeft(text, " \t\r\n")
	}
	for _, k := range kinds {
		if !strings.HasPrefix(string(head), k.head) || f == TodoTxt && isText(head) {
			continue
		}
		if k.kind == "an archive (zip)" && (strings.Contains(text, "[Content_Types].xml") || strings.Contains(text, "opendocument")) {
			k.kind, k.way = "an office document (such as xlsx)", "save the sheet as CSV (UTF-8)"
		}
		return atLine(1, &todo.Error{Code: BadImport, Message: "the file is " + k.kind, Hint: k.way})
	}
	begins := func(words ...string) bool {
		for _, word := range words {
			if len(text) >= len(word) && strings.EqualFold(text[:len(word)], word) {
				return true
			}
		}
		return false
	}
	is := Format("")
	switch {
	case begins("<!doctype html", "<html", "<?xml"):
		return atLine(1, &todo.Error{Code: BadImport, Message: "the file is a web page or XML",
			Hint: "export the tasks as " + Choices})
	case begins("BEGIN:VCALENDAR\r", "BEGIN:VCALENDAR\n"):
		is = ICS
	case f != TodoTxt && begins("{"), beginsJSON(text):
		is = JSON
	case f != CSV && begins(ownHead+"\r", ownHead+"\n"):
		is = CSV
	}
	if is == "" || is == f {
		return nil
	}
	return atLine(1, &todo.Error{Code: BadImport, Message: fmt.Sprintf("the file is %s, not %s", is, f),
		Hint: fmt.Sprintf("import it with --format %s", is)})
}

// isText tells whether the first line of a file is valid UTF-8 with no control characters.
func isText(head []byte) bool {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	return utf8.Valid(line) && !bytes.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' && r != '\r' })
}

// beginsJSON tells whether a text begins as objects of JSON do.
func beginsJSON(text string) bool {
	if array, ok := strings.CutPrefix(text, "["); ok {
		text = strings.TrimLeft(array, " \t\r\n")
	}
	inner, isObject := strings.CutPrefix(text, "{")
	return isObject && strings.HasPrefix(strings.TrimLeft(inner, " \t\r\n"), `"`)
}
