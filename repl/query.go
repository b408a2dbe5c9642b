package repl

import (
	"errors"
	"fmt"
	"iter"

	"todoshell/server"
	"todoshell/todo"
)

func (s *Session) log(j *job) error {
	none := true
	for c, err := range s.cache.History(s.ctx, j.args.list, 1) {
		if err == nil {
			err = s.ctx.Err()
		}
		if err != nil {
			return err
		}
		s.printer.row(changeRecord(s.printer.rec[:0], j.args.list, c))
		none = false
	}
	if none {
		j.absent = !s.has(j.args.list)
		s.printer.none(j, "no changes")
	}
	return nil
}

func (s *Session) lists(j *job) error {
	none := true
	for head, err := range s.cache.Heads(s.ctx, j.args.text, "") {
		if err == nil {
			err = s.ctx.Err()
		}
		if err != nil {
			return err
		}
		s.printer.row(headRecord(s.printer.rec[:0], head))
		none = false
	}
	if none {
		s.printer.words("no lists")
	}
	return nil
}

func (s *Session) agenda(j *job) error {
	open := todo.Open
	span := todo.Due(s.day)
	if j.args.given > 0 {
		span = j.args.span
	}
	span.Status = &open
	return s.everywhere(s.cache.Everywhere(s.ctx, "", span))
}

func (s *Session) find(j *job) error { return s.everywhere(s.cache.Find(s.ctx, "", j.args.text)) }

// everywhere prints entries of all lists.
func (s *Session) everywhere(entries iter.Seq2[todo.Found, error]) error {
	none := true
	for found, err := range entries {
		if err != nil {
			return err
		}
		s.printer.entry(found.List, everywhere, found.Entry)
		none = false
	}
	if none {
		s.printer.words("no entries")
	}
	return nil
}

func (s *Session) drop(j *job) error {
	name := j.args.list
	if err := s.cache.MayChange(name); err != nil {
		return err
	}
	if s.env.Confirm != nil && !j.args.yes {
		_ = s.printer.flush() // its error is kept
		ok, err := s.env.Confirm(fmt.Sprintf("drop %s and its log for good?", Visible(name)))
		if err != nil || !ok {
			s.printer.words("nothing was dropped")
			return err
		}
	}
	entries := 0
	var made *todo.Change
	err := s.cache.Call(s.ctx, name, func(d *todo.Draft) (err error) {
		entries = d.Len()
		made, err = d.Once(j.operation, d.Drop)
		return err
	})
	if err != nil {
		return err
	}
	s.printer.state(name, "dropped")
	if made != nil { // by the same command, whose answer was lost: nobody knows any more what it dropped
		s.printer.words("dropped %s", name)
		return nil
	}
	s.printer.words("dropped %s and its %s", name, counted(entries))
	return nil
}

func (s *Session) servers(*job) error {
	infos := s.cache.Servers()
	for _, i := range infos {
		s.printer.row(serverRecord(s.printer.rec[:0], i))
	}
	if len(infos) == 0 {
		s.printer.words("no servers")
	}
	return nil
}

func (s *Session) stop(j *job) error {
	if err := s.cache.MayChange(j.args.list); err != nil {
		return err
	}
	name := j.args.list
	stopped := s.cache.Stop(name)
	s.printer.state(name, "stopped")
	j.absent = !s.has(name)
	switch {
	case stopped:
		s.printer.words("stopped %s", name)
	case !j.absent:
		s.printer.words("%s has no server", name)
	}
	if j.absent {
		s.printer.absent(j)
	}
	return nil
}

// OnPurpose is what the command crash panics with.
const OnPurpose = "on purpose"

func (s *Session) crash(j *job) error {
	if err := s.cache.MayChange(j.args.list); err != nil {
		return err
	}
	err := s.cache.Call(s.ctx, j.args.list, func(d *todo.Draft) error {
		j.absent = d.Rev == 0
		panic(OnPurpose)
	})
	if !errors.Is(err, server.ErrCrashed) {
		return err
	}
	s.printer.state(j.args.list, "crashed")
	s.printer.words("crashed %s", j.args.list)
	if j.absent {
		s.printer.absent(j)
	}
	return nil
}
