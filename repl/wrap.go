package repl

import (
	"io"
	"strings"

	"github.com/mattn/go-runewidth"
)

// A WordWriter writes lines to a terminal, and wraps those that are too long between
// words. Lines that are objects are left as they are.
type WordWriter struct {
	w     io.Writer
	width func() int // of the terminal, in columns
}

// NewWordWriter returns a WordWriter over w.
func NewWordWriter(w io.Writer, width func() int) *WordWriter { return &WordWriter{w, width} }

// Write writes lines.
func (w *WordWriter) Write(p []byte) (int, error) {
	var b strings.Builder
	for line := range strings.Lines(string(p)) {
		text := strings.TrimSuffix(line, "\n")
		if !strings.HasPrefix(text, "{") {
			text = wrapWords(text, w.width())
		}
		b.WriteString(text)
		if strings.HasSuffix(line, "\n") {
			b.WriteByte('\n')
		}
	}
	_, err := io.WriteString(w.w, b.String())
	return len(p), err
}

const indent = "  "

// wrapWords breaks a text into lines of at most so many columns: between words, unless
// a word is longer than a line. All lines but the first are indented.
func wrapWords(s string, width int) string {
	if runewidth.StringWidth(s) <= width {
		return s
	}
	width = max(width, 2*len(indent))
	var b strings.Builder
	used := 0
	for i, word := range strings.Split(s, " ") {
		columns := runewidth.StringWidth(word)
		if columns > width-len(indent) {
			word = runewidth.Wrap(word, width-len(indent))
		}
		for n, piece := range strings.Split(word, "\n") {
			switch {
			case i == 0 && n == 0:
			case n == 0 && used+1+columns <= width:
				b.WriteByte(' ')
				used++
			default:
				b.WriteString("\n" + indent)
				used = len(indent)
			}
			b.WriteString(piece)
			used += runewidth.StringWidth(piece)
		}
	}
	return b.String()
}
