package repl

import (
	"io"
	"iter"
	"os"
	"time"

	"todoshell/cache"
)

// An Environment is where a shell runs: the lists that it works on, the streams and
// the terminal that it reads and writes, and whom it can ask. It stays as it is for
// as long as the shell lasts. The zero value of a field is a sensible default, but
// for Cache, Out and Err.
type Environment struct {
	Cache  *cache.Cache
	Backup func(dir string) error // copies all data; nil: there is nothing to copy

	// LookUp finds the names of lists and the ids of entries that begin with prefix
	// and can follow the words of a line. A shell whose lists are in another process
	// has one; nil: they are found in Cache.
	LookUp func(words []string, prefix string) (found []Word, more bool)

	In  io.Reader // standard input, which "import LIST -" and "source -" read
	Out io.Writer // for answers
	Err io.Writer // for errors, each of them a line

	Terminal bool         // Out is a terminal: answers must not control it, but for their colours
	Plain    bool         // the terminal knows no escape sequences
	Width    func() int   // of the terminal, in columns
	Height   func() int   // and in rows
	Clear    func() error // clears the terminal, where writing to Out can't

	Now   func() time.Time // the clock, in the time zone that says what day is today
	Files Files            // the operating system's, unless told otherwise
	Home  string           // the folder that ~ stands for: the user's own, unless told otherwise

	Confirm func(question string) (bool, error) // asks before what can't be undone; nil: nobody can be asked
	History func() iter.Seq[string]             // the lines typed at the prompt, oldest first; nil: there is no prompt
}

// SetDefaults sets what has no value to a sensible one.
func (e *Environment) SetDefaults() {
	if e.Now == nil {
		e.Now = time.Now
	}
	if e.Width == nil {
		e.Width = func() int { return 80 }
	}
	if e.Height == nil {
		e.Height = func() int { return 24 }
	}
	if e.In == nil {
		e.In = noInput{}
	}
	if e.Files == nil {
		e.Files = OS{}
	}
	if e.Home == "" {
		e.Home, _ = os.UserHomeDir() // where there is none, a path with ~ says so
	}
}

// noInput is a standard input that has ended.
type noInput struct{}

func (noInput) Read([]byte) (int, error) { return 0, io.EOF }
