package server

import (
	"context"
	"errors"
	"iter"

	"todoshell/todo"
)

// A Log keeps the journals of lists. Different lists are independent of each
// other; a server makes one call at a time for its own. Where the context has
// ended, nothing is done: the error is that of the context.
type Log interface {
	// Load returns the list with its version. Where there is none it is empty, of
	// the version that it was dropped with, or 0.
	Load(ctx context.Context, name string) (todo.List, error)

	// Append makes a batch durable: after a crash all of it is there or nothing. The
	// list must be of the version after; otherwise the error is [todo.ErrConflict]
	// and nothing is appended. Next is the list that the batch leads to, for
	// snapshots and the head. The new version is returned.
	//
	// An error that wraps [todo.ErrOutcomeUnknown] leaves open whether the batch is
	// there: Since tells, and where it is not, the same batch can be appended again. One that is
	// there already is a conflict, or its version is returned.
	// Append must not keep the batch's changes, whose memory is used again.
	Append(ctx context.Context, name string, after todo.Version, next todo.List, b todo.Batch) (todo.Version, error)

	// History goes through the changes of a list from a revision on, oldest first.
	// An error ends it.
	History(ctx context.Context, name string, from uint64) iter.Seq2[todo.Change, error]

	// Since goes through the durable appends to a list after a version, oldest first,
	// those under way included, whose end it waits for. Where the list has been
	// dropped meanwhile, it begins with that drop: what was before it is gone. An error
	// ends it; so does not being sure whether there are more.
	Since(ctx context.Context, name string, after todo.Version) iter.Seq2[todo.Append, error]

	// Fresh returns once Load, and whatever else looks at the list, sees all changes of it
	// that anyone had been told of before the call, also where they were made on
	// another machine. The feed has told of them by then. The name "" stands for all
	// lists. On an error, what is seen may be old.
	Fresh(ctx context.Context, name string) error
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
