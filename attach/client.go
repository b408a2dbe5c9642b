package attach

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"todoshell/repl"
	"todoshell/todo"
)

// A Client is a shell whose sessions run in a server. It is used by one goroutine.
type Client struct {
	conn
	env           repl.Environment
	state         repl.State
	server        string // what errors call it
	messages      chan message
	bye           bool // the server has ended all that it had begun, and goes; set before messages is closed
	stopReceiving context.CancelFunc
	reading       sync.WaitGroup
	stdin         *source // where nobody types, it lasts for all tasks

	out, err      io.Writer
	texts         []*repl.TextWriter // those that out and err write through
	cancelTimeout time.Duration      // how long the server may take to end a task that was cancelled
	left          error              // why the client has left the server, if it has

	// Of a task with a key. Its answer is held back until the result is there: if the
	// server goes before that, another one answers, and nothing is shown twice.
	holding bool
	held    []message // of the kinds outKind and errKind
}

// maxHeld is how many messages of an answer are held back. The answer to one command is
// mostly in one. If there are more, it is shown, and the command not given again.
const maxHeld = 16

// How long a server may take to end a task that was cancelled, and to look up names.
const (
	cancelTimeout = 10 * time.Second
	lookUpTimeout = 2 * time.Second
)

type message struct {
	kind kind
	body []byte
}

