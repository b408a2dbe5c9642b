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
	return Open, &Error{BadStatus, fmt.Sprintf("%q is no status", s), "write open or done"}
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

// Limits of what people type, in bytes.
const (
	MaxName  = 255
	MaxTitle = 4096
)

// CheckName tells whether name can name a list: 1 to [MaxName] bytes of valid
// UTF-8 with no control characters, and not "." alone.
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
	}
	return nil
}

// CheckTitle tells whether title can be an entry's: 1 to [MaxTitle] bytes of
// valid UTF-8.
func CheckTitle(title string) error {
	switch {
	case title == "":
		return &Error{BadTitle, "the title is empty", "say what there is to do"}
	case len(title) > MaxTitle:
		return &Error{BadTitle, fmt.Sprintf("the title has %d bytes", len(title)),
			fmt.Sprintf("%d is the most", MaxTitle)}
	case !utf8.ValidString(title):
		return &Error{BadUTF8, "the title is not valid UTF-8", "write it in UTF-8"}
	}
	return nil
}
