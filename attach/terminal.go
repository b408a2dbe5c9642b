package attach

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/coder/websocket"

	"todoshell/cache"
	"todoshell/repl"
	"todoshell/todo"
)

// A terminal is a client, as the server sees it: it shows output, and gives what
// commands need. One goroutine receives the client's messages; another runs the task,
// asks questions, and gets the replies from the first.
type terminal struct {
	conn
	server *Server
	cache  *cache.Cache

	mu     sync.Mutex
	cancel context.CancelCauseFunc // of the task under way, if there is one
	ended  int                     // how many results are being sent
	ending bool                    // no more tasks may begin
	latest uint32                  // the id of the latest question
	asked  map[uint32]chan reply   // where to send the reply to a question, by its id

	asking sync.RWMutex // read-locked while a question is sent, locked while a result is

	gone chan struct{} // closed when the connection has ended
}

func newTerminal(c conn, s *Server, lists *cache.Cache) *terminal {
	return &terminal{conn: c, server: s, cache: lists, asked: make(map[uint32]chan reply),
		gone: make(chan struct{})}
}

// serve receives messages until the connection ends.
func (t *terminal) serve(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer close(t.gone)
	defer cancel()
	for {
		k, message, err := t.receive(ctx)
		if err != nil {
			return
		}
		switch k {
		case taskKind, lookUpKind:
			run, err := t.prepare(k, message)
			if err != nil {
				return
			}
			doing, err := t.begin(ctx)
			if err != nil {
				return
			}
			if doing != nil {
				running.Go(func() { t.end(doing, run(doing)) })
			}
		case cancelKind:
			t.interrupt(context.Canceled)
		case replyKind:
			var r reply
			if json.Unmarshal(message, &r) != nil {
				return
			}
			t.deliver(r)
		case dataKind:
			if len(message) < 4 {
				return
			}
			t.deliver(reply{ID: binary.BigEndian.Uint32(message), data: message[4:]})
		default:
			return
		}
	}
}

// prepare reads what a message asks for, and returns what does it.
func (t *terminal) prepare(k kind, message []byte) (run func(context.Context) result, err error) {
	if k == lookUpKind {
		var l lookUp
		err = errors.Join(json.Unmarshal(message, &l), checkInUse(l.InUse))
		return func(ctx context.Context) result { return t.lookUp(ctx, l) }, err
	}
	var w task
	if err = json.Unmarshal(message, &w); err != nil {
		return nil, err
	}
	if w.Width < 1 || w.Width > maxWidth || len(w.Zone) > maxZone {
		return nil, errProtocol
	}
	zone, err := time.LoadLocationFromTZData("Local", w.Zone)
	return func(ctx context.Context) result { return t.run(ctx, w, zone) }, errors.Join(err, checkInUse(w.Session.InUse))
}

// begin returns the context of a task, or nil if no more tasks may begin. It is an
// error to begin one before the client has the result of the one before.
func (t *terminal) begin(ctx context.Context) (doing context.Context, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.cancel != nil:
		return nil, errProtocol
	case t.ending:
		return nil, nil
	}
	doing, t.cancel = context.WithCancelCause(ctx)
	return doing, nil
}

// end sends the result of a task.
func (t *terminal) end(doing context.Context, r result) {
	r.Stopped = errors.Is(context.Cause(doing), errEnding)
	t.mu.Lock()
	t.cancel(nil)
	t.cancel = nil // before the client knows that it may send another task
	t.ended++
	t.mu.Unlock()
	t.asking.Lock()               // no question comes after the result
	_ = t.sendJSON(resultKind, r) // if that fails, so does receiving, which ends the connection
	t.asking.Unlock()
	t.mu.Lock()
	t.ended--
	last := t.ending && t.idle()
	t.mu.Unlock()
	if last {
		t.sayBye()
	}
}

// idle tells whether the client has the results of all its tasks. If it were told
// goodbye before one of them, it would take the task for one that has not begun, and
// run it again elsewhere. The caller holds mu.
func (t *terminal) idle() bool { return t.cancel == nil && t.ended == 0 }

// interrupt cancels the task under way, if there is one.
func (t *terminal) interrupt(cause error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cancel != nil {
		t.cancel(cause)
	}
}

func (t *terminal) stop() { t.interrupt(errEnding) }

func (t *terminal) hangUp() { _ = t.CloseNow() }

// bye lets no more tasks begin, and tells the client so as soon as none is under way.
func (t *terminal) bye() {
	t.mu.Lock()
	t.ending = true
	idle := t.idle()
	t.mu.Unlock()
	if idle {
		t.sayBye()
	}
}

// sayBye tells the client that no more tasks will begin. It doesn't wait long for a
// client that receives nothing.
func (t *terminal) sayBye() {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	_ = t.Write(ctx, websocket.MessageBinary, []byte{byte(byeKind)})
}

// run runs a task in a session of its own, whose environment is the client's.
func (t *terminal) run(ctx context.Context, w task, zone *time.Location) result {
	env := repl.Environment{Cache: t.cache,
		In:  &reader{t: t, ctx: ctx},
		Out: writer{t, outKind}, Err: writer{t, errKind},
		Width: func() int { return w.Width }, Terminal: w.Terminal,
		Now:    func() time.Time { return time.Now().In(zone) },
		Files:  files{t, ctx},
		Home:   w.Home,
		Clear:  func() error { return t.clear(ctx) },
		Backup: func(dir string) error { return t.backup(w.Dir, dir) },
	}
	if w.Confirm {
		env.Confirm = func(text string) (bool, error) { return t.confirm(ctx, text) }
	}
	if w.History {
		env.History = func() iter.Seq[string] { return t.history(ctx) }
	}
	s := repl.NewSession(env, w.Session)
	err := s.Do(ctx, w.Task)
	return result{Session: *s.State(), Failure: failureOf(err)}
}

func (t *terminal) lookUp(ctx context.Context, l lookUp) (r result) {
	s := repl.NewSession(repl.Environment{Cache: t.cache, Out: io.Discard, Files: files{t, ctx}}, repl.State{InUse: l.InUse})
	r.Words, r.More = s.LookUp(l.Words, l.Prefix)
	return r
}

// backup takes relative paths from where the client runs, and its errors name the
// path as it was given.
func (t *terminal) backup(from, dir string) error {
	if t.server.backup == nil {
		return &todo.Error{Code: todo.Forbidden, Message: "a shell elsewhere makes no backups",
			Hint: "run this where the data is: todoshell backup DIR"}
	}
	path := dir
	if !filepath.IsAbs(path) {
		path = filepath.Join(from, path)
	}
	err := t.server.backup(path)
	if e, ok := errors.AsType[*os.PathError](err); ok && e.Path == path {
		err = &os.PathError{Op: e.Op, Path: dir, Err: e.Err}
	}
	return err
}
