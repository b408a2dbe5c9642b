package repl

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"todoshell/todo"
)

// A grid is an answer for a person: its records as a table.
type grid struct {
	keys   []string
	rows   []table.Row
	widths []int // of the columns
	below  bool  // rows have been rendered above: no headings again
}

// gridRows is how many rows are laid out at once: a list of any length begins
// to show at once and takes bounded memory.
const gridRows = 1000

// minText is the narrowest that a column of text is made. On a terminal with
// less room, lines are left to the terminal to wrap.
const minText = 10

func (g *grid) add(r record) (full bool) {
	row := make(table.Row, 0, len(r))
	g.keys = g.keys[:0]
	for i := range r {
		f := &r[i]
		if f.in&inLine == 0 {
			continue
		}
		cell := f.visible()
		if g.keys = append(g.keys, f.key); len(g.keys) > len(g.widths) {
			g.widths = append(g.widths, len(f.key))
		}
		g.widths[len(row)] = max(g.widths[len(row)], text.StringWidth(cell))
		row = append(row, cell)
	}
	g.rows = append(g.rows, row)
	return len(g.rows) == gridRows
}

// visible returns the field as a cell.
func (f *field) visible() string {
	switch f.kind {
	case ofEntries:
		titles := make([]string, len(f.items))
		for i, e := range f.items {
			titles[i] = fmt.Sprintf("%d %s", e.ID, e.Title)
		}
		return string(appendVisible(nil, strings.Join(titles, ", ")))
	case ofTime:
		return f.time().Local().Format("2006-01-02 15:04:05")
	case ofDate:
		return todo.Date(f.num).String()
	case ofNumber:
		return string(f.appendPlain(nil))
	}
	return string(appendVisible(nil, f.text))
}

// render lays the rows out for a terminal of so many columns.
func (g *grid) render(width int, color bool) []byte {
	const gap = "  "
	last := len(g.keys) - 1
	room := width
	for _, w := range g.widths[:last] {
		room -= w + len(gap)
	}
	w := table.NewWriter()
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "", gap
	style.Format.Header = text.FormatDefault
	w.SetStyle(style)
	if room >= minText {
		w.SetColumnConfigs([]table.ColumnConfig{{Number: last + 1, WidthMax: room, WidthMaxEnforcer: text.WrapSoft}})
	}
	status := -1
	header := make(table.Row, len(g.keys))
	for i, key := range g.keys {
		header[i] = key
		if color {
			header[i] = text.Bold.Sprint(key)
		}
		if key == "status" {
			status = i
		}
	}
	if !g.below && len(g.keys) > 1 { // names alone need no heading
		w.AppendHeader(header)
	}
	w.AppendRows(g.rows)
	if color && status >= 0 {
		w.SetRowPainter(func(row table.Row) text.Colors {
			if row[status] == todo.Done.String() {
				return text.Colors{text.Faint}
			}
			return nil
		})
	}
	var b []byte
	for line := range strings.Lines(w.Render() + "\n") {
		b = append(append(b, strings.TrimRight(line, " \n")...), '\n')
	}
	g.rows, g.below = g.rows[:0], true
	return b
}

// appendVisible appends s for a terminal: what would move its cursor, change its
// colours or turn its direction is spelled out.
func appendVisible(b []byte, s string) []byte {
	for _, r := range s {
		switch {
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\t':
			b = append(b, `\t`...)
		case unicode.IsControl(r):
			b = fmt.Appendf(b, `\x%02x`, r)
		case unicode.Is(unicode.Bidi_Control, r), r == '\u2028', r == '\u2029':
			b = fmt.Appendf(b, `\u%04x`, r)
		default:
			b = append(b, string(r)...)
		}
	}
	return b
}
