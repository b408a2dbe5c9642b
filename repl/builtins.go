package repl

import (
	"slices"
	"strconv"
)

// A setting is something that the command set shows and changes.
type setting struct {
	name   string
	values []string
	get    func(*State) string
	set    func(*State, string)
}

func settings() []setting {
	boolean := func(name string, at func(*State) *bool) setting {
		return setting{name, []string{"on", "off"},
			func(s *State) string {
				if *at(s) {
					return "on"
				}
				return "off"
			},
			func(s *State, value string) { *at(s) = value == "on" }}
	}
	return []setting{
		boolean("bail", func(s *State) *bool { return &s.Bail }),
		boolean("color", func(s *State) *bool { return &s.Color }),
		boolean("fresh", func(s *State) *bool { return &s.Fresh }),
		boolean("json", func(s *State) *bool { return &s.JSON }),
		boolean("table", func(s *State) *bool { return &s.Table }),
		boolean("timing", func(s *State) *bool { return &s.Timing }),
	}
}

const settingsText = "bail: end at the first failed command; color: show what is done and overdue in colours; " +
	"fresh: where lists are kept on several machines, show nothing that is older than what any of them has answered; json: answer in objects; " +
	"table: answer in tables and words; timing: show how long each command takes"

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
				field{key: "value", in: everywhere, text: o.get(&s.state)}))
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
		if o.get(&s.state) == value {
			s.printer.words("%s is %s already", name, value)
			break
		}
		o.set(&s.state, value)
		s.printer.words("%s is %s", name, value)
	}
	return nil
}

func (s *Session) history(*job) error {
	none := true
	if s.env.History != nil {
		for line := range s.env.History() {
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

// ClearTerminal is what clears a terminal, with all that can be scrolled back to.
const ClearTerminal = "\x1b[H\x1b[2J\x1b[3J"

func (s *Session) clear(*job) error {
	switch {
	case !s.state.Table || s.state.JSON || s.env.Plain:
	case s.env.Clear != nil:
		if s.printer.flush() == nil {
			return s.env.Clear()
		}
	default:
		s.printer.write([]byte(ClearTerminal))
	}
	return nil
}

func (s *Session) exit(j *job) error {
	s.state.Exited, s.state.ExitCode = true, noCode
	if len(j.args.words) > 0 {
		s.state.ExitCode, _ = strconv.Atoi(j.args.words[0]) // the parser has made sure that it is a number
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
		s.printer.end()
		s.printer.words("help COMMAND explains one of them, with the errors that it can end with; help %s explains all errors", allErrors)
		return nil
	}
	rows, err := s.table.Explain(j.args.words[0])
	for _, row := range rows {
		s.printer.row(append(s.printer.rec[:0],
			field{key: "part", in: everywhere, text: row[0]},
			field{key: "text", in: everywhere, text: row[1]}))
	}
	return err
}