// newClient returns a client over a connection, which it closes in the end.
func newClient(c conn, server string, env repl.Environment, state repl.State) *Client {
	env.SetDefaults()
	ctx, cancel := context.WithCancel(context.Background())
	client := &Client{conn: c, env: env, state: state, server: server, messages: make(chan message), stopReceiving: cancel,
		out: env.Out, cancelTimeout: cancelTimeout}
	if env.Terminal {
		client.out = client.textWriter(env.Out)
	}
	client.err = client.textWriter(env.Err) // nobody needs each byte of an error
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

// textWriter returns a writer for what the server sends, which lets through only what
// can do a terminal no harm.
func (c *Client) textWriter(w io.Writer) io.Writer {
	t := repl.NewTextWriter(w, !c.env.Plain)
	c.texts = append(c.texts, t)
	return t
}

// Close ends the connection. It may be called twice.
func (c *Client) Close() {
	c.hangUp()
	c.reading.Wait()
}

// hangUp ends the connection, and with it all that waits for the server.
func (c *Client) hangUp() {
	c.stopReceiving()
	_ = c.CloseNow()
}

// State returns what the tasks so far have made of the session.
func (c *Client) State() *repl.State { return &c.state }

// Do lets the server run a task. When ctx ends, what has been begun is finished
// and answered. Do fails as a session does, and with errors of [IsGone] and [IsLost].
// A task with a key can be given to another client after an error of [CanRepeat].
func (c *Client) Do(ctx context.Context, t repl.Task) error {
	dir, err := os.Getwd()
	if err != nil {
		dir = "" // the folder is gone: relative paths mean nothing here, either
	}
	env := &c.env
	now := env.Now()
	c.holding = t.Key != [16]byte{}
	defer func() { c.holding, c.held = false, nil }()
	r, err := c.exchange(ctx, newAllowance(t, env.Home), taskKind, task{Task: t, Session: c.state,
		Width: min(max(env.Width(), 1), maxWidth), Terminal: env.Terminal, Zone: encodeZone(now.Location(), now),
		Dir: dir, Home: env.Home, Confirm: env.Confirm != nil, History: env.History != nil})
	if err != nil {
		return err
	}
	if err = r.Failure.err(); IsGone(err) || IsLost(err) || checkInUse(r.Session.InUse) != nil {
		return c.leave(refuse("sent a result that cannot be"))
	}
	c.state = r.Session
	return err
}

// Complete completes a line in this process, but for the names of lists and ids, which
// the server looks up. Without a server, there are none.
func (c *Client) Complete(line string) repl.Completion {
	env := c.env
	env.LookUp = c.lookUp
	return repl.NewSession(env, c.state).Complete(line)
}

func (c *Client) lookUp(words []string, prefix string) (found []repl.Word, more bool) {
	ctx, cancel := context.WithTimeout(context.Background(), lookUpTimeout)
	defer cancel()
	r, err := c.exchange(ctx, newAllowance(repl.Task{}, ""), lookUpKind, lookUp{words, prefix, c.state.InUse})
	if err != nil {
		return nil, false
	}
	return slices.DeleteFunc(r.Words, func(w repl.Word) bool {
		return !strings.HasPrefix(w.Text, prefix) || w.Text != "." && todo.CheckName(w.Text) != nil
	}), r.More
}

// exchange sends the server something to do, answers its questions, and returns the
// result.
func (c *Client) exchange(ctx context.Context, allowed *allowance, k kind, v any) (r result, err error) {
	select {
	case _, ok := <-c.messages:
		if ok {
			return r, c.leave(refuse("sent what nothing had asked for"))
		}
		return r, c.gone() // nothing was sent, so nothing was begun
	default:
	}
	text, err := json.Marshal(v)
	switch {
	case err != nil:
		return r, err
	case len(text) >= maxToServer:
		return r, &todo.Error{Code: repl.LineTooLong, Message: "the commands are longer than a server takes at once",
			Hint: "put them into a script, and run it with -f"}
	case c.send(k, text) != nil:
		return r, c.gone()
	}
	canceled := make(chan *time.Timer, 1)
	stop := context.AfterFunc(ctx, func() {
		late := time.AfterFunc(c.cancelTimeout, c.hangUp)
		_ = c.send(cancelKind) // if that fails, so does receiving the result
		canceled <- late
	})
	defer func() {
		if !stop() {
			(<-canceled).Stop() // wait until the cancellation is sent: it must not reach the next task
		}
		for _, t := range c.texts {
			_ = t.End()
		}
	}()
	responder := &responder{conn: c.conn, env: &c.env, allowed: allowed, stdin: c.input()}
	defer responder.close()
	return c.receiveResult(responder)
}

// receiveResult shows the output and answers questions until the result is there.
func (c *Client) receiveResult(d *responder) (r result, err error) {
	for m := range c.messages {
		switch m.kind {
		case outKind, errKind:
			c.held = append(c.held, m)
			if c.holding && len(c.held) <= maxHeld {
				continue
			}
			if err := c.show(); err != nil {
				return r, err
			}
		case resultKind:
			if err := json.Unmarshal(m.body, &r); err != nil {
				return r, c.leave(refuse("sent a result that cannot be"))
			}
			if r.Stopped {
				c.Close()
				return r, c.lost()
			}
			return r, c.show()
		default:
			err := d.serve(m)
			if refused, ok := errors.AsType[*refusal](err); ok {
				return r, c.leave(refused)
			}
			if err != nil {
				c.Close()
				return r, c.lost()
			}
		}
	}
	if c.bye {
		return r, c.gone()
	}
	return r, c.lost()
}

// show shows what was held back of the answer, and holds nothing back any more.
func (c *Client) show() error {
	c.holding = false
	for _, m := range c.held {
		if m.kind == errKind {
			_, _ = c.err.Write(m.body)
		} else if _, err := c.out.Write(m.body); err != nil {
			c.state.Closed = true
			c.Close() // which cancels the task
			return err
		}
	}
	c.held = c.held[:0]
	return nil
}

// input returns standard input for a task. Where nobody types, what one task has read
// ahead of it is kept for the next.
func (c *Client) input() *source {
	if c.env.Confirm != nil {
		return newSource(io.NopCloser(c.env.In), false)
	}
	if c.stdin == nil {
		c.stdin = newSource(io.NopCloser(c.env.In), true)
	}
	return c.stdin
}
