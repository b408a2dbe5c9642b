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
	env      repl.Environment
	state    repl.State
	server   string // what to call it
	messages chan message
	bye      bool // the server has begun nothing that it has not ended; true only once messages is closed
	hungUp   context.CancelFunc
	reading  sync.WaitGroup
	stdin    *source // where nobody types

	out, err io.Writer
	texts    []*repl.TextWriter // those of out and err that are such
	patience time.Duration      // for a server to end what was cancelled
	left     error              // why the server was left
}

// How long a server may take to end a task that was cancelled, and to complete a
// word.
const (
	patienceTask   = 10 * time.Second
	patienceLookUp = 2 * time.Second
)

type message struct {
	kind kind
	body []byte
}

// newClient takes the connection over.
func newClient(c conn, server string, env repl.Environment, state repl.State) *Client {
	env.SetDefaults()
	ctx, cancel := context.WithCancel(context.Background())
	client := &Client{conn: c, env: env, state: state, server: server, messages: make(chan message), hungUp: cancel,
		out: env.Out, patience: patienceTask}
	if env.Terminal {
		client.out = client.text(env.Out)
	}
	client.err = client.text(env.Err) // nobody needs each byte of an error
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

// text returns where to write what the server says, and the terminal may show.
func (c *Client) text(w io.Writer) io.Writer {
	t := repl.NewTextWriter(w, !c.env.Plain)
	c.texts = append(c.texts, t)
	return t
}

// Close ends the connection. It may be called twice.
func (c *Client) Close() {
	c.hangUp()
	c.reading.Wait()
}

// hangUp ends all that waits for the server.
func (c *Client) hangUp() {
	c.hungUp()
	_ = c.CloseNow()
}

// State returns what the tasks so far have made of the session.
func (c *Client) State() *repl.State { return &c.state }

// Do lets the server run a task. When ctx ends, what has been begun is finished
// and answered. Do fails as a session does, and with [Gone] and [Lost].
func (c *Client) Do(ctx context.Context, t repl.Task) error {
	dir, err := os.Getwd()
	if err != nil {
		dir = "" // then a relative path means nothing here, either
	}
	env := &c.env
	now := env.Now()
	r, err := c.exchange(ctx, newGrants(t, env.Home), taskKind, task{Task: t, Session: c.state,
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

// Complete completes a line here, but for the names of lists and ids: those the
// server looks up. Without it, there are none.
func (c *Client) Complete(line string) repl.Completion {
	env := c.env
	env.LookUp = c.lookUp
	return repl.NewSession(env, c.state).Complete(line)
}

func (c *Client) lookUp(words []string, prefix string) (found []repl.Word, more bool) {
	ctx, cancel := context.WithTimeout(context.Background(), patienceLookUp)
	defer cancel()
	r, err := c.exchange(ctx, newGrants(repl.Task{}, ""), lookUpKind, lookUp{words, prefix, c.state.InUse})
	if err != nil {
		return nil, false
	}
	return slices.DeleteFunc(r.Words, func(w repl.Word) bool {
		return !strings.HasPrefix(w.Text, prefix) || w.Text != "." && todo.CheckName(w.Text) != nil
	}), r.More
}

// exchange sends something to do, and gives what the server needs meanwhile.
func (c *Client) exchange(ctx context.Context, g *grants, k kind, v any) (r result, err error) {
	select {
	case _, ok := <-c.messages:
		if ok {
			return r, c.leave(refuse("sent what nothing had asked for"))
		}
		return r, c.gone() // what is not sent is not begun
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
		late := time.AfterFunc(c.patience, c.hangUp)
		_ = c.send(cancelKind) // receiving will tell
		canceled <- late
	})
	defer func() {
		if !stop() {
			(<-canceled).Stop() // a cancellation must not reach the next task
		}
		for _, t := range c.texts {
			_ = t.End()
		}
	}()
	desk := &desk{conn: c.conn, env: &c.env, grants: g, stdin: c.input()}
	defer desk.close()
	return c.work(desk)
}

// work takes messages until the result.
func (c *Client) work(d *desk) (r result, err error) {
	for m := range c.messages {
		switch m.kind {
		case outKind:
			if _, err := c.out.Write(m.body); err != nil {
				c.state.Closed = true
				c.Close() // which cancels the task
				return r, err
			}
		case errKind:
			_, _ = c.err.Write(m.body)
		case resultKind:
			if err := json.Unmarshal(m.body, &r); err != nil {
				return r, c.leave(refuse("sent a result that cannot be"))
			}
			if r.Stopped {
				c.Close()
				return r, c.lost()
			}
			return r, nil
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

// input is standard input. What is read ahead of it is for the next task, too.
func (c *Client) input() *source {
	if c.env.Confirm != nil {
		return newSource(io.NopCloser(c.env.In), false)
	}
	if c.stdin == nil {
		c.stdin = newSource(io.NopCloser(c.env.In), true)
	}
	return c.stdin
}
