package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"unsafe"

	"todoshell/todo"
)

// A result is what has become of entries.
type result struct {
	List     string  `json:"list"`
	Revision uint64  `json:"revision"`
	Entries  entries `json:"entries"`
}

type newEntry struct {
	Title string    `json:"title" minLength:"1" doc:"Something of it can be seen"`
	Date  dateField `json:"date,omitzero"`
}

type patch struct {
	Title  optional[string] `json:"title,omitzero"`
	Date   dateField        `json:"date,omitzero"`
	Status statusField      `json:"status,omitzero"`
}

type ids struct {
	IDs []uint64 `json:"ids" minItems:"1" maxItems:"10000"`
}

// command returns the command that adds the entry.
func (e newEntry) command() (todo.Command, error) {
	date, err := e.Date.date()
	return todo.Command{Kind: todo.Add, Patch: todo.Patch{Title: &e.Title, Date: date}}, err
}

// command returns the command that changes the entry with the only one of the ids.
func (p patch) command(ids []uint64) (todo.Command, error) {
	date, err := p.Date.date()
	if err != nil {
		return todo.Command{}, err
	}
	status, err := p.Status.status()
	return todo.Command{Kind: todo.Update, IDs: ids, Patch: todo.Patch{Title: p.Title.pointer(), Date: date, Status: status}}, err
}

// InEntry are the parameters of a call about one entry.
type InEntry struct {
	InList
	ID uint64 `path:"id" minimum:"1"`
}

func (a *API) entryCalls() {
	register(a, http.MethodGet, "/v1/lists/{list}/entries", "entries", "show a list, or what falls into a span of dates", http.StatusOK,
		func(ctx context.Context, in *struct {
			InList
			When   string `query:"when" doc:"As in the shell: 2024-01-01, today, FROM..TO, week, month, overdue, none"`
			Status string `query:"status" enum:"open,done"`
			Order  string `query:"order" enum:"asc,desc" doc:"asc goes by date, with what has none last, then by id; desc goes the other way"`
			Limit  int    `query:"limit" default:"1000" minimum:"1" maximum:"10000"`
			Cursor string `query:"cursor" doc:"What the page before called next"`
			KnownTags
		}) (*tagged[entriesPage], error) {
			span, err := a.span(in.When, in.Status, todo.Always)
			if err != nil {
				return nil, err
			}
			list, err := a.within(ctx).List(ctx, in.List)
			if err != nil {
				return nil, err
			}
			is := a.tags.of(list)
			if in.When != "" && is != "" {
				is = a.tags.span(list, span)
			}
			all, next, err := pageOf(list, span, in.Order == "desc", in.Cursor, in.Limit)
			return tag(is, entriesPage{in.List, list.Rev, all, next}), err
		})
	register(a, http.MethodPost, "/v1/lists/{list}/entries", "add", "add an entry", http.StatusCreated,
		func(ctx context.Context, in *struct {
			InList
			Conditions
			Body body[newEntry]
		}) (*located, error) {
			command, err := in.Body.value.command()
			if err != nil {
				return nil, err
			}
			out, err := a.ask(ctx, in.List, in.Conditions, command, in.Body.value).do(ctx)
			if err != nil {
				return nil, err
			}
			e := out.entries[0]
			return &located{entryTag(e), fmt.Sprintf("/v1/lists/%s/entries/%d", url.PathEscape(in.List), e.ID), entryOf("", e)}, nil
		})
	register(a, http.MethodGet, "/v1/lists/{list}/entries/{id}", "entry", "show an entry", http.StatusOK,
		func(ctx context.Context, in *struct {
			InEntry
			KnownTags
		}) (*tagged[entry], error) {
			list, err := a.within(ctx).List(ctx, in.List)
			if err != nil {
				return nil, err
			}
			e, ok := list.Entry(in.ID)
			if !ok {
				return nil, &todo.Error{Code: todo.UnknownID, Message: fmt.Sprintf("there is no entry %d", in.ID), Hint: "see the list's entries"}
			}
			return entryAnswer(e), nil
		})
	register(a, http.MethodPatch, "/v1/lists/{list}/entries/{id}", "update", "change an entry", http.StatusOK,
		func(ctx context.Context, in *struct {
			InEntry
			Conditions
			Body body[patch]
		}) (*tagged[entry], error) {
			command, err := in.Body.value.command([]uint64{in.ID})
			if err != nil {
				return nil, err
			}
			return a.changeEntry(ctx, in.InEntry, in.Conditions, command, in.Body.value)
		})
	register(a, http.MethodDelete, "/v1/lists/{list}/entries/{id}", "delete", "delete an entry", http.StatusOK,
		func(ctx context.Context, in *struct {
			InEntry
			Conditions
		}) (*tagged[entry], error) {
			return a.changeEntry(ctx, in.InEntry, in.Conditions, todo.Command{Kind: todo.Delete, IDs: []uint64{in.ID}}, nil)
		})
	a.changeMany(todo.Finish, "mark entries as done, all or none")
	a.changeMany(todo.Reopen, "mark entries as open again, all or none")
	a.changeMany(todo.Delete, "delete entries, all or none")
	a.changeLatest(todo.Undo, "take the list's latest change back; again: the one before")
	a.changeLatest(todo.Redo, "make the change again that undo took back")
}

