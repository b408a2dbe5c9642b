package web

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

// maxIDs is how many entries one command changes by their ids.
const maxIDs = 10_000

type ids struct {
	IDs []uint64 `json:"ids" minItems:"1" maxItems:"10000"`
}

func (in ids) check() error {
	if n := len(in.IDs); n < 1 || n > maxIDs {
		return &todo.Error{Code: badRequest, Message: fmt.Sprintf("there are %d ids", n), Hint: fmt.Sprintf(`name 1 to %d: "ids":[1,2]`, maxIDs)}
	}
	return nil
}

// InEntry are the parameters of a call about one entry.
type InEntry struct {
	InList
	ID uint64 `path:"id" minimum:"1"`
}

func (a *api) entryCalls() {
	register(a, http.MethodGet, "/v1/lists/{list}/entries", "entries", "show a list, or what falls into a span of dates", http.StatusOK,
		func(ctx context.Context, in *struct {
			InList
			When   string `query:"when" doc:"As in the shell: 2024-01-01, today, FROM..TO, week, month, overdue, none"`
			Status string `query:"status" enum:"open,done"`
			Order  string `query:"order" enum:"asc,desc" doc:"asc goes by date, with what has none last, then by id; desc goes the other way"`
			Limit  int    `query:"limit" default:"1000" minimum:"1" maximum:"10000"`
			Cursor string `query:"cursor" doc:"What the page before called next"`
			IfNoneMatch
		}) (*tagged[entriesPage], error) {
			span, err := a.span(in.When, in.Status, todo.Always)
			if err != nil {
				return nil, err
			}
			list, err := a.within(ctx).List(ctx, in.List)
			if err != nil {
				return nil, err
			}
			is := tagOf(list)
			if in.When != "" && is != "" {
				is = spanTag(list, span)
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
			sent := in.Body.value
			date, err := sent.Date.date()
			if err != nil {
				return nil, err
			}
			out, err := a.change(ctx, in.List, in.Conditions, "add", sent, adding(date, sent.Title))
			if err != nil {
				return nil, err
			}
			e := out.entries[0]
			return &located{entryTag(e), fmt.Sprintf("/v1/lists/%s/entries/%d", url.PathEscape(in.List), e.ID), entryOf("", e)}, nil
		})
	register(a, http.MethodGet, "/v1/lists/{list}/entries/{id}", "entry", "show an entry", http.StatusOK,
		func(ctx context.Context, in *struct {
			InEntry
			IfNoneMatch
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
			p, err := in.Body.value.patch()
			if err != nil {
				return nil, err
			}
			return a.changeEntry(ctx, in.InEntry, in.Conditions, "update", in.Body.value, patching(in.ID, p))
		})
	register(a, http.MethodDelete, "/v1/lists/{list}/entries/{id}", "delete", "delete an entry", http.StatusOK,
		func(ctx context.Context, in *struct {
			InEntry
			Conditions
		}) (*tagged[entry], error) {
			return a.changeEntry(ctx, in.InEntry, in.Conditions, "delete", nil, func(d *todo.Draft) ([]todo.Entry, error) {
				return d.Delete(in.ID)
			})
		})
	a.changeMany("done", "mark entries as done, all or none", (*todo.Draft).Finish)
	a.changeMany("reopen", "mark entries as open again, all or none", (*todo.Draft).Reopen)
	a.changeMany("delete", "delete entries, all or none", (*todo.Draft).Delete)
	a.changeLatest("undo", "take the list's latest change back; again: the one before", (*todo.Draft).Undo)
	a.changeLatest("redo", "make the change again that undo took back", (*todo.Draft).Redo)
}

// adding adds an entry, with no date where that is nil.
func adding(date *todo.Date, title string) func(*todo.Draft) ([]todo.Entry, error) {
	if date == nil {
		date = new(todo.Date)
	}
	return func(d *todo.Draft) ([]todo.Entry, error) {
		e, err := d.Add(*date, title)
		return []todo.Entry{e}, err
	}
}

func patching(id uint64, p todo.Patch) func(*todo.Draft) ([]todo.Entry, error) {
	return func(d *todo.Draft) ([]todo.Entry, error) {
		e, err := d.Patch(id, p)
		return []todo.Entry{e}, err
	}
}

// changeMany adds the call of a command on some entries.
func (a *api) changeMany(name, summary string, f func(*todo.Draft, ...uint64) ([]todo.Entry, error)) {
	register(a, http.MethodPost, "/v1/lists/{list}/"+name, name+"-many", summary, http.StatusOK,
		func(ctx context.Context, in *struct {
			InList
			Conditions
			Body body[ids]
		}) (*tagged[result], error) {
			sent := in.Body.value
			if err := sent.check(); err != nil {
				return nil, err
			}
			return a.changeAll(ctx, a.ask(ctx, in.List, in.Conditions, func(d *todo.Draft) ([]todo.Entry, error) { return f(d, sent.IDs...) }, name, sent))
		})
}

// changeLatest adds the call of a command on the journal.
func (a *api) changeLatest(name, summary string, f func(*todo.Draft) ([]todo.Entry, error)) {
	register(a, http.MethodPost, "/v1/lists/{list}/"+name, name, summary, http.StatusOK,
		func(ctx context.Context, in *struct {
			InList
			Conditions
		}) (*tagged[result], error) {
			ask := a.ask(ctx, in.List, in.Conditions, f, name)
			ask.came = true
			return a.changeAll(ctx, ask)
		})
}

// changeAll has many entries changed. Those of a long answer are held until it is written: where slow readers hold too
// many already, nothing is changed.
func (a *api) changeAll(ctx context.Context, ask *ask) (*tagged[result], error) {
	if a.held.Load() > maxHeld {
		return nil, errBusy
	}
	out, err := ask.do(ctx)
	size := 0
	for _, e := range out.entries {
		size += len(e.Title) + int(unsafe.Sizeof(e))
	}
	if size > maxPage {
		a.keep(ctx, size)
	}
	return resultOf(ask.list, out), err
}

// ask returns a change to be made. What says all that the request asks for, after
// its list.
func (a *api) ask(ctx context.Context, list string, c Conditions, f func(*todo.Draft) ([]todo.Entry, error), what ...any) *ask {
	return &ask{cache: a.within(ctx), turns: &a.turns, list: list, Conditions: c, operation: operationOf(ctx, c.Key, list, what), run: f}
}

// change has a change made.
func (a *api) change(ctx context.Context, list string, c Conditions, name string, body any,
	f func(*todo.Draft) ([]todo.Entry, error)) (outcome, error) {
	return a.ask(ctx, list, c, f, name, body).do(ctx)
}

// changeEntry has one entry changed.
func (a *api) changeEntry(ctx context.Context, in InEntry, c Conditions, name string, body any,
	f func(*todo.Draft) ([]todo.Entry, error)) (*tagged[entry], error) {
	ask := a.ask(ctx, in.List, c, f, name, in.ID, body)
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

func resultOf(list string, out outcome) *tagged[result] {
	is := ""
	if !out.earlier {
		is = listTag(out.revision, out.sum)
	}
	return tag(is, result{list, out.revision, entries(slices.Values(out.entries))})
}

func (p patch) patch() (changes todo.Patch, err error) {
	changes.Title = p.Title.pointer()
	if changes.Date, err = p.Date.date(); err != nil {
		return todo.Patch{}, err
	}
	changes.Status, err = p.Status.status()
	return changes, err
}
