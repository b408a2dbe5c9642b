package prompt

import (
	"slices"
	"unicode"
)

// An edit is a line and where the cursor is in it.
type edit struct {
	line []rune
	pos  int
}

func (e edit) insert(text []rune) edit {
	return edit{slices.Concat(e.line[:e.pos], text, e.line[e.pos:]), e.pos + len(text)}
}

// cut removes what is between from and to, and leaves the cursor there.
func (e edit) cut(from, to int) edit {
	return edit{slices.Concat(e.line[:from], e.line[to:]), from}
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

// wordLeft returns where the word before the cursor begins. A word is made of the
// characters that isPart accepts.
func (e edit) wordLeft(isPart func(rune) bool) int {
	i := e.pos
	for i > 0 && !isPart(e.line[i-1]) {
		i--
	}
	for i > 0 && isPart(e.line[i-1]) {
		i--
	}
	return i
}

// wordRight returns where the word behind the cursor ends.
func (e edit) wordRight() int {
	i := e.pos
	for i < len(e.line) && !isWord(e.line[i]) {
		i++
	}
	for i < len(e.line) && isWord(e.line[i]) {
		i++
	}
	return i
}

// kills returns the part of the line that a key cuts out, if it is a key that does.
func (e edit) kills(does action) (from, to int, ok bool) {
	switch does {
	case killLeft:
		return 0, e.pos, true
	case killRight:
		return e.pos, len(e.line), true
	case killWordLeft:
		return e.wordLeft(isWord), e.pos, true
	case killWordRight:
		return e.pos, e.wordRight(), true
	case killBlankLeft:
		return e.wordLeft(func(r rune) bool { return !unicode.IsSpace(r) }), e.pos, true
	}
	return 0, 0, false
}
