package web

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"todoshell/cache"
	"todoshell/todo"
)

// Events go out as https://html.spec.whatwg.org/multipage/server-sent-events.html
// has them: "change" with a change, and "reset" where the client can't be told
// all that it has missed, and must load anew.
const (
	heartbeat  = 15 * time.Second
	maxBehind  = 4096        // events; whoever is further behind is told to load anew
	maxCatchUp = 10_000      // lists that are looked through for whoever comes back from before a start
	retryAfter = time.Second // until a client connects again
	overlap    = 10 * time.Second
)

// A stream is one client's.
type stream struct {
	ctx   context.Context //nolint:containedctx // of the request
	cache *cache.Cache
	out   http.ResponseWriter
	conn  *http.ResponseController
	watch *cache.Watch
	batch []byte
}

func (a *api) stream(w http.ResponseWriter, r *http.Request) *stream {
	return &stream{ctx: r.Context(), cache: a.within(r.Context()), out: w, conn: http.NewResponseController(w)}
}

// lastEventID is where a client that comes back has been.
func lastEventID(r *http.Request) string {
	if id := r.Header.Get("Last-Event-ID"); id != "" {
		return id
	}
	return r.URL.Query().Get("last_event_id")
}

// listEvents follows one list. The id of an event is REVISION-TIME: the time tells
// a list from another one that had its name.
func (a *api) listEvents(w http.ResponseWriter, r *http.Request) {
	s, name := a.stream(w, r), r.PathValue("list")
	f := &follower{stream: s, name: name}
	var err error
	if s.watch, err = s.cache.Watch(name); err == nil {
		defer s.watch.Close()
		aside(func() { err = f.catchUp(lastEventID(r)) })
	}
	if err != nil {
		problem(w, r, err)
		return
	}
	s.follow(f.tell)
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

// A follower knows how far a client has been told of a list.
type follower struct {
	*stream
	name string
	rev  uint64
	time time.Time // of that change
}

// catchUp begins where the client has been, or else with what happens from now on.
func (f *follower) catchUp(id string) error {
	list, err := f.cache.List(f.ctx, f.name)
	if err != nil {
		return err
	}
	f.open()
	resumed := id != "" && f.resume(id)
	if !resumed {
		f.begin(list.Rev)
	}
	if id != "" && !resumed {
		f.reset("what has happened since " + id + " is not known")
	}
	return nil
}

// begin begins after a revision.
func (f *follower) begin(rev uint64) {
	f.rev, f.time = rev, time.Time{}
	for c, err := range f.cache.History(f.ctx, f.name, rev) {
		if err == nil && c.Rev == rev {
			f.time = c.Time
		}
		break
	}
}

// resume goes back to where the client has been, if the journal has it.
func (f *follower) resume(id string) bool {
	revision, _, _ := strings.Cut(id, "-")
	rev, err := strconv.ParseUint(revision, 10, 64)
	if err != nil || rev == 0 {
		return false
	}
	known := false
	for c, err := range f.cache.History(f.ctx, f.name, rev) {
		switch {
		case err != nil:
			return false
		case c.Rev > rev:
			f.told(cache.Event{List: f.name, Change: c})
		case changeID(c) != id:
			return false
		default:
			known, f.rev, f.time = true, c.Rev, c.Time
		}
	}
	return known
}

func changeID(c todo.Change) string {
	return strconv.FormatUint(c.Rev, 10) + "-" + strconv.FormatInt(c.Time.UnixNano(), 36)
}

// told tells of an event.
func (f *follower) told(e cache.Event) {
	f.change(changeID(e.Change), e)
	if f.rev, f.time = e.Rev, e.Time; e.Kind == todo.Drop {
		f.rev = 0
	}
}

// tell tells of an event of the watch, after those that it has not seen: of an
// append whose outcome was unknown at first.
func (f *follower) tell(e cache.Event) {
	switch {
	case e.Rev <= f.rev && !e.Time.After(f.time):
		return // the client knows it
	case e.Rev <= f.rev:
		f.reset("the list has begun anew")
		f.rev = 0
	case e.Rev > f.rev+1:
		for c, err := range f.cache.History(f.ctx, f.name, f.rev+1) {
			if err != nil || c.Rev >= e.Rev {
				break
			}
			f.told(cache.Event{List: f.name, Change: c})
		}
	}
	f.told(e)
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
	if id != "" {
		s.batch = append(append(append(s.batch, "id: "...), id...), '\n')
	}
	s.batch = append(s.batch, "event: change\ndata: "...)
	s.batch = append(append(s.batch, e.Encoded(encodeEvent)...), "\n\n"...)
}

func encodeEvent(e cache.Event) []byte {
	text, err := json.Marshal(changeOf(e.List, e.Change))
	if err != nil { // it is made of strings, numbers and dates
		panic(err)
	}
	return text
}

// reset tells the client to load anew.
func (s *stream) reset(reason string) {
	text, _ := json.Marshal(map[string]string{"reason": reason})
	s.batch = fmt.Appendf(s.batch, "id:\nevent: reset\ndata: %s\n\n", text) // nothing to come back to
}

func (s *stream) send() error {
	_, err := s.out.Write(s.batch)
	s.batch = s.batch[:0]
	if err != nil {
		return err
	}
	return s.conn.Flush()
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
	if s.watch.Behind() > maxBehind {
		s.reset("too much has happened meanwhile")
		_ = s.send()
		return false
	}
	for e, ok := s.watch.Next(); ok; e, ok = s.watch.Next() {
		tell(e)
	}
	return s.send() == nil
}

// allEvents follows all lists, or those whose names begin with a prefix. The id
// of an event is NUMBER-TIME: the number, sealed, counts the events since the start.
func (a *api) allEvents(w http.ResponseWriter, r *http.Request) {
	s, prefix := a.stream(w, r), r.URL.Query().Get("prefix")
	s.watch = s.cache.WatchAll(prefix)
	defer s.watch.Close()
	s.open()
	told := make(map[string]uint64) // how far the client has been told of lists when it came back
	aside(func() {
		if id := lastEventID(r); id != "" && !a.back(s, prefix, id, told) {
			s.reset("what has happened since " + id + " is not known")
		}
	})
	s.follow(func(e cache.Event) {
		if e.Rev > told[e.List] {
			s.change(a.eventID(e), e)
		}
		if e.Kind == todo.Drop {
			delete(told, e.List)
		}
	})
}

// A secret turns the numbers of events into what tells nobody how many there were:
// most of them may be none of the client's business.
type secret struct{ cipher.Block }

func newSecret() secret {
	key := make([]byte, 16)
	_, _ = rand.Read(key)          // never fails
	block, _ := aes.NewCipher(key) // of a right length
	return secret{block}
}

func (s secret) seal(number uint64) string {
	var b [aes.BlockSize]byte
	binary.BigEndian.PutUint64(b[:], number)
	s.Encrypt(b[:], b[:])
	return hex.EncodeToString(b[:])
}

// open is false for what this start has not sealed.
func (s secret) open(sealed string) (number uint64, ok bool) {
	b, err := hex.DecodeString(sealed)
	if err != nil || len(b) != aes.BlockSize {
		return 0, false
	}
	s.Decrypt(b, b)
	return binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:]) == 0
}

