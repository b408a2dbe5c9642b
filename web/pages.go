package web

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"todoshell/todo"
)

// An entriesPage is a page of a list's entries.
type entriesPage struct {
	List     string  `json:"list"`
	Revision uint64  `json:"revision"`
	Entries  []entry `json:"entries"`
	Next     string  `json:"next,omitempty" doc:"The cursor of the next page, if there is one"`
}

type taggedPage struct {
	Status int
	Tag    string `header:"ETag"`
	Body   *entriesPage
}

// span reads a span as the shell does. Without words it is the default.
func (a *api) span(when, status string, byDefault todo.Span) (span todo.Span, err error) {
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

func (a *api) page(ctx context.Context, name string, span todo.Span, backward bool, cursor string, limit int, ifNone string) (*taggedPage, error) {
	list, err := a.within(ctx).List(ctx, name)
	if err != nil {
		return nil, err
	}
	tag := listTag(list.Rev, list.Sum())
	if list.Rev > 0 && names(strings.ReplaceAll(ifNone, "W/", ""), tag) { // proxies weaken tags
		return &taggedPage{Status: http.StatusNotModified, Tag: tag}, nil
	}
	after, err := parseCursor(cursor)
	if err != nil {
		return nil, err
	}
	p := &entriesPage{List: name, Revision: list.Rev, Entries: []entry{}}
	entries, first, ahead := list.Entries, &span.From, 1
	if backward {
		entries, first, ahead = list.Backward, &span.To, -1
	}
	if cursor != "" && after.Date.Compare(*first)*ahead > 0 {
		*first = after.Date
	}
	for e := range entries(span) {
		if cursor != "" && e.Compare(after)*ahead <= 0 {
			continue
		}
		if len(p.Entries) == limit {
			p.Next = cursorOf(p.Entries[limit-1])
			break
		}
		p.Entries = append(p.Entries, entryOf("", e))
	}
	return &taggedPage{Status: http.StatusOK, Tag: tag, Body: p}, nil
}

func cursorOf(last entry) string {
	return todo.Date(last.Date).String() + "/" + strconv.FormatUint(last.ID, 10)
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
		return at, &todo.Error{Code: badRequest, Message: fmt.Sprintf("%q is no cursor", cursor), Hint: "take what the page before called next"}
	}
	return at, nil
}
