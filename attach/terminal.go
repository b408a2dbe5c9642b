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

// A terminal is a client as its server sees it. One goroutine receives, another
// runs the task; that one is told of the replies to what it asks.
type terminal struct {
	conn
	server *Server
	cache  *cache.Cache

	mu     sync.Mutex
	cancel context.CancelCauseFunc // of the task under way, if there is one
	ended  int                     // tasks whose results are being sent
	ending bool                    // no task is to begin
	latest uint32                  // the id of the latest question
	asked  map[uint32]chan reply   // by id, those that are waited for

	asking sync.RWMutex // is read-locked while a question is sent

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

// prepare reads what is to be done.
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

// begin makes the context of a task. There is one task at a time, and none after
// the client was told so.
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

// end tells the result of a task.
func (t *terminal) end(doing context.Context, r result) {
	r.Stopped = errors.Is(context.Cause(doing), errEnding)
	t.mu.Lock()
	t.cancel(nil)
	t.cancel = nil // before the client can send another
	t.ended++
	t.mu.Unlock()
	t.asking.Lock()               // no question comes after the result
	_ = t.sendJSON(resultKind, r) // receiving will tell
	t.asking.Unlock()
	t.mu.Lock()
	t.ended--
	last := t.ending && t.idle()
	t.mu.Unlock()
	if last {
		t.sayBye()
	}
}

// idle tells whether the client knows the results of all its tasks. A goodbye
// before one of them would say that the task had not begun, and the client would
// have it run once more. The caller holds mu.
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

// bye lets no more tasks begin, and tells the client so when there is none.
func (t *terminal) bye() {
	t.mu.Lock()
	t.ending = true
	idle := t.idle()
	t.mu.Unlock()
	if idle {
		t.sayBye()
	}
}

// sayBye doesn't wait for a client that takes nothing any more.
func (t *terminal) sayBye() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_ = t.Write(ctx, websocket.MessageBinary, []byte{byte(byeKind)})
}

// run runs a task in a session whose terminal is the client.
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
