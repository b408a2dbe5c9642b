package prompt

import (
	"strings"
	"unicode/utf8"

	"todoshell/repl"
)

// A search looks for a line of the history while the text to look for is being typed.
type search struct {
	lines   []string // the history, oldest first
	query   string
	at      int    // the line that is shown, or len(lines)
	last    string // the query of the previous search
	forward bool
	failed  bool
	before  edit // what was typed before the search
}

func (s *search) prompt() string {
	prompt := "bck-i-search: "
	if s.forward {
		prompt = "fwd-i-search: "
	}
	if s.failed {
		prompt = "failing " + prompt
	}
	return prompt + repl.Visible(s.query)
}

// press does what a key does in a search, and returns the line to show. It is false
// for a key that ends the search, and then does what it does without one.
func (s *search) press(k key, shown edit) (edit, bool) {
	switch k.action {
	case redraw, resume:
		return shown, true
	case abortSearch:
		return s.before, false
	case insert:
		s.query += k.text
		return s.find(min(s.at, len(s.lines)-1), shown, ""), true
	case eraseQuery:
		_, n := utf8.DecodeLastRuneInString(s.query)
		s.query, s.at = s.query[:len(s.query)-n], len(s.lines)
		return s.find(s.at-1, s.before, ""), true
	case searchBack, searchForward:
		if s.query == "" {
			s.query = s.last
		}
		s.forward = k.action == searchForward
		from := s.at - 1
		if s.forward {
			from = s.at + 1
		}
		return s.find(from, shown, string(shown.line)), true
	}
	return shown, false
}

// find looks from a line of the history on for one that holds the query, in upper or
// lower case, and differs from the line not. It returns the line with the cursor where
// the query is, or what is shown if there is no such line.
func (s *search) find(from int, shown edit, not string) edit {
	query, step := strings.ToLower(s.query), -1
	if s.forward {
		step = 1
	}
	s.failed = false
	if query == "" {
		return shown
	}
	for i := from; i >= 0 && i < len(s.lines); i += step {
		line := strings.ToLower(s.lines[i])
		if found := strings.Index(line, query); found >= 0 && s.lines[i] != not {
			s.at = i
			return edit{[]rune(s.lines[i]), utf8.RuneCountInString(line[:found])}
		}
	}
	s.failed = true
	return shown
}
