package api

import (
	"fmt"
	"strconv"
	"strings"

	"todoshell/todo"
)

// An entriesPage is a page of a list's entries.
type entriesPage struct {
	List     string  `json:"list"`
	Revision uint64  `json:"revision"`
	Entries  entries `json:"entries"`
	Next     string  `json:"next,omitempty" doc:"The cursor of the next page, if there is one"`
}

// span reads a span as the shell does. Without words it is the default.
func (a *API) span(when, status string, byDefault todo.Span) (span todo.Span, err error) {
	span = byDefault
	if when != "" {
		if span, err = todo.ParseSpan(when, a.today()); err != nil {
			return span, err
		}
	}
	if status != "" {
		s, err := todo.ParseStatus(status)
		if err != nil {
			return span, err
		}
		span.Status = &s
	}
	return span, nil
}

// pageOf returns a page of what falls into a span. Its entries are those of a list that never changes: they are looked
// at once for the page's end, and again when they are written.
func pageOf(list todo.List, span todo.Span, backward bool, cursor string, limit int) (all entries, next string, err error) {
	after, err := parseCursor(cursor)
	if err != nil {
		return nil, "", err
	}
	from, first, ahead := list.Entries, &span.From, 1
	if backward {
		from, first, ahead = list.Backward, &span.To, -1
	}
	if cursor != "" && after.Date.Compare(*first)*ahead > 0 {
		*first = after.Date
	}
	rest := func(yield func(todo.Entry) bool) {
		for e := range from(span) {
			if (cursor == "" || e.Compare(after)*ahead > 0) && !yield(e) {
				return
			}
		}
	}
	var last todo.Entry
	n := 0
	for e := range rest {
		if n++; n > limit {
			next = cursorOf(last)
			break
		}
		last = e
	}
	return func(yield func(todo.Entry) bool) {
		left := limit
		for e := range rest {
			if left--; left < 0 || !yield(e) {
				return
			}
		}
	}, next, nil
}

func cursorOf(last todo.Entry) string {
	return last.Date.String() + "/" + strconv.FormatUint(last.ID, 10)
}

// parseCursor reads where a page ended: DATE/ID.
func parseCursor(cursor string) (at todo.Entry, err error) {
	if cursor == "" {
		return at, nil
	}
	day, id, ok := strings.Cut(cursor, "/")
	if day != "" {
		at.Date, err = todo.ParseISODate(day)
	}
	if at.ID, _ = strconv.ParseUint(id, 10, 64); !ok || err != nil || at.ID == 0 {
		return at, errNoCursor(cursor)
	}
	return at, nil
}

func errNoCursor(cursor string) error {
	return &todo.Error{Code: todo.BadRequest, Message: fmt.Sprintf("%q is no cursor", todo.Shown(cursor)), Hint: "take what the page before called next"}
}
