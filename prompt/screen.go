package prompt

import (
	"io"
	"strings"
)

// A screen draws the line that is being typed, below the answers. If the line takes
// more rows than the terminal has, it draws those around the cursor, so that the cost
// of a key does not grow with the line.
//
// Terminals disagree about the width of some emoji. So a row that holds one is ended
// with a newline, instead of being left for the terminal to wrap, and the cursor is
// moved by writing once more what stands before it.
type screen struct {
	out           io.Writer
	width, height func() int
	plain         bool // the terminal knows no escape sequences: only one row is drawn
	drawn         frame
}

const (
	grey      = "\x1b[2m%s\x1b[0m" // a hint
	pastesOn  = "\x1b[?2004h"      // the terminal puts marks around what is pasted
	pastesOff = "\x1b[?2004l"
)

// A view is what is to be drawn: a prompt, the line, and in grey behind it a hint at
// what can follow.
type view struct {
	prompt string
	edit
	hint string
}

// begin draws a new line, in the row of the cursor.
func (s *screen) begin(v view) {
	s.drawn = frame{}
	s.write(s.escape(pastesOn), s.frame(v), "")
}

// draw draws the line again, in its place.
func (s *screen) draw(v view) { s.write("", s.frame(v), "") }

// end ends a line that was entered, and shows all of it.
func (s *screen) end(v view) { s.leave(s.escape(pastesOff), v, true, "\n") }

// abandon ends a line that was not entered, with a mark that says why.
func (s *screen) abandon(v view, mark string) { s.leave(s.escape(pastesOff), v, false, mark+"\n") }

// above shows a text, below the line as it stands; the next draw draws the line below
// that.
func (s *screen) above(v view, text string) { s.leave("", v, true, "\n"+text) }

// clear clears the terminal. The next draw draws the line at its top.
func (s *screen) clear() {
	s.drawn = frame{}
	_, _ = io.WriteString(s.out, s.escape("\x1b[H\x1b[2J"))
}

func (s *screen) leave(first string, v view, all bool, last string) {
	v.pos, v.hint = len(v.line), ""
	f := s.frame(v)
	if all && !f.whole {
		f.top, f.rows = 0, []string{cells([]rune(v.prompt + string(v.line)))}
	}
	s.write(first, f, last)
	s.drawn = frame{}
}

// write draws a frame in place of the one before, from the first row that differs:
// those above it may have left the terminal. It writes all at once, so that nothing
// flickers.
func (s *screen) write(first string, f frame, last string) {
	old, start, row := s.drawn, 0, s.drawn.row
	switch {
	case len(old.rows) == 0:
	case old.width == f.width:
		start = old.same(f)
	case old.whole && f.whole && len(f.before) == 1: // the terminal has wrapped the rows anew
		start, row = f.row, f.row
	default:
		row = old.rowAt(f.width)
	}
	erase := move(start-row) + "\r\x1b[J"
	if start > 0 { // from its second column, so that the terminal still knows that the row above flows into this one
		erase = move(start-row) + "\r\x1b[C\x1b[J\r"
	}
	if s.plain {
		erase = "\r" + strings.Repeat(" ", old.columns) + "\r"
	}
	_, _ = io.WriteString(s.out, first+erase+strings.Join(f.rows[start:], "")+f.moves+last) // if the terminal is gone, reading from it will fail
	s.drawn = f
}

func (s *screen) escape(sequence string) string {
	if s.plain {
		return ""
	}
	return sequence
}

func (s *screen) bell() { _, _ = io.WriteString(s.out, "\a") }
