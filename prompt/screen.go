package prompt

import (
	"io"
	"strings"
)

// A screen draws the line that is being typed, below the answers. Of a line that
// is higher than the terminal it shows the rows around the cursor: what a key
// writes does not grow with the line.
//
// Terminals disagree about the width of some emoji: a row that holds one is ended
// instead of wrapped, and the cursor is moved by writing again what stands before
// it.
type screen struct {
	out           io.Writer
	width, height func() int
	plain         bool // the terminal knows no escape sequences: there is one row, without what moves the cursor
	drawn         frame
}

const (
	grey      = "\x1b[2m%s\x1b[0m" // a hint
	pastesOn  = "\x1b[?2004h"      // the terminal puts marks around what is pasted
	pastesOff = "\x1b[?2004l"
)

// A view is what there is to draw: a prompt, the line, and in grey behind it
// what may come.
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

// end leaves the line behind. All of it is shown.
func (s *screen) end(v view) { s.leave(s.escape(pastesOff), v, true, "\n") }

// giveUp leaves a line behind that was not entered, with a mark of what ended it.
func (s *screen) giveUp(v view, mark string) { s.leave(s.escape(pastesOff), v, false, mark+"\n") }

// above shows a text below the line, which is to be drawn anew below that.
func (s *screen) above(v view, text string) { s.leave("", v, true, "\n"+text) }

// clear leaves nothing on the terminal. The line is to be drawn anew.
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

// write draws a frame in the place of the one before, from the first row that is
// another: those above it may have left the terminal. One write doesn't flicker.
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
	if start > 0 { // from its second column: the terminal is to know that the row above flows into this one
		erase = move(start-row) + "\r\x1b[C\x1b[J\r"
	}
	if s.plain {
		erase = "\r" + strings.Repeat(" ", old.columns) + "\r"
	}
	_, _ = io.WriteString(s.out, first+erase+strings.Join(f.rows[start:], "")+f.moves+last) // who can't write will not read
	s.drawn = f
}

func (s *screen) escape(sequence string) string {
	if s.plain {
		return ""
	}
	return sequence
}

func (s *screen) bell() { _, _ = io.WriteString(s.out, "\a") }
