package prompt

import (
	"fmt"
	"strings"

	"github.com/mattn/go-runewidth"

	"todoshell/repl"
)

// maxShown is how many words are shown at once.
const maxShown = 100

// show lays the words of a completion out for a terminal of so many columns: in columns
// that are read downwards, or one to a line if they have notes.
func show(c repl.Completion, width int) string {
	words := c.Words[:min(len(c.Words), maxShown)]
	cells := make([]string, len(words))
	widest, noted := 0, false
	for i, w := range words {
		cells[i] = repl.Visible(w.Text)
		widest = max(widest, runewidth.StringWidth(cells[i]))
		noted = noted || w.Note != ""
	}
	const gap = 2
	across := max(1, (width-1+gap)/(widest+gap))
	if noted {
		across = 1
		for i, w := range words {
			cells[i] = runewidth.FillLeft(cells[i], widest) + "  " + repl.Visible(w.Note)
		}
	}
	var b strings.Builder
	down := (len(cells) + across - 1) / across
	for row := range down {
		var line strings.Builder
		for i := row; i < len(cells); i += down {
			cell := cells[i]
			if i+down < len(cells) {
				cell = runewidth.FillRight(cell, widest+gap)
			}
			line.WriteString(cell)
		}
		b.WriteString(runewidth.Truncate(line.String(), width-1, "…") + "\n")
	}
	switch hidden := len(c.Words) - len(words); {
	case c.More:
		b.WriteString("… and more\n")
	case hidden > 0:
		fmt.Fprintf(&b, "… and %d more\n", hidden)
	}
	return b.String()
}
