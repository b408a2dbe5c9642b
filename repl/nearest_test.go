package repl

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

func TestNearest(t *testing.T) {
	commands := NewTable().Names()
	for typed, want := range map[string]string{
		"ADD": "add", "Entires": "entries", "entrise": "entries", "lsits": "lists", "dne": "done", "ad": "add",
		"UNOD": "undo", "exprot": "export", "srevers": "servers", "helpp": "help",
		"": "", "a": "", "foo": "", "frobnicate": "", "add Bob": "",
	} {
		word, found := Nearest(typed, commands)
		assert.Equal(t, want, word, typed)
		assert.Equal(t, want != "", found, typed)
	}
	word, _ := Nearest("bbo", []string{"Bobo", "Bob", "BBO"})
	assert.Equal(t, "BBO", word, "whatever the case, no typing error is better than one")
	word, _ = Nearest("ÄPFLE", []string{"Birnen", "äpfel"})
	assert.Equal(t, "äpfel", word)
}

// What is passed over is no nearer than what is found: a guess with all names
// that begin as one was seen to be too far finds nothing among them.
func TestGuessPassesOverNothing(t *testing.T) {
	names := rapid.StringMatching(`[abAäé]{1,6}`)
	rapid.Check(t, func(t *rapid.T) {
		typed, other := names.Draw(t, "typed"), names.Draw(t, "other")
		typos := rapid.IntRange(0, maxTypos).Draw(t, "typos")
		g := newGuess(typed)
		g.typos = typos
		n := g.try(other)
		if n == len(other) {
			return
		}
		longer := other[:n] + rapid.StringMatching(`[abAäé]{0,4}`).Draw(t, "rest")
		g = newGuess(typed)
		g.typos = typos
		g.try(longer)
		assert.False(t, g.found, "%q for %q", longer, typed)
	})
}
