package api

import (
	"strconv"
	"strings"

	"todoshell/todo"

	"todoshell/web/seal"
)

// tags are entity tags of lists: https://www.rfc-editor.org/rfc/rfc9110#name-etag.
type tags struct{ seal seal.Seal }

// list is the tag of a list at a revision, which became durable with an append. One append
// can serve many callers: the version tells the list from another one that had its name,
// the revision the change of one caller from that of the next.
func (t tags) list(v todo.Version, rev uint64) string { return `"` + t.seal.State(v, rev) + `"` }

// open reads the tag of a list, or of a span of it.
func (t tags) open(tag string) (v todo.Version, rev uint64, ok bool) {
	state, _, _ := strings.Cut(strings.Trim(tag, `"`), "-")
	return t.seal.OpenState(state)
}

// of is the tag of a list, none of one that is not there.
func (t tags) of(l todo.List) string {
	if l.Rev == 0 {
		return ""
	}
	return t.list(l.Version, l.Rev)
}

// span is the tag of what falls into a span of days: as the days go on, the same words
// mean another one.
func (t tags) span(l todo.List, span todo.Span) string {
	return strings.TrimSuffix(t.list(l.Version, l.Rev), `"`) + "-" + span.From.String() + ".." + span.To.String() + `"`
}

// isSpanOf tells whether a tag is of a span of the list with the other tag.
func isSpanOf(tag, list string) bool {
	return strings.HasPrefix(tag, strings.TrimSuffix(list, `"`)+"-")
}

// entryTag is the entity tag of an entry: the same for the same content.
func entryTag(e todo.Entry) string { return `"e` + strconv.FormatUint(e.Sum(), 36) + `"` }
