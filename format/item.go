package format

import (
	"errors"
	"fmt"
	"strings"

	"todoshell/todo"
)

// An item is an entry as a file has it: the texts of what it says.
type item [roles]field

type field struct {
	known
	name string // as the file has it
	text string
}

func (it *item) text(r role) string { return it[r].text }

// put puts a text into its place in the item. Of two for one place, the one
// whose name has the lower rank stays.
func (r *reading) put(it *item, k known, name, text string) {
	if k.role != titleRole {
		text = strings.TrimSpace(text)
	}
	f := &it[k.role]
	switch {
	case todo.Blank(text):
		return
	case f.text == "":
	case f.text == text:
		return
	case k.rank < f.rank:
		r.leave(f.name)
	default:
		r.leave(name)
		return
	}
	*f = field{k, name, text}
}

const utf8Hint = "save the file as UTF-8; it may be in Latin-1 or Windows-1252"

// Untitled is the title of what has none.
const (
	Untitled   = "(untitled)"
	emptyTitle = `empty title, now "` + Untitled + `"`
)

// take makes an entry of an item. Of an empty one it makes none.
func (r *reading) take(it *item) (err error) {
	var e todo.Entry
	if *it == (item{}) {
		return nil
	}
	if e.ID, err = r.id(it); err != nil {
		return err
	}
	if f := it[dateRole]; f.text != "" {
		if e.Date, err = r.date(f.name, f.text); err != nil {
			return err
		}
	}
	if e.Status, err = r.status(it); err != nil {
		return err
	}
	e.Title = r.title(it)
	return r.add(e)
}

// id returns the id, 0 if there is none. Other programs number entries in ways of
// their own: such an id is left out.
func (r *reading) id(it *item) (uint64, error) {
	id, title := it[idRole], it[titleRole].name
	if id.text == "" {
		return 0, nil
	}
	n, err := parseID(id.text)
	switch {
	case err == nil && strings.EqualFold(id.name, "id") && (title == "" || strings.EqualFold(title, "title")):
		return n, nil
	case err != nil && id.name == "id" && (title == "" || title == "title"):
		return 0, err
	}
	r.leave(id.name)
	return 0, nil
}

// title returns the title, or the first line of the note.
func (r *reading) title(it *item) string {
	f := it[titleRole]
	if f.rank < noteRank {
		if f.text == "" {
			r.leave(emptyTitle)
			return Untitled
		}
		return f.text
	}
	first, rest := "", newlines.Replace(f.text)
	for todo.Blank(first) { // the text as a whole is not blank
		first, rest, _ = strings.Cut(rest, "\n")
	}
	if !todo.Blank(rest) {
		r.leave(f.name)
	}
	return first
}

func (r *reading) add(e todo.Entry) error {
	if err := checkTitle(e.Title); err != nil {
		return err
	}
	if len(r.entries) == MaxEntries {
		return errTooMany
	}
	r.entries = append(r.entries, e)
	return nil
}

func checkTitle(title string) error {
	err := todo.CheckTitle(title)
	if errors.Is(err, &todo.Error{Code: todo.BadUTF8}) {
		return &todo.Error{Code: todo.BadUTF8, Message: "the title is not valid UTF-8", Hint: utf8Hint}
	}
	return err
}

// date reads the date of an item.
func (r *reading) date(name, text string) (todo.Date, error) {
	if repeats(text) {
		r.leave(name + " that repeats")
		return 0, nil
	}
	day, timed, err := dayOf(text, r.zone)
	if timed {
		r.leave("time of " + name)
	}
	return day, err
}

// deleted tells whether a status says that an item is in the bin, and notes that.
func (r *reading) deleted(status field) bool {
	deleted := len(status.text) <= maxKnown && statuses[plain(status.text)] == deletedWord
	if deleted {
		r.leave("all with " + status.name + " " + strings.ToLower(status.text))
	}
	return deleted
}

// status tells what an item says of being done: its status decides, then
// whether or when it was completed, then how much of it.
func (r *reading) status(it *item) (todo.Status, error) {
	if f := it[canceledRole]; f.text != "" {
		if canceled, known := isYes(f.text); canceled || !known {
			r.leave(f.name + ", now done")
			return todo.Done, nil
		}
	}
	done := it[completedRole]
	_, _, wrong := dayOf(done.text, r.zone)
	isDay := wrong == nil && done.text != ""
	if isDay {
		r.leave("time of " + done.name)
	}
	percent := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSpace(it.text(percentRole)), "%"), ".00")
	all := percent == "100"
	if !all && strings.Trim(percent, "0") != "" {
		r.leave(it[percentRole].name)
	}
	if f := it[statusRole]; f.text != "" {
		word := strings.ToLower(f.text)
		switch s := statuses[plain(word)]; s {
		case openWord:
			return todo.Open, nil
		case openToo:
			r.leave(f.name + " " + word + ", now open")
			return todo.Open, nil
		case doneWord:
			return todo.Done, nil
		case canceledWord:
			r.leave(f.name + " " + word + ", now done")
			return todo.Done, nil
		case unknownWord, deletedWord:
		}
		return 0, &todo.Error{Code: todo.BadStatus, Message: fmt.Sprintf("%.40q is no status", f.text),
			Hint: "write open or done"}
	}
	if done.text != "" {
		yes, known := isYes(done.text)
		if !known && !isDay {
			return 0, &todo.Error{Code: BadImport, Message: fmt.Sprintf("%.40q in %s is neither yes nor no", done.text, done.name),
				Hint: "write true or false, or the day as YYYY-MM-DD"}
		}
		if yes || isDay && !known {
			return todo.Done, nil
		}
	}
	if all {
		return todo.Done, nil
	}
	return todo.Open, nil
}
