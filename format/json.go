package format

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"todoshell/todo"
)

// object is an entry as it is written.
type object struct {
	List   string  `json:"list"`
	ID     uint64  `json:"id"`
	Date   *string `json:"date"`
	Status string  `json:"status"`
	Title  string  `json:"title"`
}

func writeJSON(w io.Writer, list string, entries iter.Seq[todo.Entry]) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for e := range entries {
		line := object{List: list, ID: e.ID, Status: e.Status.String(), Title: e.Title}
		if e.Date != 0 {
			date := e.Date.String()
			line.Date = &date
		}
		if err := out.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

// Programs write objects one after the other, or in an array, or that in an
// object, or in objects that are lists. These are the members that hold them.
var (
	holders     = strings.Fields("items tasks cards todos reminders value results entries")
	listHolders = strings.Fields("lists tasklists projects boards data")
)

// maxNesting is how deep the objects of entries are in others.
const maxNesting = 6

// jsonReader goes through a file token by token, in little memory.
type jsonReader struct {
	*reading
	dec     *jsontext.Decoder
	text    *records
	line    int // of the latest value
	objects int // that have begun
}

func readJSON(in *bufio.Reader, r *reading) error {
	text := &records{in: in}
	j := &jsonReader{reading: r, text: text, dec: jsontext.NewDecoder(text), line: 1}
	for {
		err := j.value(0, false)
		if errors.Is(err, io.EOF) && j.dec.StackDepth() == 0 {
			return nil
		}
		if err != nil {
			return j.wrong(err)
		}
	}
}

// wrong says where something is wrong.
func (j *jsonReader) wrong(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return atLine(j.line, badJSON("the file ends before the object does"))
	}
	syntax, ok := errors.AsType[*jsontext.SyntacticError](err)
	if !ok {
		return atLine(j.line, err)
	}
	line := j.text.next(syntax.ByteOffset)
	switch message := syntax.Err.Error(); {
	case strings.Contains(message, "UTF-8"):
		return atLine(line, &todo.Error{Code: todo.BadUTF8, Message: "the object is not valid UTF-8", Hint: utf8Hint})
	case errors.Is(err, jsontext.ErrDuplicateName):
		return atLine(line, badJSON("%q stands twice in the object", syntax.JSONPointer.LastToken()))
	default:
		return atLine(line, badJSON("%s", message))
	}
}

// token reads a token and knows its line.
func (j *jsonReader) token() (jsontext.Token, error) {
	t, err := j.dec.ReadToken()
	j.line = j.text.next(max(0, j.dec.InputOffset()-1))
	return t, err
}

// value reads an object or an array of them. Lists are no entries themselves.
func (j *jsonReader) value(depth int, lists bool) error {
	t, err := j.token()
	switch {
	case err != nil:
		return err
	case t.Kind() == '{':
		j.objects++
		it := jsonItem{isList: lists, number: j.objects}
		if err = j.members(&it, depth); err != nil {
			return err
		}
		return j.end(&it)
	case t.Kind() != '[':
		return badJSON("there is a %s in place of an object", kindOf(t.Kind()))
	case depth == maxNesting:
		return badJSON("the arrays are %d deep", depth+1)
	}
	for j.dec.PeekKind() != ']' {
		if err = j.value(depth+1, lists); err != nil {
			return unexpected(err)
		}
	}
	_, err = j.token()
	return unexpected(err)
}

// unexpected is for the end of a file in the middle of something.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// A jsonItem is an object that is being read.
type jsonItem struct {
	item
	number int
	isList bool         // and no entry
	holds  bool         // entries
	google bool         // whose days have a time that means nothing
	task   bool         // of Taskwarrior, whose ids are no more than places in a list
	left   []jsonMember // that have no place
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
		unquoted, _ := jsontext.AppendUnquote(nil, raw) // it was read, so it is right
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
	case k.role == kindRole, k.role == idRole && kind == '"': // of another program
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

// skip reads a value of any length, and tells whether there is anything in it. Text
// is that of a short string.
func (j *jsonReader) skip() (has bool, text string, err error) {
	depth := j.dec.StackDepth()
	for n := 0; ; n++ {
		t, err := j.token()
		if err != nil {
			return has, text, unexpected(err)
		}
		switch kind := t.Kind(); kind {
		case 'n', 'f', '}', ']':
			has = has || n > 1
		case '0':
			has = has || n > 0 || strings.Trim(t.String(), "0.") != ""
		case '"':
			if text = t.String(); text != "" {
				has = true
			}
		case '{', '[':
			has = has || n > 0
		default:
			has = true
		}
		if j.dec.StackDepth() == depth {
			return has, text[:min(len(text), maxKnown)], nil
		}
	}
}

func kindOf(k jsontext.Kind) string {
	switch k {
	case 't', 'f':
		return "bool"
	case '"':
		return "string"
	case '0':
		return "number"
	case '[':
		return "array"
	case '{':
		return "object"
	}
	return k.String()
}

func badJSON(format string, args ...any) error {
	return &todo.Error{
		Code:    BadImport,
		Message: fmt.Sprintf(format, args...),
		Hint:    `write an object a line, as {"id":1,"date":"2024-01-31","status":"open","title":"Dentist"}`,
	}
}
