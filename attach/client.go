package attach

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"sync"

	"todoshell/repl"
	"todoshell/todo"
)

// The codes of errors of a client.
const (
	Gone         todo.Code = "server_gone"   // the server has gone; nothing of the task was run
	Lost         todo.Code = "server_lost"   // the server has gone in the middle of the task
	CantConnect  todo.Code = "cannot_attach" // there is no server, or not one for this client
	Unauthorized todo.Code = "unauthorized"
)

// A Client is a shell whose sessions run in a server. It is used by one goroutine.
type Client struct {
	conn
	options  repl.Options
	server   string // what to call it
	messages chan message
	bye      bool // the server has begun nothing that it has not ended; true only once messages is closed
	hungUp   context.CancelFunc
	reading  sync.WaitGroup
	stdin    *source // where nobody types
}

type message struct {
	kind kind
	body []byte
}

// newClient takes the connection over.
func newClient(c conn, server string, o repl.Options) *Client {
	o.SetDefaults()
	ctx, cancel := context.WithCancel(context.Background())
	client := &Client{conn: c, options: o, server: server, messages: make(chan message), hungUp: cancel}
	client.reading.Go(func() {
		defer close(client.messages)
		for {
			k, body, err := c.receive(ctx)
			if err != nil {
				return
			}
			if k == byeKind {
				client.bye = true
				_ = c.CloseNow()
				return
			}
			select {
			case client.messages <- message{k, body}:
			case <-ctx.Done():
				return
			}
		}
	})
	return client
}

// Close ends the connection. It may be called twice.
func (c *Client) Close() {
	c.hungUp()
	_ = c.CloseNow()
	c.reading.Wait()
}

// Settings returns what the client works with, and what has become of its session.
func (c *Client) Settings() *repl.Options { return &c.options }

// Do lets the server run a task. When ctx ends, what has been begun is finished
// and answered. Do fails as a session does, and with [Gone] and [Lost].
func (c *Client) Do(ctx context.Context, t repl.Task) error {
	dir, err := os.Getwd()
	if err != nil {
		dir = "" // then a relative path means nothing here, either
	}
	o := &c.options
	now := o.Now()
	r, err := c.exchange(ctx, taskKind, task{Task: t, Session: sessionOf(o), Width: o.Width(), Terminal: o.Terminal,
		Zone: encodeZone(now.Location(), now), Dir: dir, Home: o.Home, Confirm: o.Confirm != nil, History: o.History != nil})
	if err != nil {
		return err
	}
	r.Session.applyTo(o)
	return r.Failure.err()
}

// Complete lets the server complete a line. Without it, there is nothing to add.
func (c *Client) Complete(line string) repl.Completion {
	r, err := c.exchange(context.Background(), completeKind, completion{line, c.options.InUse})
	if err != nil {
		return repl.Completion{From: len(line)}
	}
	return r.Completion
}

// exchange sends something to do, and does what the server wants meanwhile.
func (c *Client) exchange(ctx context.Context, k kind, v any) (result, error) {
	select {
	case <-c.messages: // there is none unasked for, so the connection has ended
		return result{}, c.gone()
	default:
	}
	if c.sendJSON(k, v) != nil {
		return result{}, c.gone() // what has not been sent is not begun
	}
	canceled := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(canceled)
		_ = c.send(cancelKind) // receiving will tell
	})
	defer func() {
		if !stop() {
			<-canceled // a cancellation must not reach the next task
		}
	}()
	desk := &desk{conn: c.conn, options: &c.options, stdin: c.input()}
	defer desk.close()
	for m := range c.messages {
		switch m.kind {
		case outKind:
			if _, err := c.options.Out.Write(m.body); err != nil {
				c.options.Closed = true
				c.Close() // which cancels the task
				return result{}, err
			}
		case errKind:
			_, _ = c.options.Err.Write(m.body)
		case resultKind:
			return c.result(m.body)
		default:
			if err := desk.serve(m); err != nil {
				c.Close()
				return result{}, c.lost()
			}
		}
	}
	if c.bye {
		return result{}, c.gone()
	}
	return result{}, c.lost()
}

// input is standard input. What is read ahead of it is for the next task, too.
func (c *Client) input() *source {
	if c.options.Confirm != nil {
		return newSource(io.NopCloser(c.options.In), false)
	}
	if c.stdin == nil {
		c.stdin = newSource(io.NopCloser(c.options.In), true)
	}
	return c.stdin
}

func (c *Client) result(body []byte) (r result, err error) {
	if json.Unmarshal(body, &r) != nil {
		c.Close()
		return r, c.lost()
	}
	if r.Stopped {
		c.Close()
		return r, c.lost()
	}
	return r, nil
}

func (c *Client) gone() error {
	return &todo.Error{Code: Gone, Message: c.server + " has gone", Hint: "nothing was changed"}
}

func (c *Client) lost() error {
	return &todo.Error{Code: Lost, Message: c.server + " has gone in the middle of this",
		Hint: "what was not answered may have been done or not: look before you try again"}
}

// IsGone tells whether err is that of a server that had gone before the task began.
func IsGone(err error) bool { return errors.Is(err, &todo.Error{Code: Gone}) }

// IsLost tells whether err is that of a server that has gone meanwhile.
func IsLost(err error) bool { return errors.Is(err, &todo.Error{Code: Lost}) }
