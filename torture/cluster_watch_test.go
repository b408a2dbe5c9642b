//go:build linux

package torture

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"todoshell/internal/await"
	"todoshell/todo"
)

// A watcher follows all lists through one node after another: when a stream ends, it goes on
// with the next one, from the last event that it has seen.
type watcher struct {
	*load
	number int

	mu     sync.Mutex
	lists  map[string]*watched
	resets int
	at     *machine // whose node it follows; nil: none
	cancel context.CancelFunc
}

// watched is what a watcher has seen of a list since the last reset.
type watched struct {
	since   uint64   // the revision before the first one that is known; any other than 0 follows a reset
	changes []string // as they were told, since it was dropped last
	any     bool     // the first change may have any revision
}

func newWatcher(l *load, number int) *watcher {
	return &watcher{load: l, number: number, lists: make(map[string]*watched)}
}

// run follows until the context ends.
func (w *watcher) run(ctx context.Context) {
	last := ""
	for i := 0; ctx.Err() == nil && !w.Failed(); i++ {
		if near := w.near((w.number + i) % 3); len(near) > 0 {
			if i > 0 && last == "" { // there is nothing to go on from
				w.reset()
			}
			last = w.follow(ctx, near[0], last)
		}
		<-time.After(50 * time.Millisecond)
	}
}

// silence is how long a stream may say nothing before a watcher goes to another node: more
// often than that there is a sign of life.
const silence = 20 * time.Second

// follow follows one stream to its end, and returns the id of the last event.
func (w *watcher) follow(ctx context.Context, m *machine, last string) string {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w.mu.Lock()
	w.cancel = cancel
	w.mu.Unlock()
	r, _ := http.NewRequestWithContext(ctx, http.MethodGet, m.site()+"/v1/events", nil)
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	quiet := time.AfterFunc(silence, cancel)
	defer quiet.Stop()
	answer, err := m.web.Do(r)
	if err != nil {
		return last
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return last
	}
	w.set(m)
	defer w.set(nil)
	in := bufio.NewReader(answer.Body)
	id, kind := "", ""
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return last
		}
		quiet.Reset(silence)
		switch field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": "); field {
		case "id", "id:":
			id = value
		case "event":
			kind = value
		case "data":
			w.told(m, kind, value)
			last = id
		}
	}
}

func (w *watcher) set(m *machine) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = m
}

// follows tells whether it follows a stream.
func (w *watcher) follows() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at != nil
}

func (w *watcher) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.forget()
}

// forget begins anew: what was missed will not be told.
func (w *watcher) forget() {
	w.resets++
	clear(w.lists)
}

// leave lets go of the stream, as one does whose connection is lost.
func (w *watcher) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cancel != nil {
		w.cancel()
	}
}

// A toldChange is a change as events and logs tell it.
type toldChange struct {
	List, What string
	Rev        uint64
	Entries    []shownEntry
	Removed    []uint64
}

// told notes an event.
func (w *watcher) told(m *machine, kind, data string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if kind == "reset" {
		w.forget()
		return
	}
	var c toldChange
	if err := json.Unmarshal([]byte(data), &c); err != nil {
		w.err("the event %q: %v", data, err)
		return
	}
	w.operations.Add(1)
	s := w.lists[c.List]
	if s == nil {
		s = &watched{any: w.resets > 0}
		w.lists[c.List] = s
	}
	want := s.since + uint64(len(s.changes)) + 1
	if s.any && len(s.changes) == 0 {
		s.since, want = c.Rev-1, c.Rev
	}
	if c.Rev != want && c.What != todo.Drop.String() { // of a list that was dropped while its node was away, that alone is told
		w.err("watcher %d on node %d is told of revision %d of %q in place of %d: %s", w.number, m.number, c.Rev, c.List, want, data)
	}
	s.any = false
	s.changes = append(s.changes, c.text())
	if c.What == todo.Drop.String() {
		*s = watched{}
	}
}

// text is what tells the change from others.
func (c toldChange) text() string { return fmt.Sprint(c.Rev, c.What, c.Entries, c.Removed) }

// compare waits until the watcher has seen all of a list, and compares that with the log.
func (w *watcher) compare(list string, log []toldChange) {
	w.Helper()
	last := uint64(len(log))
	seen := func() (watched, bool) {
		w.mu.Lock()
		defer w.mu.Unlock()
		s := w.lists[list]
		if s == nil {
			return watched{}, w.resets > 0 || last == 0
		}
		return *s, s.since+uint64(len(s.changes)) >= last
	}
	_ = await.Until(w.T, func() bool { _, all := seen(); return all || w.Failed() })
	s, _ := seen()
	for i, text := range s.changes {
		if at := s.since + uint64(i); at >= last || log[at].text() != text {
			w.err("watcher %d was told of %s of %q, which the log does not have there", w.number, text, list)
			return
		}
	}
}
