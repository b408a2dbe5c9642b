package repl

import (
	"errors"
	"fmt"
	"io"

	"todoshell/format"
	"todoshell/todo"
)

const stdio = "-" // the path of standard input, or of standard output

// fileFormat returns the format of a file: the one that --format names, or else the one
// that goes with the path's ending, or else the default.
func (a *args) fileFormat(byDefault format.Format) (format.Format, error) {
	if a.format != "" {
		f, err := format.Parse(a.format)
		if e, ok := errors.AsType[*todo.Error](err); ok {
			err = &todo.Error{Code: e.Code, Message: e.Message, Hint: DidYouMean(a.format, formatNames(), e.Hint)}
		}
		return f, err
	}
	if f, ok := format.OfFile(a.text); ok {
		return f, nil
	}
	if byDefault == "" {
		return "", &todo.Error{Code: format.BadFormat, Message: fmt.Sprintf("the ending of %q names no format", a.text),
			Hint: "say which with --format " + format.Choices}
	}
	return byDefault, nil
}

func (s *Session) importFile(j *job) error {
	path := j.args.text
	byDefault := format.Format("")
	if path == stdio {
		byDefault = format.JSON
		if in, ok := s.stdin.(*rest); ok {
			defer in.end() // also if the import fails: what follows is data, not commands
		}
	}
	if err := s.cache.MayChange(j.args.list); err != nil {
		return err
	}
	f, err := j.args.fileFormat(byDefault)
	if err != nil {
		return err
	}
	in, err := s.open(Need{NeedsRead, path})
	if err != nil {
		return err
	}
	defer in.Close()
	file := &stoppableReader{r: in, before: func() {}}
	upload := s.cache.Upload(s.ctx, file, true)
	defer upload.Close()
	file.ctx = upload.Context()
	imported, err := f.Read(upload, s.env.Now().Location())
	if err != nil {
		return inFile(path, err)
	}
	err = s.cache.Call(s.ctx, j.args.list, func(d *todo.Draft) error {
		_, importing := d.Once(j.operation, func() error { return d.Import(imported.Entries) })
		return importing
	})
	if err != nil {
		return err
	}
	s.printer.count(j.args.list, "imported", len(imported.Entries), "into "+j.args.list)
	if len(imported.LeftOut) > 0 {
		s.printer.leftOut(j, path, imported)
	}
	return nil
}

// inFile adds the path to an error about what a file holds.
func inFile(path string, err error) error {
	if e, ok := errors.AsType[*todo.Error](err); ok {
		return &todo.Error{Code: e.Code, Message: path + ": " + e.Message, Hint: e.Hint}
	}
	return err
}

// open opens a file, or standard input.
func (s *Session) open(n Need) (io.ReadCloser, error) {
	if n.Path == stdio {
		return io.NopCloser(s.stdin), nil
	}
	return s.env.Files.Open(n)
}

func (s *Session) exportFile(j *job) error {
	path := j.args.text
	byDefault := format.Format("")
	if path == "" || path == stdio {
		byDefault = format.JSON
	}
	f, err := j.args.fileFormat(byDefault)
	if err != nil {
		return err
	}
	list, err := s.cache.View(s.ctx, j.args.list)
	if err != nil {
		return err
	}
	if path != "" && path != stdio && list.Rev == 0 { // a mistyped name of a list must not empty the file
		return &todo.Error{Code: todo.UnknownList, Message: "there is no such list", Hint: "see: lists"}
	}
	write := func(w io.Writer) error { return f.Write(w, j.args.list, list.Entries(todo.Always), s.env.Now()) }
	if path == "" || path == stdio {
		return s.printer.export(j.args.list, f, write)
	}
	if err := s.env.Files.Replace(path, write); err != nil {
		return err
	}
	s.printer.count(j.args.list, "exported", list.Len(), "to "+path)
	return nil
}

// maxDepth is how many scripts may run each other.
const maxDepth = 16

func (s *Session) source(j *job) error {
	if s.depth == maxDepth {
		return &todo.Error{Code: BadFile, Message: fmt.Sprintf("scripts run each other %d deep", maxDepth),
			Hint: "a script must not source itself"}
	}
	s.depth++
	defer func() { s.depth-- }()
	if err := s.RunFile(s.ctx, j.args.text); err != nil {
		return err
	}
	if !s.state.Ended() {
		s.printer.words("ran %s", j.args.text)
	}
	return s.ctx.Err()
}

func (s *Session) backup(j *job) error {
	if s.env.Backup == nil {
		return &todo.Error{Code: BadFile, Message: "there is nothing to back up", Hint: "run todoshell without --memory"}
	}
	if err := s.env.Backup(j.args.text); err != nil {
		return err
	}
	s.printer.words("copied all data to %s", j.args.text)
	return nil
}
