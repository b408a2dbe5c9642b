package torture

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// A day is YYYY-MM-DD, so that days compare as strings do.
type day string

// undated is the day of what has none. It comes after all others.
const undated day = "~"

func (d day) MarshalJSON() ([]byte, error) {
	if d == undated {
		return []byte("null"), nil
	}
	return json.Marshal(string(d))
}

func dayOf(t time.Time) day { return day(t.Format(time.DateOnly)) }

// A span is from one day to another, both included.
type span struct {
	from, to day
	open     bool // nothing that is done
}

func (s span) has(i item) bool {
	return s.from <= i.Date && i.Date <= s.to && (!s.open || i.Status == "open")
}

// An item is an entry as the shell answers it.
type item struct {
	List   string `json:"list,omitempty"`
	ID     uint64 `json:"id"`
	Date   day    `json:"date"`
	Status string `json:"status"`
	Title  string `json:"title"`
}

// A backItem is an item that undo or redo has brought back, as the shell answers it,
// with the command that was undone or redone.
type backItem struct {
	item
	Undid string `json:"undid,omitempty"`
	Redid string `json:"redid,omitempty"`
}

// An action is what one command did to a list. An item with the id 0 is none.
type action struct {
	what  string
	edits []edit
}

type edit struct{ before, after item }

// A sheet is one list, with copies of all that was done to it.
type sheet struct {
	items                 map[uint64]item
	last                  uint64 // the highest id so far
	history, past, future []action
}

// do does an action, and those of a kind that undo takes back change what can be
// undone and redone.
func (s *sheet) do(what string, edits []edit) {
	for _, e := range edits {
		delete(s.items, e.before.ID)
		if e.after.ID > 0 {
			s.items[e.after.ID] = e.after
			s.last = max(s.last, e.after.ID)
		}
	}
	s.history = append(s.history, action{what, edits})
}

func (s *sheet) change(what string, edits []edit) {
	if len(edits) > 0 {
		s.do(what, edits)
		s.past, s.future = append(s.past, action{what, edits}), nil
	}
}

func (s *sheet) sorted(in span) []item {
	items := slices.DeleteFunc(slices.Collect(maps.Values(s.items)), func(i item) bool { return !in.has(i) })
	slices.SortFunc(items, func(a, b item) int { return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.ID, b.ID)) })
	return items
}

// always is the span of everything.
var always = span{from: "", to: undated}
