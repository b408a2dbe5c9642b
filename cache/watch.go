package cache

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"todoshell/todo"
)

// An Event is a change of a list that has been answered.
type Event struct {
	List string
	todo.Change
	Number uint64 // counts the events of a watch's list, or of all lists

	encoded *encoded // shared by all copies; nil: of an event that is not of a watch
}

type encoded struct {
	once sync.Once
	text []byte
}

// Encoded returns the event as encode, always the same function, makes it: once
// for all who watch.
func (e Event) Encoded(encode func(Event) []byte) []byte {
	if e.encoded == nil {
		return encode(e)
	}
	e.encoded.once.Do(func() { e.encoded.text = encode(e) })
	return e.encoded.text
}

// Recent is how many events of all lists are kept for those who come back.
const Recent = 4096

// A Watch follows the changes of one list, or of many. It is used by one
// goroutine. It takes no part in a change: whoever is slow falls behind, and
// must look at how far.
type Watch struct {
	topic *topic
	at    *link
	grant Grant
	close func()
}

// A link of the chain of events that all watches of a topic follow, each at its
// own pace: what nobody has yet to see is garbage.
type link struct {
	Event
	ready chan struct{} // closed when there is an event, and a link after it
	next  *link
}

// A topic is the chain for one list, or that for all.
type topic struct {
	watched int // guarded by watches

	mu     sync.Mutex
	last   *link // has no event yet
	first  *link // the oldest kept, for all lists
	number atomic.Uint64
}

type watches struct {
	used atomic.Bool // whether there ever were any

	mu     sync.RWMutex
	byList map[string]*topic
	all    *topic
}

func newTopic() *topic { return &topic{last: &link{ready: make(chan struct{})}} }

// Watch follows the changes of a list from now on.
func (c *Cache) Watch(name string) (*Watch, error) {
	if err := c.may(name); err != nil {
		return nil, err
	}
	ws := &c.watches
	ws.used.Store(true)
	ws.mu.Lock()
	defer ws.mu.Unlock()
	t := ws.byList[name]
	if t == nil {
		t = newTopic()
		if ws.byList == nil {
			ws.byList = make(map[string]*topic)
		}
		ws.byList[name] = t
	}
	t.watched++
	return t.watch(Grant{}, func() {
		ws.mu.Lock()
		defer ws.mu.Unlock()
		if t.watched--; t.watched == 0 {
			delete(ws.byList, name)
		}
	}), nil
}

// WatchAll follows the changes of all lists whose names begin with prefix from
// now on.
func (c *Cache) WatchAll(prefix string) *Watch {
	ws := &c.watches
	ws.used.Store(true)
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.all == nil {
		ws.all = newTopic()
		ws.all.first = ws.all.last
	}
	prefix, ok := c.grant.within(prefix)
	if !ok {
		return newTopic().watch(Grant{}, func() {}) // nothing ever happens
	}
	return ws.all.watch(Grant{Prefix: prefix}, func() {})
}

func (t *topic) watch(g Grant, end func()) *Watch {
	t.mu.Lock()
	defer t.mu.Unlock()
	return &Watch{topic: t, at: t.last, grant: g, close: sync.OnceFunc(end)}
}

// Ready is closed when there may be a next event.
func (w *Watch) Ready() <-chan struct{} { return w.at.ready }

// Next returns the next event; ok is false while there is none.
func (w *Watch) Next() (e Event, ok bool) {
	for {
		select {
		case <-w.at.ready:
		default:
			return Event{}, false
		}
		e, w.at = w.at.Event, w.at.next
		if strings.HasPrefix(e.List, w.grant.Prefix) {
			return e, true
		}
	}
}

// Behind returns how many events there are that Next has not passed.
func (w *Watch) Behind() int { return int(w.topic.number.Load() - w.passed()) }

// passed is the number of the latest event that Next has passed.
func (w *Watch) passed() uint64 {
	select {
	case <-w.at.ready:
		return w.at.Number - 1
	default:
		return w.topic.number.Load()
	}
}

// Back makes a watch of many lists go on after an event that another one has
// seen. It is false where that event is no longer known.
func (w *Watch) Back(number uint64) bool {
	t := w.topic
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.first == nil || number > t.number.Load() {
		return false
	}
	for at := t.first; ; at = at.next {
		if at == t.last {
			w.at = at
			return number == t.number.Load()
		}
		if at.Number == number+1 {
			w.at = at
			return true
		}
		if at.Number > number {
			return false
		}
	}
}

// Close ends the watch. It may be called twice.
func (w *Watch) Close() { w.close() }

// publish tells of changes that were made durable. It is called on the list's
// server and must not hold it up: waking all who watch is left to others.
func (ws *watches) publish(name string, changes []todo.Change) {
	if !ws.used.Load() {
		return
	}
	ws.mu.RLock()
	defer ws.mu.RUnlock()
	of := ws.byList[name]
	if of == nil && ws.all == nil {
		return
	}
	for _, c := range changes {
		c.Edits = slices.Clone(c.Edits) // the server uses them again
		e := Event{List: name, Change: c, encoded: new(encoded)}
		for _, t := range []*topic{of, ws.all} {
			if t != nil {
				t.publish(e)
			}
		}
	}
}

func (t *topic) publish(e Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := t.last
	e.Number = t.number.Load() + 1
	at.Event, at.next = e, &link{ready: make(chan struct{})}
	t.last = at.next
	t.number.Store(e.Number)
	if t.first != nil && e.Number > Recent {
		t.first = t.first.next
	}
	go close(at.ready) // wakes thousands, perhaps, and waits for none
}
