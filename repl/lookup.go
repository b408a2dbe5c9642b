package repl

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"todoshell/todo"
)

// LookUp returns the names of lists, or the ids of entries, that begin with prefix and
// can follow the words of a line.
func (s *Session) LookUp(line []string, prefix string) (words []Word, more bool) {
	if len(line) == 0 {
		return nil, false
	}
	for _, c := range s.table.byName[line[0]] {
		params, ok := c.rest(line[1:])
		if !ok || len(params) == 0 {
			continue
		}
		switch params[0].Kind {
		case List:
			words, more = s.names(prefix)
			if s.state.InUse != "" && strings.HasPrefix(".", prefix) {
				words = append([]Word{{Text: "."}}, words...)
			}
			return words, more
		case Prefix:
			return s.names(prefix)
		case ID, IDs:
			return s.ids(c, line[1:], prefix)
		default:
		}
	}
	return nil, false
}

// names returns the names of lists that have a journal or a server.
func (s *Session) names(prefix string) (words []Word, more bool) {
	ctx, cancel := context.WithTimeout(s.ctx, maxComplete)
	defer cancel()
	var names []string
	for name, err := range s.cache.Names(ctx, prefix, "") {
		if err != nil {
			break
		}
		if len(names) == maxWords {
			more = true
			break
		}
		names = append(names, name)
	}
	if !more {
		for name := range s.cache.Live() {
			if strings.HasPrefix(name, prefix) {
				names = append(names, name)
			}
			if len(names) > 2*maxWords {
				break
			}
		}
		slices.Sort(names)
		if names = slices.Compact(names); len(names) > maxWords {
			names, more = names[:maxWords], true
		}
	}
	for _, name := range names {
		words = append(words, Word{Text: name})
	}
	return words, more
}

// ids returns the entries that the command would change, of the list that its first
// argument names. Those among its arguments are left out.
func (s *Session) ids(c *Command, args []string, prefix string) (words []Word, more bool) {
	name := args[0]
	if name == "." {
		name = s.state.InUse
	}
	ctx, cancel := context.WithTimeout(s.ctx, maxComplete)
	defer cancel()
	list, err := s.cache.View(ctx, name)
	if err != nil {
		return nil, false
	}
	span := todo.Always
	open, done := todo.Open, todo.Done
	switch c.Name {
	case "done":
		span.Status = &open
	case "reopen":
		span.Status = &done
	}
	for e := range list.Entries(span) {
		id := strconv.FormatUint(e.ID, 10)
		if !strings.HasPrefix(id, prefix) || slices.Contains(args[1:], id) {
			continue
		}
		if len(words) == maxWords {
			return words, true
		}
		words = append(words, Word{Text: id, Note: shorten(e.Title)})
	}
	return words, false
}

const maxNote = 500 // bytes: more than fit beside each other on a terminal

// shorten cuts a title that is too long for a note.
func shorten(title string) string {
	if len(title) <= maxNote {
		return title
	}
	return strings.ToValidUTF8(title[:maxNote], "") + "…"
}
