package repl

import (
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestWordWriter(t *testing.T) {
	for _, c := range []struct {
		width          int
		text, expected string
	}{
		{80, "todoshell: short\n", "todoshell: short\n"},
		{20, "todoshell: the list is not there; see: lists\n", "todoshell: the list\n  is not there; see:\n  lists\n"},
		{20, "a line of its own\nand another one, too long\n", "a line of its own\nand another one, too\n  long\n"},
		{10, "牛乳 を 買い ます\n", "牛乳 を\n  買い\n  ます\n"},
		{10, "買い物買い物買い物\n", "買い物買\n  い物買い\n  物\n"},
		{10, "x 買い物買い物買い物 y\n", "x\n  買い物買\n  い物買い\n  物 y\n"},
		{12, "two  blanks  are kept\n", "two  blanks \n  are kept\n"},
		{20, `{"error":{"code":"usage","message":"stays a line"}}` + "\n", `{"error":{"code":"usage","message":"stays a line"}}` + "\n"},
		{20, "no newline yet, and more of it", "no newline yet, and\n  more of it"},
		{0, "ab cd", "ab\n  cd"},
	} {
		var b strings.Builder
		_, err := NewWordWriter(&b, func() int { return c.width }).Write([]byte(c.text))
		require.NoError(t, err)
		assert.Equal(t, c.expected, b.String())
	}
}

// However narrow the terminal is, no line is longer, and all words are there.
func TestWrapWordsProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-c牛🥛é -]{0,60}`).Draw(t, "text")
		width := rapid.IntRange(4, 30).Draw(t, "width")
		wrapped := wrapWords(text, width)
		for line := range strings.Lines(wrapped) {
			assert.LessOrEqual(t, runewidth.StringWidth(strings.TrimSuffix(line, "\n")), width, "%q", wrapped)
		}
		squeeze := strings.NewReplacer(" ", "", "\n", "")
		assert.Equal(t, squeeze.Replace(text), squeeze.Replace(wrapped))
	})
}
