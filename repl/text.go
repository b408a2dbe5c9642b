package repl

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"unicode"
	"unicode/utf8"
)

// A TextWriter writes text to a terminal such that it can't control the terminal: only
// tabs, newlines and, if so chosen, colours are let through. All else that would do
// something is spelled out as in JSON, so that an object stays an object.
type TextWriter struct {
	w       io.Writer
	colors  bool
	held    []byte // the beginning of a character or a sequence whose rest has yet to come
	line    []byte // memory for what is written next
	colored bool   // the text has changed the colours
}

// NewTextWriter returns a TextWriter over w.
func NewTextWriter(w io.Writer, colors bool) *TextWriter { return &TextWriter{w: w, colors: colors} }

// Write writes the text in p. It keeps the beginning of a sequence at the end of p
// until it has seen the rest.
func (t *TextWriter) Write(p []byte) (int, error) { return len(p), t.write(p, false) }

// End writes what was kept, and sets the colours back.
func (t *TextWriter) End() error {
	err := t.write(nil, true)
	if t.colored && err == nil {
		t.colored = false
		_, err = io.WriteString(t.w, colorless)
	}
	return err
}

const colorless = "\x1b[0m"

func (t *TextWriter) write(p []byte, end bool) error {
	in := p
	if len(t.held) > 0 {
		in = append(t.held, p...)
		t.held = nil
	}
	t.line = t.line[:0]
	for len(in) > 0 {
		n := 0
		for n < len(in) && (in[n] >= ' ' && in[n] < 0x7f || in[n] == '\n' || in[n] == '\t') {
			n++
		}
		if n == 0 {
			if n = t.next(in, end); n == 0 {
				t.held = slices.Clone(in)
				break
			}
		} else {
			t.line = append(t.line, in[:n]...)
		}
		in = in[n:]
	}
	if len(t.line) == 0 {
		return nil
	}
	_, err := t.w.Write(t.line)
	return err
}

// next handles one character, or one sequence, that is not plain, and returns its
// length, or 0 if more must be seen first.
func (t *TextWriter) next(in []byte, end bool) (n int) {
	more := !end
	switch c := in[0]; {
	case c == '\r' && len(in) == 1 && more:
		return 0
	case c == '\r' && len(in) > 1 && in[1] == '\n': // a terminal needs no more than the newline
		return 1
	case c == '\x1b' && t.colors:
		if found := color.Find(in); found != nil {
			t.line = append(t.line, found...)
			t.colored = string(found) != colorless && string(found) != "\x1b[m"
			return len(found)
		}
		if more && len(in) < maxColor && colorBegun.Match(in) {
			return 0
		}
	case !utf8.FullRune(in) && more:
		return 0
	}
	r, n := utf8.DecodeRune(in)
	switch {
	case r == utf8.RuneError && n == 1:
		t.line = fmt.Appendf(t.line, `\x%02x`, in[0])
	case isControl(r):
		t.line = fmt.Appendf(t.line, `\u%04x`, r)
	default:
		t.line = append(t.line, in[:n]...)
	}
	return n
}

// A colour is a sequence that selects graphic rendition, as ECMA-48 has it.
var (
	color      = regexp.MustCompile(`^\x1b\[[0-9;:]{0,30}m`)
	colorBegun = regexp.MustCompile(`^\x1b(\[[0-9;:]*)?$`)
)

const maxColor = 32 // bytes

// isControl tells whether a character would do something to a terminal, rather
// than be seen there: move its cursor, change its state, turn its direction.
func isControl(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}

// Visible returns s such that it can be shown on a terminal: what would control the
// terminal is spelled out.
func Visible(s string) string {
	plain := 0
	for plain < len(s) && s[plain] >= ' ' && s[plain] < 0x7f {
		plain++
	}
	if plain == len(s) {
		return s
	}
	var b []byte
	for i, r := range s {
		switch {
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\t':
			b = append(b, `\t`...)
		case unicode.IsControl(r):
			b = fmt.Appendf(b, `\x%02x`, r)
		case isControl(r):
			b = fmt.Appendf(b, `\u%04x`, r)
		case r == utf8.RuneError && s[i] != "\ufffd"[0]:
			b = fmt.Appendf(b, `\x%02x`, s[i])
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return string(b)
}
