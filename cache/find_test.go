package cache

import (
	"bytes"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/cases"
	"pgregory.net/rapid"
)

// Case is folded as Unicode says, also where the quick way for ASCII is taken.
func TestContaining(t *testing.T) {
	fold := cases.Fold()
	letters := rapid.OneOf(
		rapid.StringOfN(rapid.RuneFrom([]rune("abkKsSiI zZ[@{`")), 0, 200, -1),
		rapid.StringOfN(rapid.RuneFrom([]rune("aKsßẞſKıİΣσςΆäÄ\u0308ŉ買")), 0, 40, -1),
		rapid.StringOfN(rapid.RuneFrom(nil, unicode.L), 0, 40, -1))
	rapid.Check(t, func(r *rapid.T) {
		title, text := letters.Draw(r, "title"), letters.Draw(r, "text")
		if len(title) > 0 && rapid.Bool().Draw(r, "a part of it") {
			from := rapid.IntRange(0, len(title)-1).Draw(r, "from")
			text = strings.ToUpper(title[from:rapid.IntRange(from, len(title)).Draw(r, "to")])
		}
		want := strings.Contains(fold.String(title), fold.String(text))
		require.Equal(r, want, containing(text)([]byte(title)))
	})
}

func TestContainingAllocatesNothingForASCII(t *testing.T) {
	matches, title := containing("MILK"), bytes.Repeat([]byte("Milch "), 20)
	assert.Zero(t, testing.AllocsPerRun(100, func() { matches(title) }))
}

func BenchmarkContaining(b *testing.B) {
	for name, title := range map[string]string{"ascii": "Buy some milk and bread", "other": "Bücher zurück zur Bücherei"} {
		b.Run(name, func(b *testing.B) {
			matches := containing("dentist")
			b.ReportAllocs()
			for b.Loop() {
				matches([]byte(title))
			}
		})
	}
}
