package attach

import (
	"errors"
	"fmt"

	"todoshell/repl"
	"todoshell/todo"
)

// The codes of errors of a client.
const (
	CantConnect  todo.Code = "cannot_attach" // there is no server, or not one for this client
	Unauthorized todo.Code = "unauthorized"
)

// leave ends the connection to a server that does what it may not, and returns the
// error that says so.
func (c *Client) leave(why error) error {
	c.Close()
	c.left = &todo.Error{Code: repl.ServerRefused, Message: fmt.Sprintf("%s %v; this shell has left it", c.server, why),
		Hint: "what was not answered may have been done or not: find out about that server before you use it again"}
	return c.left
}

// gone is the error of a task that the server has not begun.
func (c *Client) gone() error {
	if c.left != nil {
		return c.left
	}
	return &todo.Error{Code: repl.ServerGone, Message: c.server + " has gone", Hint: "nothing was changed"}
}

// lost is the error of a task that the server may have begun.
func (c *Client) lost() error {
	err := &todo.Error{Code: repl.ServerLost, Message: c.server + " has gone in the middle of this",
		Hint: "what was not answered may have been done or not: look before you try again"}
	if c.holding {
		return unanswered{err}
	}
	return err
}

// unanswered is the error of a task with a key whose server has gone in the middle of
// it, before anything of the answer was shown.
type unanswered struct{ error }

func (u unanswered) Unwrap() error { return u.error }

// CanRepeat tells whether err is that of a task which may have been done or not, but
// can be given to another server: its key makes sure that it is done once.
func CanRepeat(err error) bool {
	_, ok := errors.AsType[unanswered](err)
	return ok
}

// IsGone tells whether err is that of a server that had gone before the task began.
func IsGone(err error) bool { return errors.Is(err, &todo.Error{Code: repl.ServerGone}) }

// IsLost tells whether err is that of a server that has gone meanwhile, or was left.
func IsLost(err error) bool {
	return errors.Is(err, &todo.Error{Code: repl.ServerLost}) || errors.Is(err, &todo.Error{Code: repl.ServerRefused})
}
