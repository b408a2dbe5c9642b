package events

import (
	"context"
	"fmt"
	"net/http"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"todoshell/cache"
	"todoshell/todo"

	"todoshell/web/api"
	"todoshell/web/guard"
	"todoshell/web/problem"
	"todoshell/web/seal"
)

// Events go out as https://html.spec.whatwg.org/multipage/server-sent-events.html
// has them: "change" with a change, and "reset" where the client can't be told
// all that it has missed, or that a change was, and must load anew.
const (
	heartbeat  = 15 * time.Second
	maxBehind  = 4096        // events; whoever is further behind is told to load anew
	maxBatch   = 64 << 10    // bytes that wait for one client, but for an event that is longer
	retryAfter = time.Second // until a client connects again
)

// Streams are how events go out.
type streams struct {
	cache *cache.Cache
	seal  seal.Seal // of places in the events
}

// Add adds the streams of events to the routes. The ids of events are sealed.
func Add(c *cache.Cache, rs *api.Routes, sealed seal.Seal) {
	ss := &streams{cache: c, seal: sealed}
	stream := guard.Rule{Stream: true}
	rs.Handle("GET /v1/lists/{list}/events", stream, http.HandlerFunc(ss.ofList))
	rs.Handle("GET /v1/events", stream, http.HandlerFunc(ss.ofAll))
}

// ofList follows one list.
func (ss *streams) ofList(w http.ResponseWriter, r *http.Request) {
	s, name := ss.stream(w, r), r.PathValue("list")
	watch, err := s.cache.Watch(name)
	if err == nil {
		defer watch.Close()
		s.watch = watch
		onOwnStack(func() { _, err = s.cache.List(s.ctx, name) }) // it may be that it can't be read
	}
	if err != nil {
		problem.Write(w, err)
		return
	}
	s.run(r)
}

// ofAll follows all lists, or those whose names begin with a prefix.
func (ss *streams) ofAll(w http.ResponseWriter, r *http.Request) {
	s := ss.stream(w, r)
	s.watch = s.cache.WatchAll(r.URL.Query().Get("prefix"))
	defer s.watch.Close()
	s.run(r)
}

// A stream is one client's.
type stream struct {
	ctx   context.Context //nolint:containedctx // of the request
	cache *cache.Cache
	seal  seal.Seal
	out   http.ResponseWriter
	conn  *http.ResponseController
	watch *cache.Watch
	batch []byte // what is sent next
	gone  error  // why nothing can be written any more
}

func (ss *streams) stream(w http.ResponseWriter, r *http.Request) *stream {
	return &stream{ctx: r.Context(), cache: ss.cache.Within(guard.GrantOf(r.Context())), seal: ss.seal,
		out: w, conn: http.NewResponseController(w)}
}

// lastEventID returns the id of the last event that a client got before it connected again.
func lastEventID(r *http.Request) string {
	if id := r.Header.Get("Last-Event-ID"); id != "" {
		return id
	}
	return r.URL.Query().Get("last_event_id")
}

// onOwnStack runs f in a goroutine of its own, and waits for it. A goroutine's stack stays as large as it once became, and
// there are thousands of streams: so theirs stay small. A panic of f is passed on to the caller.
func onOwnStack(f func()) {
	failed := make(chan any)
	go func() {
		defer func() { failed <- recover() }()
		f()
	}()
	if value := <-failed; value != nil {
		panic(value)
	}
}

// open begins to answer.
func (s *stream) open() {
	h := s.out.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // for nginx
	s.batch = fmt.Appendf(s.batch, "retry: %d\n\n", retryAfter.Milliseconds())
}

// run tells of what has happened since an event, if the client has seen one, and then of
// all as it happens.
func (s *stream) run(r *http.Request) {
	last, err := lastEventID(r), error(nil)
	place, known := s.seal.Open(last)
	if known {
		onOwnStack(func() { err = s.watch.Reach(s.ctx, place) })
	}
	if err != nil {
		problem.Write(s.out, err) // the client comes again, from the same event
		return
	}
	s.open()
	if last != "" {
		onOwnStack(func() { s.resume(last, place, known) })
	}
	s.follow()
}

// resume tells of what a client has missed that comes back, if its place is known.
func (s *stream) resume(lastEventID string, place cache.Place, known bool) {
	if known {
		for e, err := range s.watch.From(s.ctx, place) {
			if known = err == nil; !known || s.gone != nil {
				break
			}
			s.change(e)
		}
	}
	if !known {
		s.reset("what has happened since " + todo.Shown(lastEventID) + " is not known")
	}
}

// change adds an event to what goes out next. Its id is where the client is with it.
func (s *stream) change(e cache.Event) {
	if e.Long {
		s.reset("a change is too long to be told")
		return
	}
	s.batch = append(append(s.batch, "id: "...), s.seal.Place(s.watch.Place())...)
	s.batch = append(s.batch, "\nevent: change\ndata: "...)
	text := e.Encoded(encodeEvent)
	if len(text) > maxBatch { // of which each client would have a copy
		s.write(s.batch)
		s.write(text)
		s.batch = append(s.batch[:0], "\n\n"...)
		return
	}
	s.batch = append(append(s.batch, text...), "\n\n"...)
	if len(s.batch) > maxBatch {
		_ = s.send() // it remembers
	}
}

func encodeEvent(e cache.Event) []byte {
	text, err := jsonv2.Marshal(api.ChangeOf(e.List, e.Change))
	if err != nil { // it is made of strings, numbers and dates
		panic(err)
	}
	return text
}

// reset tells the client to load anew.
func (s *stream) reset(reason string) {
	text, _ := jsontext.AppendQuote(nil, reason)
	s.batch = fmt.Appendf(s.batch, "id:\nevent: reset\ndata: {\"reason\":%s}\n\n", text) // nothing to come back to
}

func (s *stream) write(text []byte) {
	if s.gone == nil {
		_, s.gone = s.out.Write(text)
	}
}

func (s *stream) send() error {
	s.write(s.batch)
	if s.batch = s.batch[:0]; cap(s.batch) > 2*maxBatch {
		s.batch = nil
	}
	if s.gone == nil {
		s.gone = s.conn.Flush()
	}
	return s.gone
}

// follow tells of all events as they come, until the client goes, or is so slow
// that it must begin anew.
func (s *stream) follow() {
	timer := time.NewTicker(heartbeat)
	defer timer.Stop()
	on := true
	for onOwnStack(func() { on = s.send() == nil }); on; {
		select {
		case <-s.watch.Ready():
		case <-timer.C:
			s.batch = append(s.batch, ": here\n\n"...)
		case <-s.ctx.Done():
			return
		}
		onOwnStack(func() { on = s.tellAll() })
	}
}

// tellAll tells of what has happened, and whether the client is still with us.
func (s *stream) tellAll() bool {
	for s.gone == nil {
		if s.watch.Lost() || s.watch.Behind() > maxBehind {
			s.reset("too much has happened meanwhile")
			_ = s.send()
			return false
		}
		e, ok := s.watch.Next()
		if !ok {
			break
		}
		s.change(e)
	}
	return s.send() == nil
}
