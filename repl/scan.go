package repl

import (
	"errors"
	"strings"

	"github.com/google/shlex"

	"todoshell/todo"
)

// The codes of errors in a line.
const (
	OpenQuote      todo.Code = "open_quote"
	LineTooLong    todo.Code = "line_too_long"
	UnknownCommand todo.Code = "unknown_command"
	BadUsage       todo.Code = "usage"
)

const blanks = " \t\r\n"

var errOpenQuote = errors.New("a quote is not closed")

// nextWord cuts the first word off s, with its quotes, where shlex would split it. The
// word is empty at the end of s, and at a #, which begins a comment. If a quote is not
// closed, the word is all that is left.
func nextWord(s string) (raw, rest string, err error) {
	s = strings.TrimLeft(s, blanks)
	if s == "" || s[0] == '#' {
		return "", "", nil
	}
	quote := byte(0)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && quote != '\'':
			if i++; i == len(s) {
				return s, "", errOpenQuote
			}
		case c == quote:
			quote = 0
		case quote != 0:
		case c == '"' || c == '\'':
			quote = c
		case strings.IndexByte(blanks, c) >= 0:
			return s[:i], s[i:], nil
		}
	}
	if quote != 0 {
		return s, "", errOpenQuote
	}
	return s, "", nil
}

// plainWord is a faster nextWord, for words without quotes and backslashes, as most
// are. It is false for any other word, and if there is none.
func plainWord(s string) (w, rest string, ok bool) {
	begin := 0
	for begin < len(s) && classes[s[begin]] == blank {
		begin++
	}
	if begin == len(s) || s[begin] == '#' {
		return "", "", false
	}
	for i := begin; i < len(s); i++ {
		switch classes[s[i]] {
		case blank:
			return s[begin:i], s[i:], true
		case quoting:
			return "", "", false
		}
	}
	return s[begin:], "", true
}

// The classes of bytes that do not simply belong to a word.
const (
	blank = iota + 1
	quoting
)

var classes = [256]uint8{' ': blank, '\t': blank, '\r': blank, '\n': blank, '"': quoting, '\'': quoting, '\\': quoting}

// unquote returns a word from nextWord without its quotes.
func unquote(raw string) (string, error) {
	if !strings.ContainsAny(raw, `"'\`) {
		return raw, nil
	}
	words, err := shlex.Split(raw)
	if err != nil || len(words) != 1 {
		return "", errOpenQuote
	}
	return words[0], nil
}

// freeText returns the rest of a line as a text: every character counts, but for quotes
// around the whole of it.
func freeText(rest string) string {
	rest = strings.Trim(rest, blanks)
	if rest == "" || rest[0] != '"' && rest[0] != '\'' {
		return rest
	}
	raw, after, err := nextWord(rest)
	if err != nil || after != "" || closing(raw) != len(raw)-1 {
		return rest
	}
	text, err := unquote(raw)
	if err != nil {
		return rest
	}
	return text
}

// closing returns where the quote at the beginning of s is closed, or -1.
func closing(s string) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && s[0] == '"':
			i++
		case s[i] == s[0]:
			return i
		}
	}
	return -1
}

// Quote returns a word as one types it in a line: in double quotes, if it would
// otherwise be read as something else.
func Quote(word string) string {
	if word != "" && word[0] != '#' && !strings.ContainsAny(word, blanks+`"'\`) {
		return word
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(word) + `"`
}

// LastWord returns the last word of a line, as it was typed. A title may hold open
// quotes and #, which are then part of a word like any other.
func LastWord(line string) (word string) {
	for rest := line; ; {
		raw, after, err := nextWord(rest)
		if err != nil || raw == "" && strings.Trim(rest, blanks) != "" { // an open quote, or a #
			words := strings.Fields(line)
			return words[len(words)-1]
		}
		if raw == "" {
			return word
		}
		word, rest = raw, after
	}
}
