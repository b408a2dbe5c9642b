package repl

import (
	"fmt"
	"slices"
	"strings"

	"todoshell/format"
	"todoshell/todo"
)

// A Command is a row of the table: all that is known of a command, for running
// it, completing it and explaining it.
type Command struct {
	Name    string
	Params  []Param
	Summary string // one line, for help
	Example string
	Errors  []todo.Code // besides those that any line can end with

	// Exactly one of these runs it.

	// change returns the change of a list that the arguments ask for. The list's server makes it.
	change func(*args) todo.Command
	// look runs on the list's server and changes nothing. The answer goes into the job.
	look func(*job, *todo.Draft)
	// ahead runs as the line is read, before the commands above it have ended.
	ahead func(*Session, *job) error
	// alone runs when all above it have ended, and before anything below begins.
	alone func(*Session, *job) error

	// changes tells that alone makes one change of a list.
	changes bool
	// shows tells that alone shows what lists hold, which may have to be the newest: see [State.Fresh].
	shows bool

	// answer prints what the job has come to, for all but alone.
	answer func(*printer, *job)

	// needs tells what a line needs, for alone.
	needs func(*args) Need
}

// onList tells whether the command runs on a list's server.
func (c *Command) onList() bool { return c.change != nil || c.look != nil }

// A Param is one argument that a command takes.
type Param struct {
	Name     string // as the usage shows it; a word to type if it is in lower case
	Kind     Kind
	Optional bool
	Words    []string // Choice: what it can be
	Text     string   // what it is, where its kind doesn't say enough
}

// Kind says how an argument is read and completed.
type Kind uint8

// The kinds of arguments.
const (
	List   Kind = iota // the name of a list, or . for the one in use
	Prefix             // the beginning of names
	When               // a date
	Span               // a span of dates
	ID                 // of an entry
	IDs                // of at least one entry
	Text               // the rest of the line as it is
	File               // a path, or - for standard input and output
	Choice             // one of Words
	Number             // of at least 0
	Flag               // Words, anywhere in the line: -y, or --format with a value of Words[1:]
)

var (
	listParam   = Param{Name: "LIST", Kind: List}
	idParam     = Param{Name: "ID", Kind: ID}
	idsParam    = Param{Name: "ID…", Kind: IDs}
	whenParam   = Param{Name: "WHEN", Kind: When}
	spanParam   = Param{Name: "WHEN", Kind: Span, Optional: true}
	titleParam  = Param{Name: "TITLE", Kind: Text}
	yesParam    = Param{Name: "-y", Kind: Flag, Words: []string{"-y"}, Optional: true, Text: "anywhere in the line: don't ask"}
	formatParam = Param{Name: "--format FORMAT", Kind: Flag, Words: append([]string{"--format"}, formatNames()...), Optional: true,
		Text: format.Choices + ", anywhere in the line; without it, the file's ending says which, and json is what - has"}
)

// Usage returns the command as one types it: "add LIST WHEN TITLE".
func (c *Command) Usage() string {
	var b strings.Builder
	b.WriteString(c.Name)
	for _, p := range c.Params {
		if p.Optional {
			fmt.Fprintf(&b, " [%s]", p.Name)
		} else {
			b.WriteString(" " + p.Name)
		}
	}
	return b.String()
}

// A Table is all commands, in the order of help.
type Table struct {
	Rows   []*Command
	byName map[string][]*Command // those of one name differ in a Choice
}

// NewTable returns the table of the shell's commands.
func NewTable() Table {
	t := Table{byName: make(map[string][]*Command)}
	for _, group := range [][]*Command{listCommands(), queryCommands(), serverCommands(), shellCommands()} {
		t.add(group...)
	}
	return t
}

func (t *Table) add(commands ...*Command) {
	for _, c := range commands {
		t.Rows = append(t.Rows, c)
		t.byName[c.Name] = append(t.byName[c.Name], c)
	}
}

// Names returns the names of all commands.
func (t Table) Names() (names []string) {
	for _, c := range t.Rows {
		if !slices.Contains(names, c.Name) {
			names = append(names, c.Name)
		}
	}
	return names
}

// Topics returns what help explains: commands, and codes of errors.
func (t Table) Topics() []string {
	topics := append(t.Names(), allErrors)
	for _, r := range reasons() {
		topics = append(topics, string(r.code))
	}
	return topics
}

// Explain returns all there is to say about a topic, as pairs of a heading and a
// text.
func (t Table) Explain(topic string) (rows [][2]string, err error) {
	for _, c := range t.byName[topic] {
		rows = append(rows, c.explain()...)
	}
	for _, r := range reasons() {
		if topic == allErrors || topic == string(r.code) {
			rows = append(rows, [2]string{string(r.code), r.text})
		}
	}
	if len(rows) == 0 {
		err = &todo.Error{Code: UnknownCommand, Message: fmt.Sprintf("unknown command %q", todo.Shown(topic)),
			Hint: DidYouMean(topic, t.Topics(), "see: help")}
	}
	return rows, err
}

func formatNames() (names []string) {
	for _, f := range format.Formats() {
		names = append(names, string(f))
	}
	return names
}
