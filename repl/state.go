package repl

import "io"

// Settings are what an operator chooses with the program's flags. The command set
// shows and changes them, and [State.Timing] and [State.Fresh].
type Settings struct {
	JSON  bool // answers are objects in JSON, a line each
	Bail  bool // a script ends at its first failed command
	Table bool // answers are tables and words, for a person at a terminal
	Color bool
}

// A State is what the commands of a session change. Another session that begins
// with it goes on in its place.
type State struct {
	Settings
	InUse  string // the list that . stands for
	Timing bool   // how long each command takes is shown
	Fresh  bool   // what is shown must be as new as what anyone has been answered

	Failed   bool // some command has failed
	Bailed   bool // and has thereby ended a script
	Exited   bool // the command exit has run
	ExitCode int  // what exit was given
	Closed   bool // nobody reads the answers any more
}

const noCode = -1 // what exit was given, if nothing

// Ended tells whether nothing more is to be run: after exit, after a failure
// that ends a script, or when nobody reads the answers.
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

// Fail reports an error that no line of a script has caused, and counts it as a
// failed command.
func (s *State) Fail(w io.Writer, err error) {
	Report(w, s.JSON, err)
	s.Failed = true
	s.Bailed = s.Bailed || s.Bail
}
