package events

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"todoshell/cache"
	"todoshell/todo"

	"todoshell/web/problem"
)

// ofList follows one list. The id of an event is REVISION-TIME: the time tells
// a list from another one that had its name.
func (es *events) ofList(w http.ResponseWriter, r *http.Request) {
	s, name := es.stream(w, r), r.PathValue("list")
	f := &follower{stream: s, name: name}
	var err error
	if s.watch, err = s.cache.Watch(name); err == nil {
		defer s.watch.Close()
		aside(func() { err = f.catchUp(lastEventID(r)) })
	}
	if err != nil {
		problem.Write(w, err)
		return
	}
	s.follow(f.tell)
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
		f.reset("what has happened since " + todo.Shown(id) + " is not known")
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
			f.told(cache.EventOf(f.name, c))
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
			if err != nil {
				f.reset("what has happened meanwhile cannot be read")
				break
			}
			if c.Rev >= e.Rev {
				break
			}
			f.told(cache.EventOf(f.name, c))
		}
	}
	f.told(e)
}
