package format

import (
	"bufio"
	"bytes"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

// A format needs no more than a row in the table: here one of a title on each line.
func TestAnotherFormat(t *testing.T) {
	old := table
	t.Cleanup(func() { table = old })
	table = append(slices.Clone(old), row{"titles", []string{".titles"}, "text/x-titles",
		func(in *bufio.Reader, r *reading) error {
			lines := newLines(in)
			for lines.Scan() {
				r.number++
				if err := r.add(todo.Entry{Title: lines.Text()}); err != nil {
					return atLine(lines.n, err)
				}
			}
			return lines.Err()
		},
		func(w *bufio.Writer, _ string, entries iter.Seq[todo.Entry], _ time.Time) error {
			for e := range entries {
				if _, err := w.WriteString(e.Title + "\n"); err != nil {
					return err
				}
			}
			return nil
		}})

	f, err := Parse("Titles")
	require.NoError(t, err)
	assert.Contains(t, Formats(), f)
	assert.Equal(t, "text/x-titles", f.ContentType())
	ofFile, ok := OfFile("Bob.TITLES")
	require.True(t, ok)
	assert.Equal(t, f, ofFile)

	entries := []todo.Entry{{Title: "Milk"}, {Title: "Bread"}}
	var file bytes.Buffer
	require.NoError(t, f.Write(&file, "Bob", slices.Values(entries), time.Time{}))
	assert.Equal(t, "Milk\nBread\n", file.String())
	read, err := f.Read(&file, time.UTC)
	require.NoError(t, err)
	assert.Equal(t, Import{Entries: entries}, read)
	_, err = f.Read(strings.NewReader("Milk\n\x00\n"), time.UTC)
	require.ErrorContains(t, err, "line 2: ")
}

func TestChoices(t *testing.T) {
	for _, f := range Formats() {
		assert.Regexp(t, `\b`+string(f)+`\b`, Choices)
	}
}
