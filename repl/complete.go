package repl

import (
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"todoshell/todo"
)

// A Completion is how the word that a line ends in can go on.
type Completion struct {
	From   int    // where in the line the word begins
	Insert string // what to put in its place: all that Words begin with in common
	Words  []Word // what it can become
	More   bool   // it can become other words, too
}

// A Word is something that a word can become.
type Word struct {
	Text string // without quotes
	Note string // what it stands for: the title of an entry, if it is an id
}

const (
	maxWords    = 200         // in a completion
	maxComplete = time.Second // how long a completion may take
)

// Complete completes the word that the line ends in. Line is what stands before the
// cursor.
func (s *Session) Complete(line string) Completion {
	t, ok := splitTyped(line)
	none := Completion{From: t.from, Insert: t.raw}
	if !ok {
		return none
	}
	prefixes := []string{t.raw} // a quote may be meant as an apostrophe: Bob's list
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

// insert sets Insert to what all words begin with in common. Before, it is what was
// typed, which means prefix.
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

// words returns what the word at the cursor can become. Prefix is what was typed of it,
// without quotes.
func (s *Session) words(t typed, prefix string) (words []Word, more bool) {
	before := t.words
	if len(before) == 0 {
		return beginning(prefix, s.table.Names()), false
	}
	asked := false // all commands of one name take the same here, but for a Choice
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

// wordsFor returns what an argument can become.
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
