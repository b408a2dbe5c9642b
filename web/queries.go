package web

import (
	"context"
	"net/http"
	"strings"

	"golang.org/x/text/cases"

	"todoshell/todo"
)

type found struct {
	Entries []entry `json:"entries"`
	Next    string  `json:"next,omitempty" doc:"The cursor of the next page, if there is one"`
}

type history struct {
	List    string   `json:"list"`
	Changes []change `json:"changes"`
	Next    uint64   `json:"next,omitempty" doc:"The revision that the next page begins from, if there is one"`
}

// InMany are the parameters of a call about all lists.
type InMany struct {
	Limit  int    `query:"limit" default:"1000" minimum:"1" maximum:"10000"`
	Cursor string `query:"cursor" doc:"What the page before called next"`
}

func (a *api) queryCalls() {
	register(a, http.MethodGet, "/v1/lists/{list}/log", "log", "show the changes that the list had", http.StatusOK,
		func(ctx context.Context, in *struct {
			InList
			From  uint64 `query:"from" default:"1" minimum:"1" doc:"The first revision to show"`
			Limit int    `query:"limit" default:"1000" minimum:"1" maximum:"10000"`
		}) (*answer[history], error) {
			h := history{List: in.List, Changes: []change{}}
			for c, err := range a.within(ctx).History(ctx, in.List, in.From) {
				if err != nil {
					return nil, err
				}
				if len(h.Changes) == in.Limit {
					h.Next = c.Rev
					break
				}
				h.Changes = append(h.Changes, changeOf("", c))
			}
			return &answer[history]{h}, nil
		})
	register(a, http.MethodGet, "/v1/agenda", "agenda", "show what is open in all lists", http.StatusOK,
		func(ctx context.Context, in *struct {
			InMany
			When string `query:"when" doc:"A span as in the shell; without it: overdue and today"`
		}) (*answer[found], error) {
			span, err := a.span(in.When, "open", todo.Span{From: todo.MinDate, To: a.today()})
			if err != nil {
				return nil, err
			}
			return a.everywhere(ctx, in.InMany, span, func(todo.Entry) bool { return true })
		})
	register(a, http.MethodGet, "/v1/find", "find", "find entries by a part of their title, in all lists", http.StatusOK,
		func(ctx context.Context, in *struct {
			InMany
			Text string `query:"text" required:"true" minLength:"1"`
		}) (*answer[found], error) {
			fold := cases.Fold()
			part := fold.String(in.Text)
			return a.everywhere(ctx, in.InMany, todo.Always, func(e todo.Entry) bool {
				return strings.Contains(fold.String(e.Title), part)
			})
		})
}

// everywhere returns the entries of all lists that lie in the span and match. A
// cursor is the place of the last entry of a page: DATE/ID/LIST.
func (a *api) everywhere(ctx context.Context, in InMany, span todo.Span, match func(todo.Entry) bool) (*answer[found], error) {
	all := found{Entries: []entry{}}
	list, after, err := parsePlace(in.Cursor)
	if err != nil {
		return nil, err
	}
	for e, err := range a.within(ctx).Everywhere(ctx, list, span) {
		if err != nil {
			return nil, err
		}
		if e.List == list && e.Compare(after) <= 0 || !match(e.Entry) {
			continue
		}
		if len(all.Entries) == in.Limit {
			last := all.Entries[in.Limit-1]
			all.Next = cursorOf(last) + "/" + last.List
			break
		}
		all.Entries = append(all.Entries, entryOf(e.List, e.Entry))
	}
	return &answer[found]{all}, nil
}

// parsePlace reads where a page over many lists ended.
func parsePlace(cursor string) (list string, at todo.Entry, err error) {
	if cursor == "" {
		return "", at, nil
	}
	parts := strings.SplitN(cursor, "/", 3)
	if len(parts) < 3 {
		parts = []string{"", "", ""}
	}
	at, err = parseCursor(parts[0] + "/" + parts[1])
	return parts[2], at, err
}
