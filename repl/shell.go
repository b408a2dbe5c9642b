package repl

import "context"

// A Shell runs the commands that people type: a [Session], or one who has a session
// in another process do so. It is used by one goroutine.
type Shell interface {
	// Do runs a task. It fails only where reading the task or writing the answers does.
	Do(ctx context.Context, t Task) error

	// Complete completes the word that the line ends in.
	Complete(line string) Completion

	// State returns what the tasks so far have made of the shell. Whoever gives it
	// tasks may change it between two of them.
	State() *State
}

// A Task is something to run.
type Task struct {
	Kind   TaskKind
	Text   string // the commands, or a script's path
	Number int    // Given: which of the commands given it is, from 1; its errors name it

	// Key makes the change of a single command an operation that its list remembers: given
	// again with the same key, it is made once, and answered again. Zero: it has none.
	Key [16]byte `json:",omitzero"`
}

// TaskKind says where a task comes from.
type TaskKind uint8

// The kinds of tasks.
const (
	Typed  TaskKind = iota // a line typed at the prompt: its errors have no place
	Given                  // a command given as an argument
	Script                 // the path of a script; - is standard input
)
