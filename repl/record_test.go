package repl

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

func TestRecordForms(t *testing.T) {
	entry := todo.Entry{ID: 3, Date: todo.MinDate, Status: todo.Done, Title: "a\tb\nc\\d"}
	r := appendEntry(nil, "Bob", inObject, everywhere, entry)
	assert.Equal(t, "3\t0001-01-01\tdone\ta\\tb\\nc\\\\d\n", string(r.appendLine(nil)))
	assert.JSONEq(t, `{"list":"Bob","id":3,"date":"0001-01-01","status":"done","title":"a\tb\nc\\d"}`, string(r.appendObject(nil)))
	assert.Equal(t, 1, bytes.Count(r.appendObject(nil), []byte("\n")))

	r = appendEntry(nil, "Bob", everywhere, inObject, todo.Entry{ID: 4, Title: "x"})
	assert.Equal(t, "Bob\t4\n", string(r.appendLine(nil)))
	assert.JSONEq(t, `{"list":"Bob","id":4,"date":null,"status":"open","title":"x"}`, string(r.appendObject(nil)))

	change := todo.Change{Rev: 7, Time: time.Unix(0, 1500), Kind: todo.Delete, Edits: []todo.Edit{
		{Before: todo.Entry{ID: 1, Title: "one"}}, {Before: todo.Entry{ID: 2, Title: "two"}}}}
	r = changeRecord(nil, "Bob", change)
	assert.Equal(t, "7\t1970-01-01T00:00:00.0000015Z\tdelete\t1\t\topen\tone\t2\t\topen\ttwo\n", string(r.appendLine(nil)))
	assert.JSONEq(t, `{"list":"Bob","rev":7,"time":"1970-01-01T00:00:00.0000015Z","what":"delete","entries":[
		{"id":1,"date":null,"status":"open","title":"one"},{"id":2,"date":null,"status":"open","title":"two"}]}`,
		string(r.appendObject(nil)))
	assert.Equal(t, "1970-01-01 00:00:00", r[2].visible(time.UTC))

	change.By = "ann\x1b"
	r = changeRecord(nil, "Bob", change)
	assert.Equal(t, "7\t1970-01-01T00:00:00.0000015Z\tdelete\t1\t\topen\tone\t2\t\topen\ttwo\n", string(r.appendLine(nil)), "as ever")
	assert.Equal(t, `1970-01-01 00:00:00 by ann\x1b`, r[2].visible(time.UTC))
	assert.Contains(t, string(r.appendObject(nil)), `"time":"1970-01-01T00:00:00.0000015Z","by":"ann\u001b","what":"delete"`)
}

func TestVisible(t *testing.T) {
	for s, want := range map[string]string{
		"plain \\ 牙医 🦷 طبيب": "plain \\ 牙医 🦷 طبيب",
		"a\tb\nc":            `a\tb\nc`,
		"\x1b[31mred\x07":    `\x1b[31mred\x07`,
		"\u202egnp.exe":      `\u202egnp.exe`,
		"a\u2028b":           `a\u2028b`,
	} {
		assert.Equal(t, want, Visible(s))
	}
}

// What is printed is what encoding/json would print, and reads back.
func FuzzJSONString(f *testing.F) {
	for _, s := range []string{"", "x", "\"\\\n\t\r\x00\x7f", "<&>", "牙医 🦷", "\u2028"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			t.Skip("names and titles are valid")
		}
		b := (&field{text: s}).appendJSON(nil)
		var got string
		require.NoError(t, json.Unmarshal(b, &got))
		require.Equal(t, s, got)
	})
}

// Text that comes in pieces is the same string, wherever it is cut.
func TestJSONTextInPieces(t *testing.T) {
	const text = "\"牙医\" 🦷\tط\x00\n"
	want := string((&field{text: text}).appendJSON(nil))
	for size := 1; size < len(text); size++ {
		var b bytes.Buffer
		w := &jsonText{w: &b}
		for piece := range slices.Chunk([]byte(text), size) {
			n, err := w.Write(piece)
			require.NoError(t, err)
			require.Equal(t, len(piece), n)
		}
		require.Equal(t, want, `"`+b.String()+`"`)
	}
}

// A plain field has no tabs or newlines, and nothing is lost in it.
func FuzzEscaped(f *testing.F) {
	f.Add("a\tb\nc\\d\\t")
	f.Fuzz(func(t *testing.T, s string) {
		b := appendEscaped(nil, s)
		require.False(t, bytes.ContainsAny(b, "\t\n"))
		var back []byte
		for i := 0; i < len(b); i++ {
			if b[i] == '\\' {
				i++
				back = append(back, map[byte]byte{'t': '\t', 'n': '\n', '\\': '\\'}[b[i]])
				continue
			}
			back = append(back, b[i])
		}
		require.Equal(t, s, string(back))
	})
}
