package events

import (
	"context"
	"fmt"
	"net/http"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"todoshell/cache"

	"todoshell/web/api"
	"todoshell/web/guard"
)

// Events go out as https://html.spec.whatwg.org/multipage/server-sent-events.html
// has them: "change" with a change, and "reset" where the client can't be told
// all that it has missed, or that a change was, and must load anew.
const (
	heartbeat  = 15 * time.Second
	maxBehind  = 4096        // events; whoever is further behind is told to load anew
	maxBatch   = 64 << 10    // bytes that wait for one client, but for an event that is longer
	maxCatchUp = 10_000      // lists that are looked through for whoever comes back from before a start
	retryAfter = time.Second // until a client connects again
	overlap    = 10 * time.Second
)

// Events are what there is to be told of lists.
type events struct {
	cache   *cache.Cache
	numbers secret // of the events of all lists
}

// Add adds the streams of events to the routes.
func Add(c *cache.Cache, rs *api.Routes) {
	es := &events{cache: c, numbers: newSecret()}
	stream := guard.Rule{Stream: true}
	rs.Handle("GET /v1/lists/{list}/events", stream, http.HandlerFunc(es.ofList))
	rs.Handle("GET /v1/events", stream, http.HandlerFunc(es.all))
}

// A stream is one client's.
type stream struct {
	ctx   context.Context //nolint:containedctx // of the request
	cache *cache.Cache
	out   http.ResponseWriter
	conn  *http.ResponseController
	watch *cache.Watch
	batch []byte // what is sent next
	gone  error  // nobody takes it any more
}

func (es *events) stream(w http.ResponseWriter, r *http.Request) *stream {
	return &stream{ctx: r.Context(), cache: es.cache.Within(guard.GrantOf(r.Context())), out: w, conn: http.NewResponseController(w)}
}

// lastEventID is where a client that comes back has been.
func lastEventID(r *http.Request) string {
	if id := r.Header.Get("Last-Event-ID"); id != "" {
		return id
	}
	return r.URL.Query().Get("last_event_id")
}

// aside runs f on a stack of its own, and waits. That of a stream, of which there
// are thousands, would stay as large as it once was. A panic is the caller's.
func aside(f func()) {
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

// change adds an event to what goes out next.
func (s *stream) change(id string, e cache.Event) {
	if e.Long {
		s.reset("a change is too long to be told")
		return
	}
	if id != "" {
		s.batch = append(append(append(s.batch, "id: "...), id...), '\n')
	}
	s.batch = append(s.batch, "event: change\ndata: "...)
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
func (s *stream) follow(tell func(cache.Event)) {
	timer := time.NewTicker(heartbeat)
	defer timer.Stop()
	on := true
	for aside(func() { on = s.send() == nil }); on; {
		select {
		case <-s.watch.Ready():
		case <-timer.C:
			s.batch = append(s.batch, ": here\n\n"...)
		case <-s.ctx.Done():
			return
		}
		aside(func() { on = s.tellAll(tell) })
	}
}

// tellAll tells of what has happened, and whether the client is still with us.
func (s *stream) tellAll(tell func(cache.Event)) bool {
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
		tell(e)
	}
	return s.send() == nil
}
