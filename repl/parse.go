package repl

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"todoshell/todo"
)

// args are the arguments of a line, by what they are.
type args struct {
	date   todo.Date
	text   string // of the kinds Text, File and Prefix
	list   string
	span   todo.Span
	ids    []uint64
	words  []string // of the kinds Choice and Number
	given  int      // how many there were, but for flags and a Text
	yes    bool
	format string
}

// parse reads a line that is neither empty nor a comment.
func (s *Session) parse(line string, a *args) (*Command, error) {
	if !utf8.ValidString(line) {
		return nil, &todo.Error{Code: todo.BadUTF8, Message: "the line is not valid UTF-8", Hint: "write it in UTF-8"}
	}
	verb, rest, _, err := word(line)
	if err != nil {
		return nil, err
	}
	variants := s.table.byName[verb]
	if variants == nil {
		return nil, s.table.unknown(verb)
	}
	c := variants[0]
	if len(variants) > 1 {
		c = choose(variants, rest)
	}
	*a = args{ids: a.ids[:0], span: todo.Always}
	return c, s.parseArgs(c, rest, a)
}

// choose returns the variant whose Choice the line makes, or else the first.
func choose(variants []*Command, rest string) *Command {
	for _, c := range variants {
		after := rest
		for _, p := range c.Params {
			var w string
			w, after, _, _ = word(after)
			if p.Kind == Choice {
				if slices.Contains(p.Words, w) {
					return c
				}
				break
			}
		}
	}
	return variants[0]
}

func (s *Session) parseArgs(c *Command, rest string, a *args) error {
	for i := range c.Params {
		p := &c.Params[i]
		switch p.Kind {
		case Flag:
			continue
		case Text:
			// A clone, since a title is kept for long, and the line is not.
			if a.text = strings.Clone(freeText(rest)); a.text == "" {
				return s.table.usage(c, p.Name+" is missing")
			}
			return nil
		}
		for more := true; more; more = p.Kind == IDs {
			w, after, ok, err := s.arg(c, rest, a)
			if err != nil {
				return err
			}
			if !ok {
				if p.Optional || len(a.ids) > 0 && p.Kind == IDs {
					return nil
				}
				return s.table.usage(c, p.Name+" is missing")
			}
			if p.Kind == File {
				if w, err = s.filePath(lastRaw(rest[:len(rest)-len(after)]), w); err != nil {
					return err
				}
			}
			rest = after
			if err := s.read(c, p, w, a); err != nil {
				return err
			}
			a.given++
		}
	}
	w, _, ok, err := s.arg(c, rest, a)
	if err == nil && ok {
		err = s.table.usage(c, fmt.Sprintf("%q is too much", todo.Shown(w)))
	}
	return err
}

// word cuts the first word off a line. Without one, ok is false.
func word(line string) (w, rest string, ok bool, err error) {
	if w, rest, ok = plainWord(line); ok {
		return w, rest, true, nil
	}
	raw, rest, err := nextWord(line)
	if err == nil && raw != "" {
		w, err = unquote(raw)
	}
	if err != nil {
		return "", "", false, &todo.Error{Code: OpenQuote, Message: "the quote in " + todo.Shown(raw) + " is not closed",
			Hint: `close it, or put a word with an apostrophe in double quotes: "Bob's list"`}
	}
	return w, rest, raw != "", nil
}

// arg cuts the next argument off, and takes the flags of the command before it.
func (s *Session) arg(c *Command, rest string, a *args) (w, after string, ok bool, err error) {
	for {
		w, rest, ok, err = word(rest)
		if !ok || err != nil || !strings.HasPrefix(w, "-") || !c.hasFlags() {
			return w, rest, ok, err
		}
		flag, value, hasValue := strings.Cut(w, "=")
		switch i := slices.IndexFunc(c.Params, func(p Param) bool { return p.Kind == Flag && p.Words[0] == flag }); {
		case i < 0:
			return w, rest, ok, nil // a name or a file may begin with -
		case flag == yesParam.Words[0]:
			a.yes = true
			continue
		}
		if !hasValue {
			if value, rest, _, err = word(rest); err != nil {
				return "", "", false, err
			}
		}
		if value == "" {
			return "", "", false, s.table.usage(c, flag+" needs a value")
		}
		a.format = value
	}
}

func (c *Command) hasFlags() bool {
	return len(c.Params) > 0 && c.Params[len(c.Params)-1].Kind == Flag
}

// read reads one argument.
func (s *Session) read(c *Command, p *Param, w string, a *args) (err error) {
	switch p.Kind {
	case List:
		a.list = w
		if w == "." {
			if a.list = s.state.InUse; a.list == "" {
				return &todo.Error{Code: todo.BadName, Message: "there is no list in use", Hint: "choose one with: use LIST"}
			}
			return nil
		}
		if !c.onList() { // otherwise whoever starts its server checks it
			return todo.CheckName(w)
		}
	case When:
		if a.date, err = todo.ParseDate(w, s.day); err != nil {
			return s.meantDate(err, w, todo.DateWords)
		}
	case Span:
		if a.span, err = todo.ParseSpan(w, s.day); err != nil {
			return s.meantDate(err, w, todo.SpanWords)
		}
	case ID, IDs:
		n, parsing := strconv.ParseUint(w, 10, 64)
		if parsing != nil || n == 0 {
			return s.table.usage(c, fmt.Sprintf("%q is no id", todo.Shown(w)))
		}
		a.ids = append(a.ids, n)
	case Prefix, File:
		a.text = w
	case Number:
		if _, parsing := strconv.ParseUint(w, 10, 8); parsing != nil {
			return s.table.usage(c, fmt.Sprintf("%q is no number from 0 to 255", todo.Shown(w)))
		}
		a.words = append(a.words, w)
	case Choice:
		if p.Words != nil && !slices.Contains(p.Words, w) {
			words := slices.Clone(p.Words)
			for _, other := range s.table.byName[c.Name][1:] { // which this one stands for
				for _, q := range other.Params {
					if q.Kind == Choice {
						words = append(words, q.Words...)
					}
				}
			}
			err := s.table.usage(c, fmt.Sprintf("%q is not one of %s", todo.Shown(w), strings.Join(words, ", ")))
			err.Hint = DidYouMean(w, words, err.Hint)
			return err
		}
		a.words = append(a.words, w)
	}
	return err
}

// usage is the error of a line that names a command and says something else
// than it takes.
func (t Table) usage(c *Command, problem string) *todo.Error {
	var ways []string
	for _, variant := range t.byName[c.Name] {
		ways = append(ways, variant.Usage())
	}
	return &todo.Error{Code: BadUsage, Message: c.Name + ": " + problem, Hint: "usage: " + strings.Join(ways, ", or: ")}
}

func (t Table) unknown(verb string) error {
	return &todo.Error{Code: UnknownCommand, Message: fmt.Sprintf("unknown command %q", todo.Shown(verb)),
		Hint: DidYouMean(verb, t.Names(), "see: help")}
}
