package repl

import (
	"fmt"
	"unicode"
	"unicode/utf8"

	"todoshell/todo"
)

// maxTypos is how many typing errors a word may have: one that is missing, too
// much, another one, or in its neighbour's place. More are another word.
const maxTypos = 2

// A guess looks for the word that was meant, in whatever case.
type guess struct {
	typed []rune
	typos int    // the most that the next word may have
	word  string // the best one so far
	found bool
	rows  [3][]int // typos of the typed word's beginnings, for the latest three letters of the other one
}

func newGuess(typed string) *guess {
	g := &guess{typed: []rune(typed), typos: maxTypos}
	for i := range g.typed {
		g.typed[i] = unicode.ToLower(g.typed[i])
	}
	for i := range g.rows {
		g.rows[i] = make([]int, len(g.typed)+1)
	}
	return g
}

// try takes word if it is nearer than the best one so far. Otherwise it returns
// how much of it is enough to see that, which may be all.
func (g *guess) try(word string) (seen int) {
	before, last, row := g.rows[0], g.rows[1], g.rows[2]
	for j := range row {
		row[j] = j
	}
	n := 0
	var previous rune
	for at, r := range word {
		letter := unicode.ToLower(r)
		before, last, row = last, row, before
		n++
		row[0] = n
		least := n
		for j, typed := range g.typed {
			j++
			cost := min(last[j], row[j-1]) + 1
			if typed == letter {
				cost = min(cost, last[j-1])
			} else {
				cost = min(cost, last[j-1]+1)
			}
			if n > 1 && j > 1 && typed == previous && g.typed[j-2] == letter {
				cost = min(cost, before[j-2]+1)
			}
			row[j] = cost
			least = min(least, cost)
		}
		previous = letter
		if least > g.typos {
			return at + utf8.RuneLen(r)
		}
	}
	if typos := row[len(g.typed)]; typos <= g.typos && 2*typos <= n {
		g.word, g.found, g.typos = word, true, typos-1
	}
	return len(word)
}

// Nearest returns the one of words that typed was most likely meant to be.
func Nearest(typed string, words []string) (string, bool) {
	if len(typed) > todo.MaxName {
		return "", false // no word is nearly as long
	}
	g := newGuess(typed)
	for _, w := range words {
		g.try(w)
	}
	return g.word, g.found
}

// DidYouMean returns a hint at the one of words that typed was most likely meant
// to be, or else the other hint.
func DidYouMean(typed string, words []string, otherwise string) string {
	if word, ok := Nearest(typed, words); ok {
		return fmt.Sprintf("did you mean %s?", word)
	}
	return otherwise
}
