package api

import (
	"context"
	"net/http"

	"todoshell/todo"
)

// A summary is what there is to say of a list.
type summary struct {
	Name     string `json:"name"`
	Revision uint64 `json:"revision" doc:"How many changes it has had"`
	Entries  int    `json:"entries"`
	Open     int    `json:"open" doc:"How many entries are still to be done"`
}

func summaryOf(h todo.Head) summary { return summary{h.Name, h.Rev, h.Entries, h.Open} }

type summaries struct {
	Lists []summary `json:"lists"`
	Next  string    `json:"next,omitempty" doc:"The cursor of the next page, if there is one"`
}

func (a *API) listCalls() {
	register(a, http.MethodGet, "/v1/lists", "lists", "name the lists, in byte order", http.StatusOK,
		func(ctx context.Context, in *struct {
			Prefix string `query:"prefix" doc:"What the names begin with"`
			Limit  int    `query:"limit" default:"100" minimum:"1" maximum:"1000"`
			Cursor string `query:"cursor" doc:"What the page before called next"`
		}) (*answer[summaries], error) {
			page, err := a.lists(ctx, in.Prefix, in.Cursor, in.Limit)
			return &answer[summaries]{page}, err
		})
	register(a, http.MethodGet, "/v1/lists/{list}", "list", "describe a list", http.StatusOK,
		func(ctx context.Context, in *struct {
			InList
			KnownTags
		}) (*tagged[summary], error) {
			list, err := a.within(ctx).List(ctx, in.List)
			return tag(a.tags.of(list), summaryOf(todo.HeadOf(in.List, list))), err
		})
	register(a, http.MethodDelete, "/v1/lists/{list}", "drop", "remove a list and its log for good", http.StatusNoContent,
		func(ctx context.Context, in *struct {
			InList
			Conditions
		}) (*struct{}, error) {
			_, err := a.ask(ctx, in.List, in.Conditions, todo.Command{Kind: todo.Drop}).do(ctx)
			return nil, err
		})
}

func (a *API) lists(ctx context.Context, prefix, after string, limit int) (page summaries, err error) {
	page.Lists = []summary{}
	for head, err := range a.within(ctx).Heads(ctx, prefix, after) {
		if err != nil {
			return page, err
		}
		if head.Name == after {
			continue // the last of the page before
		}
		if len(page.Lists) == limit {
			page.Next = page.Lists[limit-1].Name
			break
		}
		page.Lists = append(page.Lists, summaryOf(head))
	}
	return page, nil
}
