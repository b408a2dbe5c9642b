package repl

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/shlex"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// split splits a line as the shell does.
func split(line string) (words []string, err error) {
	for {
		w, rest, ok, err := word(line)
		if err != nil || !ok {
			return words, err
		}
		words, line = append(words, w), rest
	}
}

func TestSplit(t *testing.T) {
	for line, want := range map[string][]string{
		"":                          nil,
		" \t ":                      nil,
		"add Bob today":             {"add", "Bob", "today"},
		`entries "Bob's list"`:      {"entries", "Bob's list"},
		`a "b\"c" 'd\e' f\ g`:       {"a", `b"c`, `d\e`, "f g"},
		`a"b c"d`:                   {"ab cd"},
		`entries Bob # all of them`: {"entries", "Bob"},
		`entries Bob#1`:             {"entries", "Bob#1"},
		`entries ""`:                {"entries", ""},
		"entries 鲍勃 🦷":              {"entries", "鲍勃", "🦷"},
	} {
		words, err := split(line)
		require.NoError(t, err, line)
		assert.Equal(t, want, words, line)
	}
	for _, line := range []string{`entries Bob's`, `entries "Bob`, `entries Bob\`, `"`, `a 'b" c`} {
		_, err := split(line)
		assert.ErrorContains(t, err, "is not closed", line)
	}
}

func FuzzSplit(f *testing.F) {
	for _, line := range []string{"add Bob today x", `a "b\"c" 'd' # e`, `\`, `a\ b`, "a\tb\r\n", `''`, `a#b #c`} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if !utf8.ValidString(line) || strings.Contains(line, "\n") {
			t.Skip("such a line is refused, or two")
		}
		want, wantErr := shlex.Split(line)
		got, err := split(line)
		require.Equal(t, wantErr != nil, err != nil, "shlex: %v; ours: %v", wantErr, err)
		if err == nil {
			require.Equal(t, append([]string{}, want...), append([]string{}, got...))
		}
	})
}

func FuzzQuote(f *testing.F) {
	for _, w := range []string{"", "Bob", "Bob's list", `"`, `\`, "#x", "a\tb", "鲍勃"} {
		f.Add(w)
	}
	f.Fuzz(func(t *testing.T, w string) {
		if !utf8.ValidString(w) {
			t.Skip("no word of a line")
		}
		words, err := shlex.Split(Quote(w))
		require.NoError(t, err)
		require.Equal(t, []string{w}, words)
		require.Equal(t, w, freeText(Quote(w)))
	})
}

func TestFreeText(t *testing.T) {
	for rest, want := range map[string]string{
		` Don't forget #123 "soon" C:\temp`: `Don't forget #123 "soon" C:\temp`,
		` "Don't forget" `:                  "Don't forget",
		`'a "b" c'`:                         `a "b" c`,
		`"a" and "b"`:                       `"a" and "b"`,
		`"a"b"c"`:                           `"a"b"c"`,
		`"a \" b"`:                          `a " b`,
		`"a`:                                `"a`,
		`" a "`:                             " a ",
		`""`:                                "",
		"   ":                               "",
	} {
		assert.Equal(t, want, freeText(rest), rest)
	}
}