func (a *api) eventID(e cache.Event) string {
	return a.numbers.seal(e.Number) + "-" + strconv.FormatInt(e.Time.UnixNano(), 36)
}

// back goes back to where the client has been. From before this start, what it has
// missed is in the journals.
func (a *api) back(s *stream, prefix, id string, told map[string]uint64) bool {
	sealed, at, _ := strings.Cut(id, "-")
	if number, ok := a.numbers.open(sealed); ok && s.watch.Back(number) {
		return true
	}
	nanos, err := strconv.ParseInt(at, 36, 64)
	if err != nil {
		return false
	}
	// A change is dated before it is durable, and others may overtake it.
	since, lists := time.Unix(0, nanos).Add(-overlap), 0
	for name, err := range s.cache.Names(s.ctx, prefix, "") {
		if lists++; err != nil || lists > maxCatchUp {
			return false
		}
		changes, err := s.latest(name, since)
		if err != nil {
			return false
		}
		for _, c := range changes { // without an id: whoever is cut off in between comes back with this one
			s.change("", cache.Event{List: name, Change: c})
			told[name] = c.Rev
		}
	}
	return true
}

// latest returns the changes of a list since a time.
func (s *stream) latest(name string, since time.Time) (changes []todo.Change, err error) {
	list, err := s.cache.View(s.ctx, name)
	if err != nil {
		return nil, err
	}
	for n := uint64(1); ; n *= 2 { // most lists have none
		from := max(list.Rev, n) - n + 1
		changes = changes[:0]
		older := from == 1
		for c, err := range s.cache.History(s.ctx, name, from) {
			if err != nil {
				return nil, err
			}
			if c.Time.Before(since) {
				older, changes = true, changes[:0]
				continue
			}
			changes = append(changes, c)
		}
		if older {
			return changes, nil
		}
	}
}
