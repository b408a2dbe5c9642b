package api

import (
	"encoding/json"
	"iter"
	"reflect"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"todoshell/todo"
)

// The shapes of JSON. An entry of a call about many lists names its own.
type entry struct {
	List   string   `json:"list,omitempty" doc:"The list's name, in calls about many"`
	ID     uint64   `json:"id"`
	Date   jsonDate `json:"date"`
	Status string   `json:"status" enum:"open,done"`
	Title  string   `json:"title"`
}

func entryOf(list string, e todo.Entry) entry {
	return entry{list, e.ID, jsonDate(e.Date), e.Status.String(), e.Title}
}

// entries are written one after another: whoever reads slowly holds no text of them.
type entries iter.Seq[todo.Entry]

// MarshalJSONTo writes an array of [entry].
func (all entries) MarshalJSONTo(out *jsontext.Encoder) error {
	if err := out.WriteToken(jsontext.BeginArray); err != nil {
		return err
	}
	for e := range all {
		shown := entryOf("", e)
		if err := jsonv2.MarshalEncode(out, &shown); err != nil {
			return err
		}
	}
	return out.WriteToken(jsontext.EndArray)
}

// Schema is that of the array.
func (entries) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[[]entry](), true, "")
}

// A Change is one of the journal's.
type Change struct {
	List    string    `json:"list,omitempty"`
	Rev     uint64    `json:"rev"`
	Time    time.Time `json:"time"`
	By      string    `json:"by,omitempty" doc:"Who made it: the name of their token; left out where they needed none"`
	What    string    `json:"what" doc:"The command: add, update, done, reopen, delete, import, undo, redo, drop"`
	Entries entries   `json:"entries" doc:"As the change left them; those that it removed as they were"`
	Removed []uint64  `json:"removed,omitempty" doc:"The ids of the entries that are gone after it"`
}

// ChangeOf returns a change as clients see it. In a call about one list, the list has no name.
func ChangeOf(list string, c todo.Change) Change {
	shown := Change{list, c.Rev, c.Time, c.By, c.Kind.String(), entries(slices.Values(c.Entries())), nil}
	for _, e := range c.Edits {
		if e.After.ID == 0 {
			shown.Removed = append(shown.Removed, e.Before.ID)
		}
	}
	return shown
}

// A jsonDate is YYYY-MM-DD, or null for none.
type jsonDate todo.Date

// MarshalJSONTo writes it.
func (d jsonDate) MarshalJSONTo(out *jsontext.Encoder) error {
	if d == 0 {
		return out.WriteToken(jsontext.Null)
	}
	var b [len(`"2006-01-02"`)]byte
	return out.WriteValue(append(todo.Date(d).Append(append(b[:0], '"')), '"'))
}

// Schema describes a date.
func (jsonDate) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date", Nullable: true, Description: "YYYY-MM-DD, or null for none",
		Examples: []any{"2024-01-31"}}
}

// A dateField is a date in a request: YYYY-MM-DD, or null for none, or left out. It
// takes no words such as today: clients live in other time zones.
type dateField struct{ optional[*string] }

// Schema is that of a date. Which days there are is looked at later.
func (dateField) Schema(r huma.Registry) *huma.Schema { return jsonDate(0).Schema(r) }

// date returns the date, nil where it was left out.
func (f dateField) date() (*todo.Date, error) {
	var none todo.Date
	switch {
	case !f.given:
		return nil, nil //nolint:nilnil // nil is none
	case f.value == nil:
		return &none, nil
	}
	d, err := todo.ParseISODate(*f.value)
	return &d, err
}

// optional tells what was left out from what is null.
type optional[T any] struct {
	value T
	given bool
}

// UnmarshalJSONFrom reads it.
func (o *optional[T]) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	o.given = true
	return jsonv2.UnmarshalDecode(d, &o.value)
}

// MarshalJSON is for digests of requests.
func (o optional[T]) MarshalJSON() ([]byte, error) { return json.Marshal([]any{o.given, o.value}) }

// Schema is that of the value.
func (optional[T]) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[T](), true, "")
}

// pointer returns nil where nothing was given.
func (o optional[T]) pointer() *T {
	if !o.given {
		return nil
	}
	return &o.value
}

// A statusField is a status in a request, or left out.
type statusField struct{ optional[string] }

// Schema is that of a status.
func (statusField) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Enum: []any{"open", "done"}}
}

// status returns the status, nil where it was left out.
func (f statusField) status() (*todo.Status, error) {
	if !f.given {
		return nil, nil //nolint:nilnil // nil is none
	}
	s, err := todo.ParseStatus(f.value)
	return &s, err
}