// changeMany adds the call of a command on some entries.
func (a *API) changeMany(kind todo.Kind, summary string) {
	name := kind.String()
	register(a, http.MethodPost, "/v1/lists/{list}/"+name, name+"-many", summary, http.StatusOK,
		func(ctx context.Context, in *struct {
			InList
			Conditions
			Body body[ids]
		}) (*tagged[result], error) {
			sent := in.Body.value
			return a.changeAll(ctx, a.ask(ctx, in.List, in.Conditions, todo.Command{Kind: kind, IDs: sent.IDs}, sent))
		})
}

// changeLatest adds the call of a command on the journal.
func (a *API) changeLatest(kind todo.Kind, summary string) {
	name := kind.String()
	register(a, http.MethodPost, "/v1/lists/{list}/"+name, name, summary, http.StatusOK,
		func(ctx context.Context, in *struct {
			InList
			Conditions
		}) (*tagged[result], error) {
			return a.changeAll(ctx, a.ask(ctx, in.List, in.Conditions, todo.Command{Kind: kind}))
		})
}

// changeAll changes any number of entries. They stay in memory until the answer is written: if answers to slow readers
// already hold too much, it changes nothing, and the client is to try again.
func (a *API) changeAll(ctx context.Context, ask *ask) (*tagged[result], error) {
	if a.longAnswers.full() {
		return nil, errBusy
	}
	out, err := ask.do(ctx)
	size := 0
	for _, e := range out.entries {
		size += len(e.Title) + int(unsafe.Sizeof(e))
	}
	if size > maxPage {
		a.longAnswers.add(ctx, size)
	}
	return resultOf(ask, out), err
}

// ask returns a change to be made. The list remembers, by the command's name and what was sent, what the request's key
// stands for.
func (a *API) ask(ctx context.Context, list string, c Conditions, command todo.Command, sent ...any) *ask {
	return &ask{cache: a.within(ctx), limiter: &a.limiter, tags: a.tags, list: list, Conditions: c, command: command,
		operation: operationOf(ctx, c.Key, list, append([]any{command.Kind.String()}, sent...))}
}

// changeEntry changes one entry.
func (a *API) changeEntry(ctx context.Context, in InEntry, c Conditions, command todo.Command, sent any) (*tagged[entry], error) {
	ask := a.ask(ctx, in.List, c, command, in.ID, sent)
	ask.entry = in.ID
	out, err := ask.do(ctx)
	if err != nil {
		return nil, err
	}
	return entryAnswer(out.entries[0]), nil
}

func entryAnswer(e todo.Entry) *tagged[entry] { return tag(entryTag(e), entryOf("", e)) }

// A located answer tells where the entry is.
type located struct {
	Tag      string `header:"ETag"`
	Location string `header:"Location"`
	Body     entry
}

func resultOf(ask *ask, out outcome) *tagged[result] {
	is := ""
	if !out.earlier {
		is = ask.tags.list(out.version, out.revision)
	}
	return tag(is, result{ask.list, out.revision, entries(slices.Values(out.entries))})
}
