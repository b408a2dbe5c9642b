package repl

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"todoshell/todo"
)

const (
	// maxSeen is how many names are looked at, however many lists there are.
	maxSeen = 2000
	// maxGuesses is how many names of lists are guessed for a task. A script may go
	// wrong in each of a million lines.
	maxGuesses = 100
)

// nearestList returns the list that name was most likely meant to be.
//
// The names are in byte order, so that one of them says of all that begin as it
// does whether they can be near enough: those are passed over. Few remain for
// one typing error, among however many; they are looked at first.
func (s *Session) nearestList(name string) (string, bool) {
	if s.guesses >= maxGuesses || len(name) > todo.MaxName {
		return "", false
	}
	s.guesses++
	g, seen := newGuess(name), 0
	for typos := 0; typos <= maxTypos && !g.found; typos++ {
		g.typos = typos
		for from, more := "", true; more && g.typos >= 0; {
			from, more = s.passNames(g, name, from, &seen)
		}
	}
	return g.word, g.found
}

// passNames looks at names from one on, until some can be passed over, and
// returns where to go on.
func (s *Session) passNames(g *guess, name, from string, seen *int) (next string, more bool) {
	for other, err := range s.cache.Names(s.ctx, "", from) {
		if err != nil || *seen == maxSeen || g.typos < 0 {
			return "", false
		}
		*seen++
		if other == name {
			continue
		}
		if n := g.try(other); n < len(other) {
			after := []byte(other[:n])
			after[n-1]++ // no byte of UTF-8 is the last one
			return string(after), true
		}
	}
	return "", false
}

// listHint returns a hint at the list that name was most likely meant to be, or
// else the other hint.
func (s *Session) listHint(name, otherwise string) string {
	if list, ok := s.nearestList(name); ok {
		return fmt.Sprintf("did you mean %s?", Quote(list))
	}
	return otherwise
}

// has tells whether there is a list, without reading it.
func (s *Session) has(name string) bool {
	for first, err := range s.cache.Names(s.ctx, name, name) {
		return err != nil || first == name
	}
	return false
}

// meant returns the job's error with what is wrong with the list that it names:
// it is not there, or may be another one than was meant.
func (s *Session) meant(j *job) error {
	e, ok := errors.AsType[*todo.Error](j.err)
	if !ok {
		return j.err
	}
	switch list := j.args.list; {
	case e.Code == todo.UnknownList, e.Code == todo.UnknownID && j.absent:
		return &todo.Error{Code: e.Code, Message: "there is no list " + Quote(list), Hint: s.listHint(list, "see: lists")}
	case e.Code == todo.UnknownID:
		if other, ok := s.listWith(list, j.args.ids); ok {
			return &todo.Error{Code: e.Code, Message: e.Message, Hint: fmt.Sprintf("see: entries %s; did you mean %s?", Quote(list), Quote(other))}
		}
	case j.absent && (e.Code == todo.NothingToUndo || e.Code == todo.NothingToRedo):
		return &todo.Error{Code: e.Code, Message: e.Message, Hint: s.listHint(list, e.Hint)}
	}
	return j.err
}

// listWith returns the list that name was most likely meant to be, if it has the
// entries. It may have to be read, which costs as much as ten guesses.
func (s *Session) listWith(name string, ids []uint64) (string, bool) {
	other, ok := s.nearestList(name)
	if !ok {
		return "", false
	}
	s.guesses += 9
	list, err := s.cache.View(s.ctx, other)
	return other, err == nil && !slices.ContainsFunc(ids, func(id uint64) bool {
		_, ok := list.Entry(id)
		return !ok
	})
}

// meantDate returns an error about a date with the words that were most likely
// meant by those that are none.
func (s *Session) meantDate(err error, typed string, words []string) error {
	e, ok := errors.AsType[*todo.Error](err)
	if !ok || e.Code != todo.BadDate {
		return err
	}
	ends := strings.Split(typed, "..")
	for i, end := range ends {
		if _, bad := todo.ParseDate(end, s.day); bad == nil {
			continue
		}
		if word, ok := Nearest(end, words); ok {
			ends[i] = word
		}
	}
	meant := strings.Join(ends, "..")
	if _, bad := todo.ParseSpan(meant, s.day); bad != nil {
		return err
	}
	return &todo.Error{Code: e.Code, Message: e.Message, Hint: fmt.Sprintf("did you mean %s?", meant)}
}
