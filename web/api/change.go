package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"strconv"
	"strings"

	"todoshell/cache"
	"todoshell/todo"

	"todoshell/web/guard"
	"todoshell/web/problem"
)

// Conditions are what a request for a change may say besides.
type Conditions struct {
	Key     string `header:"Idempotency-Key" maxLength:"255" doc:"Makes asking again safe: a request with the same key is carried out once, and answered the same"`
	IfMatch string `header:"If-Match" doc:"Carry it out only if the entry, or the list, still has one of these entity tags"`
}

// maxKey is how long the names of what somebody has asked for may be.
const maxKey = 255

// An outcome is what has become of a list.
type outcome struct {
	revision uint64
	sum      uint64 // of the list as the change left it
	earlier  bool   // the change was made before, and others may have followed
	entries  []todo.Entry
}

// An ask is a change that somebody asks for.
type ask struct {
	cache *cache.Cache
	turns *turns
	list  string
	entry uint64 // whose tags If-Match may hold, too
	Conditions
	operation *todo.Operation
	command   todo.Command
}

// operationOf returns what the list is to remember of a request: with which token,
// whatever that is called, under which key, for what.
func operationOf(ctx context.Context, key string, request ...any) *todo.Operation {
	if key == "" {
		return nil
	}
	var o todo.Operation
	named := sha256.Sum256([]byte(guard.HolderOf(ctx).Hash + "\x00" + key))
	copy(o.Key[:], named[:])
	text, _ := json.Marshal(request) // made of strings, numbers and dates
	digest := sha256.Sum256(text)
	copy(o.Request[:], digest[:])
	return &o
}

// do has the change made on the list's server. A request that was carried out
// before is answered from the journal.
func (a *ask) do(ctx context.Context) (outcome, error) {
	if err := a.turns.take(ctx, a.list); err != nil {
		return outcome{}, err
	}
	defer a.turns.end(a.list)
	var out outcome
	err := a.cache.Call(ctx, a.list, func(d *todo.Draft) error {
		var err error
		out, err = a.on(d)
		return err
	})
	if err != nil {
		return outcome{}, err
	}
	return out, nil
}

// on runs on the list's server.
func (a *ask) on(d *todo.Draft) (out outcome, err error) {
	made, err := d.Once(a.operation, func() (err error) {
		if err = a.compare(d); err == nil {
			out.entries, err = a.command.Run(d, nil)
		}
		return err
	})
	if err != nil {
		return outcome{}, err
	}
	if made == nil {
		out.revision, out.sum = d.Rev, d.Sum()
		return out, nil
	}
	out.revision, out.earlier, out.entries = made.Rev, true, made.Answer()
	if made.Rev == 0 && a.command.Kind != todo.Drop {
		return outcome{}, &todo.Error{Code: todo.UnknownList, Message: "the list has been dropped since", Hint: "see: lists"}
	}
	return out, nil
}

// compare tells whether the condition holds.
func (a *ask) compare(d *todo.Draft) error {
	if a.IfMatch == "" {
		return nil
	}
	list, entry, exists := listTag(d.Rev, d.Sum()), "", d.Rev > 0
	if a.entry != 0 {
		var e todo.Entry
		e, exists = d.Entry(a.entry)
		entry = entryTag(e)
	}
	right := func(tag string) bool {
		return tag == list || tag == entry || strings.HasPrefix(tag, strings.TrimSuffix(list, `"`)+"-") // of a span
	}
	if exists && names(a.IfMatch, right) {
		return nil
	}
	return &todo.Error{Code: problem.Changed, Message: "it has been changed since you looked", Hint: "look again"}
}

// listTag is the entity tag of a list, of which each change makes another.
func listTag(revision, sum uint64) string {
	return `"` + strconv.FormatUint(revision, 10) + "-" + strconv.FormatUint(sum, 36) + `"`
}

// spanTag is that of what falls into a span of days: as the days go on, the same words mean another one.
func spanTag(l todo.List, span todo.Span) string {
	return strings.TrimSuffix(listTag(l.Rev, l.Sum()), `"`) + "-" + span.From.String() + ".." + span.To.String() + `"`
}

// entryTag is the entity tag of an entry: the same for the same content.
func entryTag(e todo.Entry) string { return `"e` + strconv.FormatUint(e.Sum(), 36) + `"` }
