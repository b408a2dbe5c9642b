package repl

import (
	"bufio"
	"context"
	"io"
	"strings"
	"sync"

	"github.com/jedib0t/go-pretty/v6/text"

	"todoshell/cache"
	"todoshell/todo"
)

// A Session runs lines of the shell's language: those typed at the prompt, those
// of scripts, those given as arguments. It is used by one goroutine.
type Session struct {
	env     Environment
	state   State
	cache   *cache.Cache // of env
	table   Table
	printer *printer

	// Of the script that runs.
	ctx     context.Context //nolint:containedctx // of one run
	stdin   io.Reader       // standard input, or what follows the current line there
	day     todo.Date       // today, as of the latest lines read
	depth   int             // how many scripts have run each other
	key     [16]byte        // of the task
	guesses int             // how many names of lists were guessed
}

// enableColors lets the settings decide about colours, once for the whole process. The
// library of tables would decide by environment variables.
var enableColors = sync.OnceFunc(text.EnableColors)

// NewSession returns a session that begins with a state.
func NewSession(env Environment, state State) *Session {
	env.SetDefaults()
	enableColors()
	s := &Session{env: env, state: state, cache: env.Cache, table: NewTable(), ctx: context.Background(), stdin: env.In}
	s.printer = &printer{session: s, out: bufio.NewWriterSize(env.Out, 64<<10)}
	return s
}

// State returns what the tasks so far have made of the session.
func (s *Session) State() *State { return &s.state }

// Do runs a task, as [Session.Run] does.
func (s *Session) Do(ctx context.Context, t Task) error {
	s.key = t.Key
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
		return s.Run(ctx, "stdin", s.stdin)
	}
	file, err := s.open(Need{NeedsScript, path})
	if err != nil {
		return err
	}
	defer file.Close()
	return s.Run(ctx, path, file)
}
