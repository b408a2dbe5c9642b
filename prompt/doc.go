// Package prompt is where a person types: it reads the keys of a terminal, lets
// them edit a line, and gives each line that is entered to a shell, which runs
// it. It also keeps the history of those lines, completes words, and stands
// between the terminal and a command that is interrupted.
//
// # From a key to a command
//
// The keyboard (keyboard.go) reads what the terminal sends and cuts it into keys
// (keys.go): one character, a whole paste, an arrow, Ctrl-R. Keys that move the
// cursor, erase one character or go through the history are left to readline,
// which this package alone imports; all others are done here, by the editor
// (editor.go) and the search (search.go). The screen (screen.go) draws the line.
// A line that is entered becomes a [todoshell/repl.Task] of the shell.
//
// # While a command runs
//
// The command's standard input is what is typed next, up to Ctrl-D, and its
// questions are asked at the prompt. Ctrl-C ends the command: the gate (gate.go)
// then lets no more of its answer through to the terminal, but for the error that
// says so.
//
// The package knows what a shell is from package repl, which knows nothing of
// terminals' keys.
package prompt
