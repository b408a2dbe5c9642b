package repl

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"todoshell/todo"
)

// A grid lays records out as a table, for a person.
type grid struct {
	keys   []string
	rows   []table.Row
	widths []int // of the columns
	below  bool  // the headings stand above already
}

// gridRows is how many rows are laid out together. A list of any length thus begins to
// show at once, and takes bounded memory.
const gridRows = 1000

// minText is the least width of the last column.
const minText = 10

// add adds a row, and tells whether it is time to render.
func (g *grid) add(r record, zone *time.Location) (full bool) {
	row := make(table.Row, 0, len(r))
	g.keys = g.keys[:0]
	for i := range r {
		f := &r[i]
		if f.in&inLine == 0 {
			continue
		}
		cell := f.visible(zone)
		if g.keys = append(g.keys, f.key); len(g.keys) > len(g.widths) {
			g.widths = append(g.widths, len(f.key))
		}
		g.widths[len(row)] = max(g.widths[len(row)], text.StringWidth(cell))
		row = append(row, cell)
	}
	g.rows = append(g.rows, row)
	return len(g.rows) == gridRows
}

// visible returns the field as a cell, with times in the zone.
func (f *field) visible(zone *time.Location) string {
	switch f.kind {
	case ofEntries:
		titles := make([]string, len(f.items))
		for i, e := range f.items {
			titles[i] = fmt.Sprintf("%d %s", e.ID, e.Title)
		}
		return Visible(strings.Join(titles, ", "))
	case ofTime:
		at := f.time().In(zone).Format("2006-01-02 15:04:05")
		if f.text != "" {
			at += " by " + Visible(f.text)
		}
		return at
	case ofDate:
		return todo.Date(f.num).String()
	case ofNumber:
		return string(f.appendPlain(nil))
	}
	return Visible(f.text)
}

const gap = "  " // between columns

// render lays the rows out for a terminal of so many columns.
func (g *grid) render(width int, color bool) []byte {
	last := len(g.keys) - 1
	room := width // for the last column, which is wrapped
	for _, w := range g.widths[:last] {
		room -= w + len(gap)
	}
	var rendered string
	if room < min(minText, g.widths[last]) {
		rendered = g.flow(width, color)
	} else {
		rendered = g.table(room, color)
	}
	var b []byte
	for line := range strings.Lines(rendered) {
		b = append(append(b, strings.TrimRight(line, " \n")...), '\n')
	}
	g.rows, g.below = g.rows[:0], true
	return b
}

// heading returns the names of the columns, or nil where there are none to show.
func (g *grid) heading() table.Row {
	if g.below || len(g.keys) == 1 { // names alone need no heading
		return nil
	}
	heading := make(table.Row, len(g.keys))
	for i, key := range g.keys {
		heading[i] = key
	}
	return heading
}

// paint returns the colours of a row.
func (g *grid) paint(row table.Row) text.Colors {
	if i := slices.Index(g.keys, "status"); i >= 0 && row[i] == todo.Done.String() {
		return text.Colors{text.Faint}
	}
	return nil
}

// colored gives each line of a cell its colours: those of a whole row would
// reach beyond its last word, and beyond the edge of the terminal.
func colored(cell string, colors text.Colors) string {
	lines := strings.Split(cell, "\n")
	for i, line := range lines {
		if line = strings.TrimRight(line, " "); line != "" {
			lines[i] = colors.Sprint(line)
		}
	}
	return strings.Join(lines, "\n")
}

// table lays the rows out in columns, with so much room for the last of them.
func (g *grid) table(room int, color bool) string {
	w := table.NewWriter()
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "", gap
	style.Format.Header = text.FormatDefault
	w.SetStyle(style)
	laidOut := func(row table.Row, colors text.Colors) table.Row {
		if !color {
			colors = nil
		}
		last := len(row) - 1
		row[last] = text.WrapSoft(row[last].(string), room) //nolint:errcheck // add makes all cells of strings
		for i, cell := range row {
			row[i] = colored(cell.(string), colors) //nolint:errcheck // as above
		}
		return row
	}
	if heading := g.heading(); heading != nil {
		w.AppendHeader(laidOut(heading, text.Colors{text.Bold}))
	}
	for _, row := range g.rows {
		w.AppendRow(laidOut(row, g.paint(row)))
	}
	return w.Render() + "\n"
}

// flow lays each row out like a paragraph, for a terminal that is too narrow for
// columns.
func (g *grid) flow(width int, color bool) string {
	var b strings.Builder
	write := func(row table.Row, colors text.Colors) {
		if !color {
			colors = nil
		}
		line := ""
		for _, cell := range row {
			word := cell.(string) //nolint:errcheck // add makes all cells of strings
			switch {
			case word == "":
			case line == "":
				line = word
			case text.StringWidth(line+gap+word) <= width:
				line += gap + word
			default:
				b.WriteString(colored(line, colors) + "\n")
				line = gap + strings.ReplaceAll(text.WrapSoft(word, max(width-len(gap), 1)), "\n", "\n"+gap)
			}
		}
		b.WriteString(colored(line, colors) + "\n")
	}
	if heading := g.heading(); heading != nil {
		write(heading, text.Colors{text.Bold})
	}
	for _, row := range g.rows {
		write(row, g.paint(row))
	}
	return b.String()
}
