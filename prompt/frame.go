package prompt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mattn/go-runewidth"

	"todoshell/repl"
)

// A frame is a view as it is laid out in rows.
type frame struct {
	width   int      // of the terminal
	top     int      // how many rows are left out above
	rows    []string // each with its ending, if it has one
	whole   bool     // no rows are left out
	moves   string   // what moves the cursor from the end to its place
	row     int      // the cursor's, among rows
	columns int      // how wide that row is
	before  []string // what stands before the cursor; rows that flow into each other are one
	within  bool     // the cursor stands on a character, not behind the last one
}

// frame lays a view out for the terminal as it is now.
func (s *screen) frame(v view) (f frame) {
	f.width = s.width()
	width, height := f.width, max(s.height()-1, 1)
	if s.plain {
		width, height, v.hint = max(width-1, 1), 1, ""
	}
	text := []rune(v.prompt + string(v.line))
	pos := len(text) - len(v.line) + v.pos
	begins, column := layout(text, width)
	end := func(row int) int { return append(begins, len(text))[row+1] }
	cursor, _ := slices.BinarySearch(begins, pos+1)
	cursor-- // the last row that begins before it
	f.top = max(cursor-height+1, 0)
	bottom := min(f.top+height, len(begins))
	f.whole = bottom-f.top == len(begins)

	flow := ""
	for row := f.top; row < bottom; row++ {
		shown, ending := cells(text[begins[row]:end(row)]), ""
		if row+1 < bottom {
			ending = wrap(text[begins[row]:min(end(row)+2, len(text))]) // with what may not be parted
		}
		if row > 0 && shown == "" {
			shown = " " // so that the terminal wraps the row above
		}
		f.rows = append(f.rows, shown+ending)
		switch {
		case row > cursor:
		case row == cursor:
			f.row, f.columns = len(f.rows)-1, runewidth.StringWidth(shown)
			left := cells(text[begins[row]:pos])
			f.before, f.moves = append(f.before, flow+left), "\r"+left
		case ending == "\r\n":
			f.before, flow = append(f.before, flow+shown), ""
		default:
			flow += shown
		}
	}
	f.moves = move(cursor+1-bottom) + f.moves
	f.within = pos < len(text) || begins[cursor] == pos
	switch {
	case pos < len(text):
	case v.hint != "" && column+runewidth.StringWidth(v.hint) < width:
		f.rows[len(f.rows)-1] += fmt.Sprintf(grey, v.hint)
		f.within = true
	case !f.within:
		f.moves = "" // it is there
	}
	return f
}

// same returns the first row in which the next frame differs, or its last row.
func (f frame) same(next frame) (row int) {
	if f.top != next.top {
		return 0
	}
	for row < min(len(f.rows), len(next.rows))-1 && f.rows[row] == next.rows[row] {
		row++
	}
	return row
}

// rowAt returns the row of the cursor after the terminal was made so wide.
func (f frame) rowAt(width int) (row int) {
	if width == f.width {
		return f.row
	}
	for i, flow := range f.before {
		begins, column := layout([]rune(flow), width)
		row += len(begins)
		if full := column == 0 && len(begins) > 1; full && (i+1 < len(f.before) || !f.within) {
			row-- // it fills its last row, and the terminal begins another only for what follows
		}
	}
	return max(row-1, 0)
}

// layout returns where the rows of a text begin, and in which column it ends.
func layout(text []rune, width int) (begins []int, column int) {
	begins = []int{0}
	for i := range text {
		w := columns(text[i:])
		if column > 0 && column+w > width {
			begins, column = append(begins, i), 0
		}
		column += w
	}
	if column >= width {
		begins, column = append(begins, len(text)), 0
	}
	return begins, column
}

const (
	emojiStyle = '\ufe0f' // makes the character before it wide on some terminals
	tab        = "    "
)

// spelled returns what is shown in place of a character that can't be, or "".
func spelled(r rune) string {
	if r >= ' ' && r < '\x7f' {
		return ""
	}
	if r == '\t' {
		return tab
	}
	if s := repl.Visible(string(r)); s != string(r) {
		return s
	}
	return ""
}

// cells returns a text as it is shown on the terminal.
func cells(text []rune) string {
	var b strings.Builder
	for _, r := range text {
		if s := spelled(r); s != "" {
			b.WriteString(s)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// columns returns how many columns the first character of a text takes at most.
func columns(text []rune) int {
	r := text[0]
	if r < '\x7f' && r >= ' ' && (len(text) == 1 || text[1] != emojiStyle) {
		return 1
	}
	if s := spelled(r); s != "" {
		return len(s)
	}
	if len(text) > 1 && text[1] == emojiStyle {
		return 2
	}
	return runewidth.RuneWidth(r)
}

// wrap returns the ending of a full row: a newline if terminals may disagree about its
// width, and nothing if they will all wrap it there.
func wrap(row []rune) string {
	sum := 0
	for i := range row {
		sum += columns(row[i:])
	}
	if slices.Contains(row, emojiStyle) || sum != runewidth.StringWidth(cells(row)) {
		return "\r\n"
	}
	return ""
}

// move moves the cursor down, or up.
func move(rows int) string {
	switch {
	case rows > 0:
		return fmt.Sprintf("\x1b[%dB", rows)
	case rows < 0:
		return fmt.Sprintf("\x1b[%dA", -rows)
	}
	return ""
}
