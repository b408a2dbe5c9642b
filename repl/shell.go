package repl

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"todoshell/todo"
)

// A setting is what "set" shows and changes.
type setting struct {
	name   string
	values []string
	get    func(*Session) string
	set    func(*Session, string)
}

func settings() []setting {
	boolean := func(name string, at func(*Session) *bool) setting {
		return setting{name, []string{"on", "off"},
			func(s *Session) string {
				if *at(s) {
					return "on"
				}
				return "off"
			},
			func(s *Session, value string) { *at(s) = value == "on" }}
	}
	return []setting{
		boolean("bail", func(s *Session) *bool { return &s.Bail }),
		boolean("color", func(s *Session) *bool { return &s.Color }),
		boolean("json", func(s *Session) *bool { return &s.JSON }),
		boolean("table", func(s *Session) *bool { return &s.Table }),
		boolean("timing", func(s *Session) *bool { return &s.Timing }),
	}
}

func settingNames() (names []string) {
	for _, o := range settings() {
		names = append(names, o.name)
	}
	return names
}

func (s *Session) set(j *job) error {
	if len(j.args.words) == 2 {
		return s.change(j.args.words[0], j.args.words[1])
	}
	for _, o := range settings() {
		if len(j.args.words) == 0 || j.args.words[0] == o.name {
			s.printer.row(append(s.printer.rec[:0],
				field{key: "name", in: everywhere, text: o.name},
				field{key: "value", in: everywhere, text: o.get(s)}))
		}
	}
	return nil
}

func (s *Session) change(name, value string) error {
	for _, o := range settings() {
		if o.name != name {
			continue
		}
		if !slices.Contains(o.values, value) {
			break
		}
		if o.get(s) == value {
			s.printer.words("%s is %s already", name, value)
			break
		}
		o.set(s, value)
		s.printer.words("%s is %s", name, value)
	}
	return nil
}

func (s *Session) history(*job) error {
	none := true
	if s.History != nil {
		for line := range s.History() {
			if err := s.ctx.Err(); err != nil {
				return err
			}
			s.printer.row(append(s.printer.rec[:0], field{key: "line", in: everywhere, text: line}))
			none = false
		}
	}
	if none {
		s.printer.words("no lines")
	}
	return nil
}

// ClearTerminal clears a terminal, and what can be scrolled back to.
const ClearTerminal = "\x1b[H\x1b[2J\x1b[3J"

func (s *Session) clear(*job) error {
	switch {
	case !s.Table || s.JSON:
	case s.Clear != nil:
		if s.printer.flush() == nil {
			return s.Clear()
		}
	default:
		s.printer.write([]byte(ClearTerminal))
	}
	return nil
}

func (s *Session) exit(j *job) error {
	s.Exited, s.ExitCode = true, noCode
	if len(j.args.words) > 0 {
		s.ExitCode, _ = strconv.Atoi(j.args.words[0]) // parse has seen that it is one
	}
	return nil
}

func (s *Session) help(j *job) error {
	if len(j.args.words) == 0 {
		for _, c := range s.table.Rows {
			s.printer.row(append(s.printer.rec[:0],
				field{key: "command", in: everywhere, text: c.Usage()},
				field{key: "summary", in: everywhere, text: c.Summary}))
		}
		return nil
	}
	variants := s.table.byName[j.args.words[0]]
	if variants == nil {
		return s.table.unknown(j.args.words[0])
	}
	for _, c := range variants {
		for _, row := range c.Explain() {
			s.printer.row(append(s.printer.rec[:0],
				field{key: "part", in: everywhere, text: row[0]},
				field{key: "text", in: everywhere, text: row[1]}))
		}
	}
	return nil
}

// Explain returns all there is to say about a command, as pairs of a heading
// and a text.
func (c *Command) Explain() [][2]string {
	rows := [][2]string{{"usage", c.Usage()}, {"summary", c.Summary}}
	for _, p := range c.Params {
		if text := p.explain(); text != "" {
			rows = append(rows, [2]string{p.Name, text})
		}
	}
	rows = append(rows, [2]string{"example", c.Example})
	if len(c.Errors) > 0 {
		codes := make([]string, len(c.Errors))
		for i, code := range c.Errors {
			codes[i] = string(code)
		}
		rows = append(rows, [2]string{"errors", strings.Join(codes, ", ")})
	}
	return rows
}

func (p *Param) explain() string {
	switch p.Kind {
	case List:
		return fmt.Sprintf(`the list's name, 1 to %d bytes; in double quotes if it has blanks or quotes: "Bob's list"; `+
			". stands for the list in use", todo.MaxName)
	case Prefix:
		return "what the names begin with"
	case When:
		return "2024-01-01, today, tomorrow, yesterday, mon … sunday (the next one), +3d, -1w, +2m, +1y, or none"
	case Span:
		return "a date (2024-01-01, today, fri, +3d, none), FROM..TO, FROM.., ..TO, week, month, or overdue"
	case ID:
		return "the entry's number"
	case IDs:
		return "the entries' numbers, at least one"
	case Text:
		return "the rest of the line as it is; quotes around the whole of it are left out"
	case File:
		return `a path; ~ and what begins with ~/ are in your home folder, unless the ~ is quoted; quotes and backslashes are read as in words, so put C:\temp in single quotes`
	case Choice, Number, Flag:
		return ""
	}
	return ""
}
