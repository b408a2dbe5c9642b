package todo

import (
	"fmt"
	"strings"
)

// A Grant says what a caller may do. The zero Grant covers everything.
type Grant struct {
	Prefix   string // which lists: those whose names begin with it
	ReadOnly bool
	By       string // the name of the token that grants it; empty: whoever holds the data
}

// ErrReadOnly is the answer to a change by a caller who may only read.
var ErrReadOnly = &Error{ReadOnly, "you may only read", "ask for a token that may change lists"}

// Covers tells whether the caller may know of a list.
func (g Grant) Covers(name string) bool { return strings.HasPrefix(name, g.Prefix) }

// Within narrows a prefix of names to the lists that the grant covers: where ok, these
// are the lists whose names begin with what it returns; otherwise there can be none.
func (g Grant) Within(prefix string) (narrowed string, ok bool) {
	if strings.HasPrefix(g.Prefix, prefix) {
		return g.Prefix, true
	}
	return prefix, g.Covers(prefix)
}

// MayUse tells why the caller may not even look at a list.
func (g Grant) MayUse(name string) error {
	if g.Covers(name) {
		return nil
	}
	return &Error{Forbidden, fmt.Sprintf("you may not use the list %q", Shown(name)), fmt.Sprintf("yours begin with %q", g.Prefix)}
}

// MayChange tells why the caller may not change a list.
func (g Grant) MayChange(name string) error {
	if g.ReadOnly {
		return ErrReadOnly
	}
	return g.MayUse(name)
}
