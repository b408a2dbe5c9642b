package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"

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

// maxKey is how long an Idempotency-Key may be.
const maxKey = 255

// An outcome is what has become of a list.
type outcome struct {
	version  todo.Version // of the list, once the change is durable
	revision uint64       // of the list as the change left it
	earlier  bool         // the change was made before, and others may have followed
	entries  []todo.Entry
}

// An ask is a change of one list that a client asks for, with all that is needed to make it.
type ask struct {
	cache   *cache.Cache
	limiter *limiter
	tags    tags
	list    string
	entry   uint64 // the only entry that is changed: If-Match may hold its tags, too; 0: there may be several
	Conditions
	operation *todo.Operation
	command   todo.Command
}

// operationOf returns what the list remembers of a request with an Idempotency-Key: a digest of the token and the key, and
// one of what was asked for. Nothing is remembered of a request without a key.
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
	if err := a.limiter.acquire(ctx, a.list); err != nil {
		return outcome{}, err
	}
	defer a.limiter.release(a.list)
	var out outcome
	version, err := a.cache.Do(ctx, a.list, func(d *todo.Draft) (err error) {
		out, err = runOnce(d, a.operation, &a.command, a.compare)
		return err
	})
	if err != nil {
		return outcome{}, err
	}
	out.version = version
	return out, nil
}

// runOnce runs a command on the list's server, if the condition holds that the request for it makes. A command whose
// operation the list remembers was run before: what it did is told again.
func runOnce(d *todo.Draft, operation *todo.Operation, command *todo.Command, condition func(*todo.Draft) error) (out outcome, err error) {
	made, err := d.Once(operation, func() (err error) {
		if err = condition(d); err == nil {
			out.entries, err = command.Run(d, nil)
		}
		return err
	})
	if err != nil {
		return outcome{}, err
	}
	if made == nil {
		out.revision = d.Rev
		return out, nil
	}
	return outcome{revision: made.Rev, earlier: true, entries: made.Answer()}, nil
}

var errChanged = &todo.Error{Code: problem.Changed, Message: "it has been changed since you looked", Hint: "look again"}

// compare returns an error if the client made the condition If-Match, and neither the entry nor the list has one of its tags.
func (a *ask) compare(d *todo.Draft) error {
	if a.IfMatch == "" {
		return nil
	}
	entry, exists := "", d.Rev > 0
	if a.entry != 0 {
		var e todo.Entry
		e, exists = d.Entry(a.entry)
		entry = entryTag(e)
	}
	list := a.tags.list(d.Version, d.Rev)
	right := func(tag string) bool { return tag == entry || tag == list || isSpanOf(tag, list) }
	if exists && matches(a.IfMatch, right) {
		return nil
	}
	d.Verify = true
	return errChanged
}
