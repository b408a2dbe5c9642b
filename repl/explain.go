package repl

import (
	"fmt"
	"slices"
	"strings"

	"todoshell/todo"
)

// explain returns all there is to say about the command, as pairs of a heading
// and a text.
func (c *Command) explain() [][2]string {
	rows := [][2]string{{"usage", c.Usage()}, {"summary", c.Summary}}
	for _, p := range c.Params {
		rows = append(rows, [2]string{p.Name, p.explain()})
	}
	rows = append(rows, [2]string{"example", c.Example})
	if len(c.Errors) > 0 {
		rows = append(rows, [2]string{"errors", codes(c.Errors)})
	}
	for _, r := range reasons() {
		if slices.Contains(c.Errors, r.code) {
			rows = append(rows, [2]string{string(r.code), r.text})
		}
	}
	return append(rows, [2]string{"any line", codes(anyErrors()) + ": see help " + allErrors})
}

// codes joins codes with commas.
func codes(all []todo.Code) string {
	words := make([]string, len(all))
	for i, code := range all {
		words[i] = string(code)
	}
	return strings.Join(words, ", ")
}

func (p *Param) explain() string {
	kind := p.Kind.explain()
	if kind != "" && p.Text != "" {
		return kind + "; " + p.Text
	}
	return kind + p.Text
}

func (k Kind) explain() string {
	switch k {
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
	}
	return ""
}
