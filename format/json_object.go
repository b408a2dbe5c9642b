package format

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// A jsonItem is an object that is being read.
type jsonItem struct {
	item
	number int
	isList bool         // of entries, and no entry itself
	holds  bool         // it has a member with entries in it
	google bool         // of Google Tasks, whose days are written with a time that means nothing
	task   bool         // of Taskwarrior, whose ids are no more than places in a list
	left   []jsonMember // members for which an entry has no place
}

type jsonMember struct {
	name  string
	large bool // an array or an object
}

func (it *jsonItem) leave(name string, kind jsontext.Kind) {
	if len(it.left) < maxLeftOut {
		it.left = append(it.left, jsonMember{name, kind == '[' || kind == '{'})
	}
}

// members reads what follows the brace of an object.
func (j *jsonReader) members(it *jsonItem, depth int) error {
	for j.dec.PeekKind() != '}' {
		t, err := j.token()
		if err != nil {
			return unexpected(err)
		}
		name := t.String()
		if err := j.member(it, name, depth); err != nil {
			return unexpected(err)
		}
	}
	_, err := j.token()
	return err
}

func (j *jsonReader) member(it *jsonItem, name string, depth int) error {
	kind := j.dec.PeekKind()
	k, isKnown := lookUp(name)
	low := plain(name)
	switch {
	case kind == '{' && low == "attributes": // of Things
		if _, err := j.token(); err != nil {
			return err
		}
		if depth == maxNesting {
			return badJSON("the objects are %d deep", depth)
		}
		return j.members(it, depth+1)
	case (kind == '[' || kind == '{') && depth < maxNesting && (slices.Contains(holders, low) || slices.Contains(listHolders, low)):
		return j.held(it, name, depth, slices.Contains(listHolders, low))
	case isKnown:
		return j.known(it, k, name)
	}
	has, text, err := j.skip()
	if err != nil || !has {
		return err
	}
	switch low {
	case "kind":
		it.google = strings.HasPrefix(text, "tasks#")
		it.isList = it.isList || it.google && text != "tasks#task"
	case "uuid":
		it.task = true
	}
	it.leave(name, kind)
	return nil
}

// held reads a member that holds entries, unless what it holds is none.
func (j *jsonReader) held(it *jsonItem, name string, depth int, lists bool) error {
	if j.dec.PeekKind() == '{' {
		before := len(j.entries)
		err := j.value(depth+1, true)
		it.holds = it.holds || len(j.entries) > before
		return err
	}
	if _, err := j.token(); err != nil {
		return err
	}
	for j.dec.PeekKind() == '{' {
		it.holds = it.holds || !lists
		before := len(j.entries)
		if err := j.value(depth+1, lists); err != nil {
			return err
		}
		it.holds = it.holds || len(j.entries) > before
	}
	for j.dec.PeekKind() != ']' {
		if _, _, err := j.skip(); err != nil {
			return err
		}
		it.leave(name, '[')
	}
	_, err := j.token()
	return err
}

// known reads a member of a known name.
func (j *jsonReader) known(it *jsonItem, k known, name string) error {
	kind := j.dec.PeekKind()
	if kind == '[' || kind == '{' && k.role != dateRole && k.role != completedRole {
		has, _, err := j.skip()
		if has && k.role == titleRole && k.rank == 0 {
			return badJSON("the %s is an %s", name, kindOf(kind))
		}
		if has {
			it.leave(name, kind)
		}
		return err
	}
	raw, err := j.dec.ReadValue()
	if err != nil {
		return err
	}
	j.line = j.text.next(j.dec.InputOffset() - 1)
	text := ""
	switch kind {
	case 'n':
	case '"':
		unquoted, _ := jsontext.AppendUnquote(nil, raw) // no error: the decoder has accepted it
		text = string(unquoted)
	case '{':
		text = j.when(name, raw)
	default:
		text = string(raw)
	}
	switch {
	case k.role == titleRole && kind != '"' && kind != 'n':
		if k.rank == 0 {
			return badJSON("the %s is a %s", name, kindOf(kind))
		}
		it.leave(name, kind)
		return nil
	case text == "":
		return nil
	case k.role == kindRole, k.role == idRole && kind == '"': // ids in other programs' formats are left out
		it.leave(name, kind)
		return nil
	}
	j.put(&it.item, k, name, text)
	return nil
}

// when returns the moment that an object is about, as Microsoft, Notion and Todoist
// have them.
func (j *jsonReader) when(name string, raw []byte) string {
	var when struct {
		DateTime, Date, Start string
		TimeZone              string
		Recurring             bool `json:"is_recurring"`
	}
	if json.Unmarshal(raw, &when) != nil {
		return string(raw) // which is no date
	}
	if when.Recurring {
		j.leave(name + " that repeats")
	}
	text := cmp.Or(when.DateTime, when.Date, when.Start)
	if zone := j.location(when.TimeZone); when.TimeZone != "" && zone != nil {
		if at, err := time.ParseInLocation("2006-01-02T15:04:05", text, zone); err == nil {
			return at.Format(time.RFC3339)
		}
	}
	return text
}

// end makes an entry of an object, unless it is a list of them.
func (j *jsonReader) end(it *jsonItem) error {
	j.number = it.number
	if j.deleted(it.item[statusRole]) {
		return nil
	}
	isList := it.isList || it.holds && it.text(dateRole)+it.text(statusRole)+it.text(completedRole) == ""
	isOwn := it.text(idRole) != "" && it.text(statusRole) != ""
	for _, m := range it.left {
		if m.large || !isList && (m.name != "list" || !isOwn) {
			j.leave(m.name)
		}
	}
	switch {
	case isList && it.text(titleRole) != "":
		j.leave(it.item[titleRole].name + " of a list")
		return nil
	case isList:
		return nil
	case it.item == (item{}) && len(it.left) > 0:
		return badJSON("the object has no title")
	}
	if it.google {
		it.item[dateRole].text, _, _ = strings.Cut(it.text(dateRole), "T00:00:00")
	}
	if it.task {
		it.item[idRole] = field{}
	}
	return j.take(&it.item)
}
