package cache

import (
	"bytes"
	"context"
	"iter"
	"unicode/utf8"

	"golang.org/x/text/cases"

	"todoshell/todo"
)

// Find goes through the entries of all lists with text in their titles, in whatever
// case, in the byte order of the lists' names, those before from left out. An error
// ends it. It asks the log alone: no server starts, and none has to answer.
func (c *Cache) Find(ctx context.Context, from, text string) iter.Seq2[todo.Found, error] {
	return covered(ctx, c, "", func(prefix string) iter.Seq2[todo.Found, error] {
		return c.log.Find(ctx, prefix, from, containing(text))
	})
}

// containing tells of titles whether they contain text, in whatever case. It may be asked
// from several goroutines.
func containing(text string) func(title []byte) bool {
	part := cases.Fold().Bytes([]byte(text))
	return func(title []byte) bool {
		var short [128]byte
		folded, ok := foldASCII(short[:0], title)
		if !ok {
			folded = cases.Fold().Bytes(title)
		}
		return bytes.Contains(folded, part)
	}
}

// foldASCII appends a text in lower case, which is what folding makes of ASCII. It is
// not ok where there is anything else in the text.
func foldASCII(b, text []byte) (folded []byte, ok bool) {
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return nil, false
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		b = append(b, c)
	}
	return b, true
}
