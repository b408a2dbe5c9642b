package todo

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Status tells whether an entry is still to be done.
type Status uint8

// The states of an entry.
const (
	Open Status = iota
	Done
)

// String returns "open" or "done".
func (s Status) String() string {
	if s == Done {
		return "done"
	}
	return "open"
}

// ParseStatus reads what [Status.String] writes.
func ParseStatus(s string) (Status, error) {
	switch s {
	case "open":
		return Open, nil
	case "done":
		return Done, nil
	}
	return Open, &Error{BadStatus, fmt.Sprintf("%q is no status", Shown(s)), "write open or done"}
}

// An Entry is one thing to do.
type Entry struct {
	ID     uint64 // from 1, unique in its list for ever
	Date   Date   // zero: no date
	Status Status
	Title  string
}

// Compare orders entries by date, then id; entries without a date come last.
func (e Entry) Compare(other Entry) int {
	return cmp.Or(e.Date.Compare(other.Date), cmp.Compare(e.ID, other.ID))
}

// Sum is a checksum of all that is in the entry: FNV-1a with 64 bits,
// http://www.isthe.com/chongo/tech/comp/fnv/.
func (e Entry) Sum() uint64 {
	const prime = 1099511628211
	sum := uint64(14695981039346656037)
	for n := e.ID; n > 0; n >>= 8 {
		sum = (sum ^ n&0xff) * prime
	}
	sum = (sum ^ uint64(e.Status)) * prime
	for n := uint32(e.Date); n > 0; n >>= 8 {
		sum = (sum ^ uint64(n&0xff)) * prime
	}
	for i := range len(e.Title) {
		sum = (sum ^ uint64(e.Title[i])) * prime
	}
	return sum
}

// Found is an entry that was looked for in many lists, with the list that holds it.
type Found struct {
	List string
	Entry
}

// Limits of what people type, in bytes.
const (
	MaxName  = 255
	MaxTitle = 4096
)

// Blank tells whether nothing of a text can be seen: it is empty, or only white space
// and characters that print nothing, such as U+200B.
func Blank(text string) bool {
	for _, r := range text {
		if r > ' ' && r < unicode.MaxASCII || !unicode.In(r, inkless...) || unicode.Is(unicode.Prepended_Concatenation_Mark, r) {
			return false
		}
	}
	return true
}

var inkless = []*unicode.RangeTable{unicode.White_Space, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point,
	unicode.Variation_Selector, {R16: []unicode.Range16{{Lo: '\u2800', Hi: '\u2800', Stride: 1}}}} // braille with no dot

// Shown returns what to show of a text that somebody has sent, in at most 100 bytes.
func Shown(text string) string {
	const most, rest = 100, "…"
	if len(text) <= most {
		return text
	}
	end := most - len(rest)
	for end > 0 && end > most-len(rest)-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + rest
}

// CheckName tells whether name can name a list: 1 to [MaxName] bytes of valid
// UTF-8 with no control characters, neither "." alone nor [Blank].
func CheckName(name string) error {
	switch {
	case name == "":
		return &Error{BadName, "the name of the list is empty", "give it at least one character"}
	case name == ".":
		return &Error{BadName, `"." alone stands for the list in use`, "choose a list with: use LIST"}
	case len(name) > MaxName:
		return &Error{BadName, fmt.Sprintf("the name of the list has %d bytes", len(name)),
			fmt.Sprintf("%d is the most", MaxName)}
	case !utf8.ValidString(name):
		return &Error{BadUTF8, fmt.Sprintf("the name %q is not valid UTF-8", name), "write it in UTF-8"}
	case strings.ContainsFunc(name, unicode.IsControl):
		return &Error{BadName, fmt.Sprintf("the name %q holds a control character", name), "leave it out"}
	case Blank(name):
		return &Error{BadName, fmt.Sprintf("nothing can be seen of the name %+q", name), "give it a character that shows"}
	}
	return nil
}

// CheckTitle tells whether title can be an entry's: 1 to [MaxTitle] bytes of
// valid UTF-8, and not [Blank].
func CheckTitle(title string) error {
	switch {
	case title == "":
		return &Error{BadTitle, "the title is empty", "say what there is to do"}
	case len(title) > MaxTitle:
		return &Error{BadTitle, fmt.Sprintf("the title has %d bytes", len(title)),
			fmt.Sprintf("%d is the most", MaxTitle)}
	case !utf8.ValidString(title):
		return &Error{BadUTF8, "the title is not valid UTF-8", "write it in UTF-8"}
	case Blank(title):
		return &Error{BadTitle, "nothing can be seen of the title", "say what there is to do"}
	}
	return nil
}
