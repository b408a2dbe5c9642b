package repl

import (
	"bufio"
	"context"
	"io"
	"os"
	"time"

	"todoshell/cache"
	"todoshell/todo"
)

// Options say what a session works with. The zero value of a field is a
// sensible default, but for Cache, Out and Err.
type Options struct {
	Cache *cache.Cache

	In  io.Reader // what "import LIST -" reads
	Out io.Writer // answers
	Err io.Writer // errors, each a line

	JSON  bool // answers are NDJSON
	Bail  bool // a script ends at its first failed command
	Table bool // answers are meant for a person at a terminal
	Color bool

	Width   func() int                          // of the terminal, in columns
	Now     func() time.Time                    // the clock that says what day is today
	Confirm func(question string) (bool, error) // asks before what can't be undone
	History func() []string                     // the lines typed at the prompt, oldest first
	// Progress shows how far a long read is, until done is called.
	Progress func(r io.Reader, size int64, what string) (shown io.Reader, done func())
	Backup   func(dir string) error // copies all data
}

// A Session runs lines of the shell's language: those typed at the prompt, those
// of scripts, those given as arguments. It is used by one goroutine.
type Session struct {
	Options
	cache   *cache.Cache
	table   Table
	printer *printer
	ctx     context.Context //nolint:containedctx // of the script that runs
	day     todo.Date       // today, as of the latest lines read
	inUse   string          // the list that . stands for
	timing  bool
	depth   int // of scripts that run scripts

	failed bool // some command has failed
	bailed bool // a script was ended by that
	exited bool // the command exit has run
	code   int  // what exit was given; -1: nothing
}

// NewSession returns a session.
func NewSession(o Options) *Session {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Width == nil {
		o.Width = func() int { return 80 }
	}
	if o.In == nil {
		o.In = eof{}
	}
	s := &Session{Options: o, cache: o.Cache, table: NewTable(), ctx: context.Background()}
	s.printer = &printer{session: s, out: bufio.NewWriterSize(o.Out, 64<<10)}
	return s
}

type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }

// RunFile runs the script of a path; - is standard input.
func (s *Session) RunFile(ctx context.Context, path string) error {
	if path == stdio {
		return s.Run(ctx, "stdin", s.In)
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return s.Run(ctx, path, file)
}

// Fail takes err as that of a command which no line of a script has given.
func (s *Session) Fail(err error) {
	_ = s.printer.flush() // its error is kept
	Report(s.Err, s.JSON, err)
	s.failed = true
	s.bailed = s.bailed || s.Bail
}

// Ended tells whether nothing more is to be run: after exit, after a failure
// that ends a script, or when the answers have nowhere to go.
func (s *Session) Ended() bool { return s.exited || s.bailed || s.printer.err != nil }

// The exit codes of a session.
const (
	ExitOK     = 0
	ExitFailed = 1 // some command failed
	ExitBail   = 3 // a failed command ended the script
)

// Code returns the exit code for all that has been run.
func (s *Session) Code() int {
	switch {
	case s.exited && s.code >= 0:
		return s.code
	case s.bailed:
		return ExitBail
	case s.failed:
		return ExitFailed
	}
	return ExitOK
}
