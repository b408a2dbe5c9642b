package cache

import (
	"slices"
	"strings"
	"sync"

	"todoshell/todo"
)

// A Watch follows the changes of one list, or of many. It is used by one
// goroutine. It takes no part in a change: whoever is slow falls behind, and
// must look at how far.
type Watch struct {
	cache  *Cache
	list   string // empty: all
	prefix string // of their names
	chain  *chain
	at     *link
	begun  todo.Position // the watch began after all appends that it includes
	place  Place
	close  func()
}

// Watch follows the changes of a list from now on.
func (c *Cache) Watch(name string) (*Watch, error) {
	if err := c.grant.MayUse(name); err != nil {
		return nil, err
	}
	ws := &c.watches
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.makeChains()
	of := ws.byList[name]
	if of == nil {
		of = newChain()
		ws.byList[name] = of
	}
	of.watched++
	w := c.watch(of, func() {
		ws.mu.Lock()
		defer ws.mu.Unlock()
		if of.watched--; of.watched == 0 {
			delete(ws.byList, name)
		}
	})
	w.list = name
	return w, nil
}

// WatchAll follows the changes of all lists whose names begin with prefix from
// now on.
func (c *Cache) WatchAll(prefix string) *Watch {
	ws := &c.watches
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.makeChains()
	of := ws.all
	prefix, ok := c.grant.Within(prefix)
	if !ok {
		of = newChain() // nothing ever happens
	}
	w := c.watch(of, func() {})
	w.prefix = prefix
	return w
}

func (c *Cache) watch(of *chain, end func()) *Watch {
	w := &Watch{cache: c, chain: of, close: sync.OnceFunc(end)}
	w.begin()
	return w
}

// begin has the watch begin now. The lock must be held.
func (w *Watch) begin() {
	now := placeAt(w.cache.watches.position)
	w.at, w.begun, w.place = w.chain.last, slices.Clone(now.Position), now
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
		if w.place.includes(at.Event) {
			continue
		}
		w.place.pass(at.Event)
		if strings.HasPrefix(at.List, w.prefix) {
			return at.Event, true
		}
	}
}

// Place is where whoever watches is after the event that they were told last. Its memory is used
// again by Next.
func (w *Watch) Place() Place { return w.place }

// seen returns the next event, or nil.
func (w *Watch) seen() *chained {
	select {
	case <-w.at.ready:
		return w.at.event.Load()
	default:
		return nil
	}
}

// Lost tells whether the next event, or more, is not kept any more.
func (w *Watch) Lost() bool {
	select {
	case <-w.at.ready:
		return w.at.event.Load() == nil
	default:
		return false
	}
}

// Behind returns how many events there are that Next has not passed.
func (w *Watch) Behind() int {
	if at := w.seen(); at != nil {
		return int(w.chain.count.Load() - (at.index - 1))
	}
	return 0
}

// Close ends the watch. It may be called twice.
func (w *Watch) Close() { w.close() }
