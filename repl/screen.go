package repl

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mattn/go-runewidth"
)

// A screen draws the line that is being typed. Readline counts some wide
// characters as narrow, and moves its cursor by characters instead of columns,
// so it is told of a terminal without a right edge, and the screen does the
// wrapping, the moving and the clearing that it would do wrong.
//
// Readline calls Paint for what to write behind the prompt, and then Write with
// the prompt, that, and its own moves. Before that it calls Write with cleared.
type screen struct {
	out   io.Writer
	width func() int
	hint  func(line string) string // what to show behind it, in grey
	wait  func() bool              // more keys have been pressed: no need to draw yet

	prompt string
	line   string // as it was painted last
	row    int    // of the cursor, below that of the prompt
	before string // is due before the next Write: one write a key doesn't flicker

	waiting bool
	closed  bool
}

const (
	endless = 1 << 20            // columns
	cleared = "\x1b[J\x1b[2K\r"  // what readline writes to clear a line
	painted = '\x00'             // ends what Paint has drawn: readline's own moves follow
	grey    = "\x1b[2m%s\x1b[0m" // a hint
)

// Write writes to the terminal.
func (s *screen) Write(b []byte) (int, error) {
	n := len(b)
	if s.closed {
		return n, nil
	}
	if string(b) == cleared {
		if s.before == "" {
			s.before = up(s.row) + "\r\x1b[J"
		}
		s.row = 0
		return n, nil
	}
	if i := bytes.IndexByte(b, painted); i >= 0 {
		if s.waiting {
			return n, nil
		}
		b = b[:i]
	}
	_, err := s.out.Write(append([]byte(s.before), b...))
	s.before = ""
	return n, err
}

// Paint returns line and what moves the cursor to pos in it. Terminals disagree
// about the width of some emoji: a row that holds one is ended instead of
// wrapped, and the cursor is moved by writing again what stands before it.
func (s *screen) Paint(line []rune, pos int) []rune {
	s.line, s.row = string(line), 0
	if n := len(line); n > 0 && line[n-1] == '\n' {
		return line // it has been entered
	}
	if s.waiting = s.wait(); s.waiting {
		return []rune{painted}
	}
	all := append([]rune(s.prompt), line...)
	first := len(all) - len(line) // where the line begins
	pos += first
	width := s.width()
	var text strings.Builder
	row, begin, column := 0, 0, 0 // of what is written next, and what its row begins with
	cursor := struct{ row, begin int }{}
	for i := range len(all) + 1 {
		end := i == len(all)
		if end && column == width || !end && column+columns(all[i:]) > width {
			if i >= first {
				text.WriteString(wrap(all[begin:min(i+2, len(all))], end)) // with what may not be parted
			}
			row, begin, column = row+1, i, 0
		}
		if i == pos {
			cursor.row, cursor.begin = row, begin
		}
		if end {
			break
		}
		if column += columns(all[i:]); i >= first {
			text.WriteRune(all[i])
		}
	}
	moved := pos < len(all)
	if !moved {
		hint := s.hint(s.line)
		if moved = hint != "" && column+runewidth.StringWidth(hint) < width; moved {
			fmt.Fprintf(&text, grey, hint)
		}
	}
	if moved {
		text.WriteString(up(row-cursor.row) + "\r" + string(all[cursor.begin:pos]))
	}
	s.row = cursor.row
	return append([]rune(text.String()), painted)
}

const emojiStyle = '\ufe0f' // makes the character before it wide, or not

// columns returns how many columns the first character of line takes at most.
func columns(line []rune) int {
	if len(line) > 1 && line[1] == emojiStyle {
		return 2
	}
	return runewidth.RuneWidth(line[0])
}

// wrap returns what a full row ends with: nothing where the terminal wraps it
// by itself, for what follows or, at the end, for the cursor.
func wrap(row []rune, end bool) string {
	sum := 0
	for i := range row {
		sum += columns(row[i:])
	}
	switch {
	case slices.Contains(row, emojiStyle) || sum != runewidth.StringWidth(string(row)):
		return "\r\n"
	case end:
		return " \r"
	}
	return ""
}

func up(rows int) string {
	if rows <= 0 {
		return ""
	}
	return fmt.Sprintf("\x1b[%dA", rows)
}
