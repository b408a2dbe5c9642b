package repl

import "context"

// A Shell runs what people type: a [Session], or one who lets a session elsewhere
// do so. It is used by one goroutine.
type Shell interface {
	// Do runs a task. It fails only where what it reads or the output does.
	Do(ctx context.Context, t Task) error

	// Complete completes the word that the line ends in.
	Complete(line string) Completion

	// Settings returns what the shell works with, and what has become of it.
	Settings() *Options
}

// A Task is something to run.
type Task struct {
	Kind   TaskKind
	Text   string // the commands, or a script's path
	Number int    // Given: which of the commands given it is, from 1; its errors name it
}

// TaskKind says where a task comes from.
type TaskKind uint8

// The kinds of tasks.
const (
	Typed  TaskKind = iota // a line typed at the prompt: its errors have no place
	Given                  // a command given as an argument
	Script                 // the path of a script; - is standard input
)

// A State is what has become of a session: all that another one needs to go on
// in its place.
type State struct {
	InUse  string // the list that . stands for
	Timing bool

	Failed   bool // some command has failed
	Bailed   bool // a script was ended by that
	Exited   bool // the command exit has run
	ExitCode int  // what exit was given
	Closed   bool // the answers have nowhere to go
}

const noCode = -1 // what exit was given, if nothing

// Ended tells whether nothing more is to be run: after exit, after a failure
// that ends a script, or when the answers have nowhere to go.
func (s *State) Ended() bool { return s.Exited || s.Bailed || s.Closed }

// The exit codes of a session.
const (
	ExitOK     = 0
	ExitFailed = 1 // some command failed
	ExitBail   = 3 // a failed command ended the script
)

// Code returns the exit code for all that has been run.
func (s *State) Code() int {
	switch {
	case s.Exited && s.ExitCode != noCode:
		return s.ExitCode
	case s.Bailed:
		return ExitBail
	case s.Failed:
		return ExitFailed
	}
	return ExitOK
}

// Fail takes err as that of a command which no line of a script has given.
func (o *Options) Fail(err error) {
	Report(o.Err, o.JSON, err)
	o.Failed = true
	o.Bailed = o.Bailed || o.Bail
}
