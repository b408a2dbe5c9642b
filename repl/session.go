package repl

import (
	"bufio"
	"context"
	"io"
	"iter"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"

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
	Plain bool // the terminal knows no escape sequences

	Terminal bool // Out is one, and gets nothing but text and colours from answers

	Width   func() int                          // of the terminal, in columns
	Height  func() int                          // and in rows
	Now     func() time.Time                    // the clock, and the zone, that say what day is today
	Confirm func(question string) (bool, error) // asks before what can't be undone
	History func() iter.Seq[string]             // the lines typed at the prompt, oldest first
	Files   Files                               // the operating system's, unless told otherwise
	Backup  func(dir string) error              // copies all data
	Clear   func() error                        // clears the terminal, where Out does not
	Home    string                              // what ~ stands for: the user's home folder, unless told otherwise

	// Elsewhere looks up names and ids that begin with prefix and can come after the
	// words of a line, where the lists are not here.
	Elsewhere func(words []string, prefix string) (found []Word, more bool)

	State
}

// SetDefaults sets what has no value to a sensible one.
func (o *Options) SetDefaults() {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Width == nil {
		o.Width = func() int { return 80 }
	}
	if o.Height == nil {
		o.Height = func() int { return 24 }
	}
	if o.In == nil {
		o.In = eof{}
	}
	if o.Files == nil {
		o.Files = OS{}
	}
	if o.Home == "" {
		o.Home, _ = os.UserHomeDir() // where there is none, a path with ~ says so
	}
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
	depth   int             // of scripts that run scripts
	guesses int             // how many names of lists were guessed
}

// enableColors has the options say whether there are colours, in place of what the
// library of tables sees in the environment. That is for all sessions of the process.
var enableColors = sync.OnceFunc(text.EnableColors)

// NewSession returns a session.
func NewSession(o Options) *Session {
	o.SetDefaults()
	enableColors()
	s := &Session{Options: o, cache: o.Cache, table: NewTable(), ctx: context.Background()}
	out, _ := s.Writers()
	s.printer = &printer{session: s, out: bufio.NewWriterSize(out, 64<<10)}
	return s
}

// Writers return writers to Out and Err, whatever those are at the time.
func (o *Options) Writers() (out, err io.Writer) {
	return writer(func() io.Writer { return o.Out }), writer(func() io.Writer { return o.Err })
}

type writer func() io.Writer

func (w writer) Write(b []byte) (int, error) { return w().Write(b) }

type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }

// Settings returns what the session works with, and what has become of it.
func (s *Session) Settings() *Options { return &s.Options }

// Do runs a task, as [Session.Run] does.
func (s *Session) Do(ctx context.Context, t Task) error {
	switch t.Kind {
	case Typed:
		return s.Run(ctx, "", strings.NewReader(t.Text))
	case Given:
		return s.run(ctx, place{file: "-c", given: max(t.Number, 1)}, strings.NewReader(t.Text))
	case Script:
	}
	return s.RunFile(ctx, t.Text)
}

// RunFile runs the script of a path; - is standard input.
func (s *Session) RunFile(ctx context.Context, path string) error {
	if path == stdio {
		return s.Run(ctx, "stdin", s.In)
	}
	file, err := s.open(Need{NeedsScript, path})
	if err != nil {
		return err
	}
	defer file.Close()
	return s.Run(ctx, path, file)
}
