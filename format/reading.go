package format

import (
	"fmt"
	"strings"
	"time"

	"todoshell/todo"
)

// An Import is what was read of a file.
type Import struct {
	Entries []todo.Entry
	LeftOut []LeftOut // in the order in which they stand in the file
}

// A LeftOut is something that a file says of entries, for which they have no
// place, or which they have otherwise.
type LeftOut struct {
	What    string `json:"what" doc:"The name of the column, member or property, or what it was"`
	Entries int    `json:"entries" doc:"Of how many entries"`
}

// String says what was left out in a line. It is empty if nothing was.
func (i Import) String() string {
	if len(i.LeftOut) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("left out: ")
	for n, left := range i.LeftOut {
		if n > 0 {
			b.WriteString(", ")
		}
		noun := "entries"
		if left.Entries == 1 {
			noun = "entry"
		}
		fmt.Fprintf(&b, "%s (%d %s)", left.What, left.Entries, noun)
	}
	return b.String()
}

// The bounds of an import, which bound the memory that it takes.
const (
	MaxEntries = 250_000
	MaxBytes   = 32 << 20
)

var errTooMany = &todo.Error{Code: BadImport, Message: fmt.Sprintf("the file has more than %d entries", MaxEntries),
	Hint: "split it into smaller files"}

// maxLeftOut is how many things are named that were left out.
const maxLeftOut = 64

// A reading is a file that is being read.
type reading struct {
	zone    *time.Location
	zones   map[string]*time.Location // by the names that were asked for, nil: there is none
	number  int                       // of the entry that is being read
	entries []todo.Entry
	leftOut []LeftOut
	places  map[string]leftPlace
}

type leftPlace struct{ at, number int }

func newReading(zone *time.Location) *reading {
	return &reading{zone: zone, zones: make(map[string]*time.Location), places: make(map[string]leftPlace)}
}

// leave notes that something of the entry being read is left out.
func (r *reading) leave(what string) {
	what = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(todo.Shown(what), "\ufffd"))
	place, ok := r.places[what]
	if !ok && len(r.leftOut) >= maxLeftOut {
		what = "others"
		place, ok = r.places[what]
	}
	if !ok {
		place.at = len(r.leftOut)
		r.leftOut = append(r.leftOut, LeftOut{What: what})
	} else if place.number == r.number {
		return
	}
	r.leftOut[place.at].Entries++
	place.number = r.number
	r.places[what] = place
}

// location returns the time zone with the name, or nil if it is unknown.
func (r *reading) location(name string) *time.Location {
	const most = 256 // no honest file names more
	zone, ok := r.zones[name]
	if ok || len(r.zones) == most || len(name) > 64 {
		return zone
	}
	// Some write /example.org/Europe/Berlin.
	for rest, more := strings.TrimPrefix(name, "/"), true; more && zone == nil && rest != "" && rest != "Local"; _, rest, more = strings.Cut(rest, "/") {
		zone, _ = time.LoadLocation(rest)
	}
	r.zones[name] = zone
	return zone
}
