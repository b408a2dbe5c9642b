package api

import (
	"context"
	"iter"
	"net/http"
	"strings"

	"todoshell/todo"
)

type found struct {
	Entries []entry `json:"entries"`
	Next    string  `json:"next,omitempty" doc:"The cursor of the next page, if there is one"`
}

type history struct {
	List    string   `json:"list"`
	Changes []Change `json:"changes"`
	Next    uint64   `json:"next,omitzero" doc:"The revision that the next page begins from, if there is one"`
}

// InMany are the parameters of a call about all lists.
type InMany struct {
	Limit  int    `query:"limit" default:"1000" minimum:"1" maximum:"10000"`
	Cursor string `query:"cursor" doc:"What the page before called next"`
}

func (a *API) queryCalls() {
	register(a, http.MethodGet, "/v1/lists/{list}/log", "log", "show the changes that the list had", http.StatusOK,
		func(ctx context.Context, in *struct {
			InList
			From  uint64 `query:"from" default:"1" minimum:"1" doc:"The first revision to show"`
			Limit int    `query:"limit" default:"1000" minimum:"1" maximum:"10000"`
		}) (*answer[history], error) {
			h, size := history{List: in.List, Changes: []Change{}}, 0
			for c, err := range a.within(ctx).History(ctx, in.List, in.From) {
				if err != nil {
					return nil, err
				}
				if len(h.Changes) == in.Limit || size > maxPage {
					h.Next = c.Rev
					break
				}
				h.Changes = append(h.Changes, ChangeOf("", c))
				size += c.Size()
			}
			if size > maxPage && !a.longAnswers.reserve(ctx, size) {
				return nil, errBusy
			}
			return &answer[history]{h}, nil
		})
	register(a, http.MethodGet, "/v1/agenda", "agenda", "show what is open in all lists", http.StatusOK,
		func(ctx context.Context, in *struct {
			InMany
			When string `query:"when" doc:"A span as in the shell; without it: overdue and today"`
		}) (*answer[found], error) {
			span, err := a.span(in.When, "open", todo.Due(a.today()))
			if err != nil {
				return nil, err
			}
			return in.page(func(from string) iter.Seq2[todo.Found, error] { return a.within(ctx).Everywhere(ctx, from, span) })
		})
	register(a, http.MethodGet, "/v1/find", "find", "find entries by a part of their title, in all lists", http.StatusOK,
		func(ctx context.Context, in *struct {
			InMany
			Text string `query:"text" required:"true" minLength:"1"`
		}) (*answer[found], error) {
			return in.page(func(from string) iter.Seq2[todo.Found, error] { return a.within(ctx).Find(ctx, from, in.Text) })
		})
}

// maxPage is how many bytes of titles a page holds that is not of one list in memory, which whoever reads slowly
// keeps: as many entries or changes as fit, or else one.
const maxPage = 1 << 20

// page returns a page of entries of all lists. A cursor is the place of the last
// entry of a page: DATE/ID/LIST.
func (in *InMany) page(entries func(from string) iter.Seq2[todo.Found, error]) (*answer[found], error) {
	all := found{Entries: []entry{}}
	list, after, err := parsePlace(in.Cursor)
	if err != nil {
		return nil, err
	}
	var last todo.Found
	size := 0
	for e, err := range entries(list) {
		if err != nil {
			return nil, err
		}
		if e.List == list && e.Compare(after) <= 0 {
			continue
		}
		if len(all.Entries) == in.Limit || size > maxPage {
			all.Next = cursorOf(last.Entry) + "/" + last.List
			break
		}
		all.Entries = append(all.Entries, entryOf(e.List, e.Entry))
		last, size = e, size+len(e.Title)
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
		return "", at, errNoCursor(cursor)
	}
	at, err = parseCursor(parts[0] + "/" + parts[1])
	return parts[2], at, err
}
