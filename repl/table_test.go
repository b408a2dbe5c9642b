package repl

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var colorsOf = regexp.MustCompile("\x1b\\[[0-9;]*m")

// Colours change nothing about where the words of a table are: no row is wider
// than the terminal, or empty, whatever the widths are.
func TestTableWidths(t *testing.T) {
	for name, title := range map[string]string{
		"short": "Milk",
		"words": strings.TrimSpace(strings.Repeat("some words and more ", 20)),
		"long":  strings.Repeat("x", 350),
		"wide":  strings.Repeat("牛乳とパン ", 30) + "牛",
		"tabs":  "a\tb\tc " + strings.Repeat("d\t", 60),
		"emoji": strings.Repeat("👍🏽 ok ", 25),
		"blank": "a" + strings.Repeat(" ", 300) + "b",
	} {
		t.Run(name, func(t *testing.T) {
			for width := 1; width <= 300; width++ {
				plain := renderTitle(title, width, false)
				styled := renderTitle(title, width, true)
				require.Equal(t, plain, colorsOf.ReplaceAllString(styled, ""), "in %d columns", width)
				for line := range strings.Lines(plain) {
					line = strings.TrimSuffix(line, "\n")
					require.NotEmpty(t, strings.TrimSpace(line), "in %d columns: %q", width, plain)
					if width >= 12 { // in which even the widest word of the heading has room
						require.LessOrEqual(t, runewidth.StringWidth(line), width, "%q", line)
					}
				}
				for line := range strings.Lines(styled) {
					assert.NotRegexp(t, " (\x1b\\[0m)?\n$", line, "in %d columns", width)
				}
			}
		})
	}
}

// renderTitle renders a table with a heading and an entry that is open, and one
// that is done.
func renderTitle(title string, width int, color bool) string {
	g := new(grid)
	for id, status := range []string{"open", "done"} {
		g.add(record{
			{key: "id", in: everywhere, text: fmt.Sprint(id)},
			{key: "date", in: everywhere, text: "2024-01-01"},
			{key: "status", in: everywhere, text: status},
			{key: "title", in: everywhere, text: title},
		}, nil)
	}
	return string(g.render(width, color))
}
