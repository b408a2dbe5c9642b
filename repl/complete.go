package repl

import (
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"todoshell/todo"
)

// A Completion is how a line can go on.
type Completion struct {
	From   int    // where the word begins that is completed
	Insert string // what to put there: the word, or all that the words have in common
	Words  []Word // what it can be
	More   bool   // there are others, which are not among Words
}

// A Word is one of the ways in which a line can go on.
type Word struct {
	Text string // without quotes
	Note string // what it stands for
}

const (
	maxWords    = 200         // of a completion
	maxComplete = time.Second // is how long a key may take
)

// Complete completes the word that the line ends in: line is what stands before
// the cursor.
func (s *Session) Complete(line string) Completion {
	t, ok := splitTyped(line)
	none := Completion{From: t.from, Insert: t.raw}
	if !ok {
		return none
	}
	prefixes := []string{t.raw} // an apostrophe may be meant as one: Bob's list
	for _, end := range []string{"", `"`, `'`} {
		if meant, err := unquote(t.raw + end); err == nil {
			prefixes = append(prefixes, meant)
			break
		}
	}
	for _, prefix := range prefixes {
		c := none
		if c.Words, c.More = s.words(t, prefix); len(c.Words) > 0 {
			c.insert(prefix)
			return c
		}
	}
	return none
}

// insert makes out what all words have in common. Prefix is what they begin
// with; Insert is that as it was typed.
func (c *Completion) insert(prefix string) {
	typed := c.Insert
	common := c.Words[0].Text
	for _, w := range c.Words[1:] {
		for !strings.HasPrefix(w.Text, common) {
			_, size := utf8.DecodeLastRuneInString(common)
			common = common[:len(common)-size]
		}
	}
	folder := strings.HasSuffix(common, string(filepath.Separator))
	switch quoted := quotePath(common); {
	case c.More:
	case len(c.Words) == 1 && !folder:
		c.Insert = quoted + " "
	case len(common) == len(prefix):
	case quoted != common:
		c.Insert = quoted[:len(quoted)-1]
	case strings.HasPrefix(typed, `"`):
		c.Insert = `"` + common
	default:
		c.Insert = common
	}
}

// words returns what the word at the cursor can be. Prefix is what that means.
func (s *Session) words(t typed, prefix string) (words []Word, more bool) {
	before := t.words
	if len(before) == 0 {
		return beginning(prefix, s.table.Names()), false
	}
	asked := false // what is no choice is the same for all variants
	for _, c := range s.table.byName[before[0]] {
		params, ok := c.rest(before[1:])
		if !ok {
			continue
		}
		if strings.HasPrefix(prefix, "-") {
			words = append(words, beginning(prefix, flagWords(params))...)
		}
		if len(params) == 0 || asked && params[0].Kind != Choice {
			continue
		}
		asked = true
		found, moreFound := s.wordsFor(params[0], t, prefix)
		words, more = append(words, found...), more || moreFound
	}
	return words, more
}

// wordsFor returns what an argument can be.
func (s *Session) wordsFor(p Param, t typed, prefix string) (words []Word, more bool) {
	switch p.Kind {
	case List, Prefix, ID, IDs:
		if s.env.LookUp != nil {
			return s.env.LookUp(t.words, prefix)
		}
		return s.LookUp(t.words, prefix)
	case When:
		return beginning(strings.ToLower(prefix), todo.DateWords), false
	case Span:
		return beginning(strings.ToLower(prefix), todo.SpanWords), false
	case Choice:
		if p.Words == nil {
			return beginning(prefix, s.table.Topics()), false
		}
		return beginning(prefix, p.Words), false
	case File:
		return s.completePath(t.raw, prefix)
	case Text, Number, Flag:
	}
	return nil, false
}

func beginning(prefix string, all []string) (words []Word) {
	for _, w := range all {
		if strings.HasPrefix(w, prefix) {
			words = append(words, Word{Text: w})
		}
	}
	return words
}

// flagWords returns the flags among params, as one types them.
func flagWords(params []Param) (words []string) {
	for _, p := range params {
		if p.Kind != Flag {
			continue
		}
		words = append(words, p.Words[0])
		for _, value := range p.Words[1:] {
			words = append(words, p.Words[0]+"="+value)
		}
	}
	return words
}
