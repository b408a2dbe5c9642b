package cache

import (
	"slices"
	"sync"
	"sync/atomic"

	"todoshell/todo"
)

// An Event is a change of a list that has been answered.
type Event struct {
	List string
	todo.Change
	Number uint64 // counts the events of a watch's list, or of all lists
	Long   bool   // it would hold more than [MaxEvent], and is told without its edits

	encoded *encoded // shared by all copies; nil: of an event made elsewhere
}

// EventOf returns the event of a change.
func EventOf(list string, c todo.Change) Event {
	e := Event{List: list, Change: c, Long: c.Size() > MaxEvent, encoded: new(encoded)}
	if e.Long {
		e.Edits = nil
	}
	return e
}

// size is about how many bytes the event holds, with its text.
func (e Event) size() int { return 2*e.Size() + 512 }

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

// So much is kept of the events of all lists, for those who come back and for those who are slow. Whoever is further
// behind than that has lost some: what is kept does not grow with how slow they are, nor with how many.
const (
	Recent      = 16 << 10 // events
	RecentBytes = 16 << 20
	MaxEvent    = 1 << 20 // bytes of a change
)

// A Watch follows the changes of one list, or of many. It is used by one
// goroutine. It takes no part in a change: whoever is slow falls behind, and
// must look at how far.
type Watch struct {
	topic *topic
	at    *link
	grant todo.Grant
	close func()
}

// A link of the chain of events that all watches of a topic follow, each at its
// own pace.
type link struct {
	ready chan struct{}        // closed when there is an event
	told  atomic.Pointer[told] // nil: not yet, or not any more
}

type told struct {
	Event
	next  *link
	other *link // for all lists: that of the event in the chain for its list
}

// A topic is the chain for one list, or that for all.
type topic struct {
	watched int // guarded by watches

	mu     sync.Mutex
	last   *link // has no event yet
	first  *link // the oldest kept, of all lists
	bytes  int   // from there on
	number atomic.Uint64
}

type watches struct {
	used atomic.Bool // whether there ever were any

	mu     sync.RWMutex
	byList map[string]*topic
	all    *topic
}

func newTopic() *topic { return &topic{last: newLink()} }

func newLink() *link { return &link{ready: make(chan struct{})} }

// begin is called by all who watch.
func (ws *watches) begin() {
	ws.used.Store(true)
	if ws.all == nil {
		ws.all, ws.byList = newTopic(), make(map[string]*topic)
		ws.all.first = ws.all.last
	}
}

// Watch follows the changes of a list from now on.
func (c *Cache) Watch(name string) (*Watch, error) {
	if err := c.grant.MayUse(name); err != nil {
		return nil, err
	}
	ws := &c.watches
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.begin()
	t := ws.byList[name]
	if t == nil {
		t = newTopic()
		ws.byList[name] = t
	}
	t.watched++
	return t.watch(todo.Grant{}, func() {
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
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.begin()
	prefix, ok := c.grant.Within(prefix)
	if !ok {
		return newTopic().watch(todo.Grant{}, func() {}) // nothing ever happens
	}
	return ws.all.watch(todo.Grant{Prefix: prefix}, func() {})
}

func (t *topic) watch(g todo.Grant, end func()) *Watch {
	t.mu.Lock()
	defer t.mu.Unlock()
	return &Watch{topic: t, at: t.last, grant: g, close: sync.OnceFunc(end)}
}

// Ready is closed when there may be a next event.
func (w *Watch) Ready() <-chan struct{} { return w.at.ready }

// Next returns the next event; ok is false while there is none, and where it is
// lost.
func (w *Watch) Next() (e Event, ok bool) {
	for {
		at := w.seen()
		if at == nil {
			return Event{}, false
		}
		w.at = at.next
		if w.grant.Covers(at.List) {
			return at.Event, true
		}
	}
}

// seen returns the next event, or nil.
func (w *Watch) seen() *told {
	select {
	case <-w.at.ready:
		return w.at.told.Load()
	default:
		return nil
	}
}

// Lost tells whether the next event, or more, is not kept any more.
func (w *Watch) Lost() bool {
	select {
	case <-w.at.ready:
		return w.at.told.Load() == nil
	default:
		return false
	}
}

// Behind returns how many events there are that Next has not passed.
func (w *Watch) Behind() int {
	if at := w.seen(); at != nil {
		return int(w.topic.number.Load() - (at.Number - 1))
	}
	return 0
}

// Back makes a watch of many lists go on after an event that another one has
// seen. It is false where that event is no longer known.
func (w *Watch) Back(number uint64) bool {
	t := w.topic
	t.mu.Lock()
	defer t.mu.Unlock()
	at := t.first
	for at != t.last {
		e := at.told.Load()
		if e.Number > number {
			break
		}
		at = e.next
	}
	if e := at.told.Load(); e != nil && e.Number != number+1 || e == nil && number != t.number.Load() {
		return false
	}
	w.at = at
	return true
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
	for _, c := range changes {
		e := EventOf(name, c)
		e.Edits = slices.Clone(e.Edits) // the server uses them again
		var at *link
		if of != nil {
			at = of.publish(e, nil)
		}
		ws.all.publish(e, at)
	}
}

// publish adds an event to the chain.
func (t *topic) publish(e Event, other *link) *link {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := t.last
	e.Number = t.number.Load() + 1
	t.last = newLink()
	at.told.Store(&told{e, t.last, other})
	t.number.Store(e.Number)
	if t.first != nil {
		t.bytes += e.size()
		t.letGo()
	}
	go close(at.ready) // wakes thousands, perhaps, and waits for none
	return at
}

// letGo lets go of what is too old, or too much, wherever it is watched.
func (t *topic) letGo() {
	for t.first != t.last {
		oldest := t.first.told.Load()
		if t.number.Load()-oldest.Number < Recent && t.bytes <= RecentBytes {
			return
		}
		t.first.told.Store(nil)
		if oldest.other != nil {
			oldest.other.told.Store(nil)
		}
		t.first = oldest.next
		t.bytes -= oldest.size()
	}
}
