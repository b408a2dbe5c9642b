package main

import (
	"fmt"
	"io"
	"strings"
)

// A command is a line of a script.
type command struct {
	list, date, title string // no title: the entries of the date are asked for
}

func parse(line string) (command, error) {
	verb, rest, _ := strings.Cut(line, " ")
	list, rest, _ := strings.Cut(rest, " ")
	date, title, _ := strings.Cut(rest, " ")
	if list == "" || date == "" || verb != "entries" && (verb != "add" || title == "") {
		return command{}, fmt.Errorf("not understood: %q", line)
	}
	return command{list, date, title}, nil
}

// An answer is the id that a command gave or the entries it found.
type answer struct {
	id      uint64
	entries []entry
	err     error
}

func (a answer) write(w io.Writer) error {
	if a.err != nil {
		return a.err
	}
	if a.id > 0 {
		_, err := fmt.Fprintln(w, a.id)
		return err
	}
	for _, e := range a.entries {
		if _, err := fmt.Fprintf(w, "%d\t%s\topen\t%s\n", e.id, e.date, e.title); err != nil {
			return err
		}
	}
	return nil
}
