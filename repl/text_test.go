package repl

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// through writes pieces through a TextWriter.
func through(t require.TestingT, colors bool, pieces ...string) string {
	var b bytes.Buffer
	w := NewTextWriter(&b, colors)
	for _, p := range pieces {
		n, err := w.Write([]byte(p))
		require.NoError(t, err)
		require.Len(t, p, n)
	}
	require.NoError(t, w.End())
	return b.String()
}

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"":                                        "",
		"1\t2024-01-01\topen\tMilk\n":             "1\t2024-01-01\topen\tMilk\n",
		"買い物 🥛 é ü שלום\n":                        "買い物 🥛 é ü שלום\n",
		"dos\r\nlines\r\n":                        "dos\nlines\n",
		"\x1b[1mbold\x1b[0m":                      "\x1b[1mbold\x1b[0m",
		"\x1b[38;5;12mblue\x1b[m":                 "\x1b[38;5;12mblue\x1b[m",
		"\x1b[4:3mcurly":                          "\x1b[4:3mcurly\x1b[0m",
		"over\rwritten":                           `over\u000dwritten`,
		"end\r":                                   `end\u000d`,
		"\x1b]52;c;c2VjcmV0\x07":                  `\u001b]52;c;c2VjcmV0\u0007`, // the clipboard
		"\x1b]0;title\x1b\\":                      `\u001b]0;title\u001b\`,
		"\x1b]8;;http://x\x1b\\link":              `\u001b]8;;http://x\u001b\link`,
		"\x1bP+q544e\x1b\\":                       `\u001bP+q544e\u001b\`,
		"\x1b[2J\x1b[H\x1b[10;1Hx":                `\u001b[2J\u001b[H\u001b[10;1Hx`,
		"\x1b[?1049h\x1b[6n\x1b[c":                `\u001b[?1049h\u001b[6n\u001b[c`,
		"\x1b[>4;2m":                              `\u001b[>4;2m`, // which sets modes of the keyboard
		"\x1b[21t\x1bc\x1b#8\x1b(0\x1bE":          `\u001b[21t\u001bc\u001b#8\u001b(0\u001bE`,
		"\x1b[1 m\x1b[1;\x1b[31mred":              "\\u001b[1 m\\u001b[1;\x1b[31mred\x1b[0m",
		"\u009b2J\u009d0;title\u009c":             `\u009b2J\u009d0;title\u009c`,
		"\x9b2J\x9d0;x\x9c \xff \xe2\x80":         `\x9b2J\x9d0;x\x9c \xff \xe2\x80`,
		"\u202egnp.exe\u2066\u200f\u061c":         `\u202egnp.exe\u2066\u200f\u061c`,
		"\u2028\u2029\u0085":                      `\u2028\u2029\u0085`,
		"\x00\x07\x08\x0b\x0c\x0e\x0f\x7f":        `\u0000\u0007\u0008\u000b\u000c\u000e\u000f\u007f`,
		"\x1b[" + strings.Repeat("1;", 100) + "m": `\u001b[` + strings.Repeat("1;", 100) + "m",
		"\x1b":     `\u001b`,
		"\x1b[31":  `\u001b[31`,
		"\ufffd ?": "\ufffd ?",
	} {
		assert.Equal(t, want, through(t, true, in), "%q", in)
		assert.Equal(t, want, through(t, true, strings.Split(in, "")...), "%q", in)
		var pieces []string
		for i := range len(in) {
			pieces = append(pieces, in[i:i+1])
		}
		assert.Equal(t, want, through(t, true, pieces...), "%q, byte by byte", in)
		assert.NotContains(t, through(t, false, in), "\x1b")
	}
}

var anyColor = regexp.MustCompile(`\x1b\[[0-9;:]*m`)

// However something is cut into pieces, it comes out the same, and nothing of it
// controls a terminal.
func TestTextPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"\x1b", "[", "3", "1", ";", "m", "\r", "\n", "\t", "]52;c;", "\a", "\u009b", "\x9b", "買", "\u202e", "x", "\xe2", "\x80"})
		pieces := rapid.SliceOf(word).Draw(t, "pieces")
		for _, colors := range []bool{true, false} {
			got := through(t, colors, pieces...)
			require.Equal(t, through(t, colors, strings.Join(pieces, "")), got)
			for _, r := range anyColor.ReplaceAllString(got, "") {
				require.False(t, isControl(r) && r != '\n' && r != '\t', "%q", got)
			}
		}
	})
}
