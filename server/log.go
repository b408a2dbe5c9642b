package server

import (
	"context"
	"errors"

	"todoshell/todo"
)

// A Log keeps the journals of lists. Different lists are independent of each
// other; a server makes one call at a time for its own. Where the context has
// ended, nothing is done: the error is that of the context.
type Log interface {
	// Load returns the list, empty where there is none.
	Load(ctx context.Context, name string) (todo.List, error)

	// Append makes changes durable as one: after a crash all of them are there or
	// none. Next is the list that they lead to, for a snapshot. Where the journal
	// does not end right before the changes, the error is [todo.ErrConflict] and
	// nothing is appended. An error that wraps [todo.ErrOutcomeUnknown] leaves open
	// whether they are there. Append must not keep the slice, which is used again.
	Append(ctx context.Context, name string, next todo.List, changes []todo.Change) error

	// Change returns one change of the journal.
	Change(ctx context.Context, name string, rev uint64) (todo.Change, error)
}

// How a request can end, besides the errors of its own and of the log.
var (
	// ErrStopped: the server has stopped and did not accept the request.
	ErrStopped = errors.New("the list's server has stopped")
	// ErrCrashed: running the request made the server panic. It changed nothing. The
	// message of such an error says how.
	ErrCrashed = &todo.Error{Code: Crashed, Message: "the list's server crashed"}
)

// Crashed is the code of a request that made its server panic.
const Crashed todo.Code = "crashed"
