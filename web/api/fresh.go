package api

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"todoshell/todo"

	"todoshell/web/guard"
	"todoshell/web/problem"
)

// freshCalls are the looks that can be asked to be as new as anyone's.
var freshCalls = []string{"lists", "list", "entries", "entry", "log", "export", "agenda", "find", "chapter-entries"}

const freshDoc = "1: show all that anyone had been answered before, also where lists are kept on several machines, or answer cluster_unavailable"

// describeFresh adds the parameter fresh to the calls that take it.
func (a *API) describeFresh() {
	for _, item := range a.OpenAPI().Paths {
		if o := item.Get; o != nil && slices.Contains(freshCalls, o.OperationID) {
			o.Parameters = append(o.Parameters, &huma.Param{Name: "fresh", In: "query", Description: freshDoc,
				Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"1"}}})
		}
	}
}

// fresh waits until the answer to a look will be as new as the request asks for: with fresh=1 it shows all that anyone had
// been answered before, and with entity tags it is not older than what they are of, which may come from another machine.
func (rs *Routes) fresh(d *described, r *http.Request) error {
	if !d.fresh {
		return nil
	}
	ctx := r.Context()
	lists := rs.cache.Within(guard.GrantOf(ctx))
	if r.URL.RawQuery != "" {
		query := r.URL.Query()
		switch asked := query.Get("fresh"); {
		case asked == "1":
			return lists.Fresh(ctx, cmp.Or(r.PathValue("list"), query.Get("list")))
		case query.Has("fresh"):
			return problem.Flawed(http.StatusUnprocessableEntity, "the request is not as described",
				[]*problem.Flaw{{Message: `expected value to be "1"`, Location: "query.fresh", Value: asked}})
		}
	}
	known, wanted := r.Header.Get("If-None-Match"), r.Header.Get("If-Match")
	if !d.list || known == "" && wanted == "" {
		return nil
	}
	list, err := lists.List(ctx, r.PathValue("list"))
	if err != nil {
		return err
	}
	newer := func(tag string) bool { return rs.tags.mayBeNewer(tag, list, r.PathValue("id")) }
	if matches(known, newer) || matches(wanted, newer) {
		return lists.Fresh(ctx, r.PathValue("list"))
	}
	return nil
}

// mayBeNewer tells whether an entity tag may be that of a newer list than the one here, or of what
// a newer one holds: for what is none of the list's tags, that of the entry with the id is the only one that is not.
func (t tags) mayBeNewer(tag string, list todo.List, id string) bool {
	if v, rev, ok := t.open(tag); ok {
		return v > list.Version || v == list.Version && rev > list.Rev
	}
	n, _ := strconv.ParseUint(id, 10, 64)
	e, there := list.Entry(n)
	return !there || tag != entryTag(e)
}
