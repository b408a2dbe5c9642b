//go:build linux

package torture

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/todo"
	"todoshell/web/problem"
)

// clusterUnavailable is the code of what the cluster could not be asked to do.
const clusterUnavailable todo.Code = "cluster_unavailable"

// tryTime is how long a client waits for an answer before it asks another node.
const tryTime = 3 * time.Second

// An httpAnswer is what was said to a request.
type httpAnswer struct {
	status int // 0: nothing
	body   string
	tag    string
	code   todo.Code // of an error
	sent   bool      // the request may have been carried out though there is no answer
}

// do asks a node.
func (m *machine) do(ctx context.Context, method, url, body string, header http.Header) (http.Header, int, string, error) {
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	require.NoError(m, err)
	if header != nil {
		r.Header = header
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := m.web.Do(r)
	if err != nil {
		return nil, 0, "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer.Header, answer.StatusCode, string(text), err
}

// ask asks a node about a list.
func (m *machine) ask(method, list, path, body string, header ...string) (a httpAnswer) {
	h := make(http.Header)
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	ctx, cancel := context.WithTimeout(m.Context(), tryTime)
	defer cancel()
	said, status, text, err := m.do(ctx, method, m.site()+"/v1/lists/"+url.PathEscape(list)+path, body, h)
	if err != nil {
		return httpAnswer{sent: !strings.Contains(err.Error(), "connection refused")}
	}
	a = httpAnswer{status: status, body: text, tag: said.Get("ETag")}
	if status >= 400 {
		var p problem.Document
		_ = json.Unmarshal([]byte(text), &p)
		a.code, a.sent = p.Code, p.Code == todo.OutcomeUnknown || p.Code == ""
	}
	return a
}

// none tells whether a request has to be made again: it has no answer, or one that says that
// the node can't tell, or can't do it now.
func (a httpAnswer) none() bool {
	switch a.code {
	case clusterUnavailable, problem.Busy, cache.Ending, todo.OutcomeUnknown, todo.DiskFull, todo.StoreBroken:
		return true
	}
	return a.status == 0
}

// A load is what clients do at the same time, until it stops. It can be held.
type load struct {
	*trio
	gate sync.RWMutex // closed while the load is held
	over atomic.Bool
	all  sync.WaitGroup

	mu      sync.Mutex
	slowest time.Duration // that a change took, first asked to answered, since it was last looked at
}

// keeps has a client do something again and again.
func (l *load) keeps(random *rand.Rand, think time.Duration, do func()) {
	l.all.Go(func() {
		for !l.over.Load() && !l.Failed() {
			l.gate.RLock()
			do()
			l.gate.RUnlock()
			<-time.After(time.Duration(random.Int64N(int64(2 * think))))
		}
	})
}

func (l *load) stop() {
	l.over.Store(true)
	l.all.Wait()
}

// took notes how long a change took.
func (l *load) took(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.slowest = max(l.slowest, d)
}

// pause returns how long the slowest change took since the last call.
func (l *load) pause() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	d := l.slowest
	l.slowest = 0
	return d
}

// near returns the machines whose nodes can be asked, beginning with one.
func (t *trio) near(number int) []*machine {
	m := slices.Concat(t.machines[number:], t.machines[:number])
	return slices.DeleteFunc(m, func(m *machine) bool { return m.down.Load() })
}

// A keyed client adds one entry after another to a list, each under a key, and asks again, on
// another node, as long as there is no answer.
type keyed struct {
	*load
	random *rand.Rand
	number int
	list   string
	asked  []string // the answers, by number
}

func (c *keyed) title(n int) string { return fmt.Sprintf("k%d.%d", c.number, n) }

// add asks for an entry until there is an answer.
func (c *keyed) add(n int) string {
	began := time.Now()
	for i := 0; !c.Failed(); i++ {
		near := c.near((c.number + i) % 3)
		if len(near) == 0 {
			<-time.After(10 * time.Millisecond)
			continue
		}
		a := near[0].ask(http.MethodPost, c.list, "/entries", `{"title":"`+c.title(n)+`"}`, "Idempotency-Key", c.title(n))
		if a.status == http.StatusCreated {
			c.operations.Add(1)
			c.took(time.Since(began))
			return a.body
		}
		if !a.none() {
			c.err("%s is answered %d on node %d: %s", c.title(n), a.status, near[0].number, a.body)
		}
		<-time.After(time.Duration(c.random.IntN(20)) * time.Millisecond)
	}
	return ""
}

// step adds the next entry, or asks again for one of the latest.
func (c *keyed) step() {
	if len(c.asked) == 0 || c.random.IntN(8) > 0 {
		if a := c.add(len(c.asked)); a != "" {
			c.asked = append(c.asked, a)
		}
		return
	}
	n := len(c.asked) - 1 - c.random.IntN(min(len(c.asked), 20))
	if again := c.add(n); again != "" && again != c.asked[n] {
		c.err("%q is answered again in place of %q", again, c.asked[n])
	}
}

// compare looks for all that was answered in what there is in the end, and takes it out.
func (c *keyed) compare(list *final, there map[string]int) {
	c.Helper()
	for n, answer := range c.asked {
		var e struct{ ID uint64 }
		require.NoError(c, json.Unmarshal([]byte(answer), &e))
		list.found(there, e.ID, c.title(n))
	}
}

// A tagged client changes a list through one node and looks at it through another, where it
// must find nothing older than what it has the tag of.
type taggedClient struct {
	*load
	random *rand.Rand
	number int
	list   string
	stale  int // looks without a tag that were older
}

func (c *taggedClient) step() {
	near := c.near(c.random.IntN(3))
	if len(near) < 2 {
		return
	}
	a := near[0].ask(http.MethodPost, c.list, "/entries", `{"title":"t"}`)
	var e struct{ ID uint64 }
	if a.status != http.StatusCreated {
		if !a.none() {
			c.err("an add is answered %d: %s", a.status, a.body)
		}
		return
	}
	require.NoError(c, json.Unmarshal([]byte(a.body), &e))
	what := []string{"done", "delete"}[c.random.IntN(2)]
	if a = near[0].ask(http.MethodPost, c.list, "/"+what, fmt.Sprintf(`{"ids":[%d]}`, e.ID)); a.status != http.StatusOK {
		if !a.none() {
			c.err("%s %d is answered %d: %s", what, e.ID, a.status, a.body)
		}
		return
	}
	c.operations.Add(2)
	var changed struct{ Revision uint64 }
	require.NoError(c, json.Unmarshal([]byte(a.body), &changed))
	c.look(near[1], a.tag, changed.Revision)
}

// look looks at the list as whoever has its tag at a revision.
func (c *taggedClient) look(m *machine, tag string, rev uint64) {
	var seen struct{ Revision uint64 }
	if c.random.IntN(4) == 0 { // how often it would be too old, for the report
		if b := m.ask(http.MethodGet, c.list, "", ""); b.status == http.StatusOK && json.Unmarshal([]byte(b.body), &seen) == nil && seen.Revision < rev {
			c.stale++
		}
	}
	b := m.ask(http.MethodGet, c.list, "", "", "If-None-Match", tag)
	switch {
	case b.status == http.StatusNotModified:
	case b.status == http.StatusOK:
		require.NoError(c, json.Unmarshal([]byte(b.body), &seen))
		if seen.Revision < rev {
			c.err("node %d shows revision %d of %q to who has the tag of %d", m.number, seen.Revision, c.list, rev)
		}
	case !b.none():
		c.err("a look is answered %d: %s", b.status, b.body)
	}
	c.operations.Add(1)
}
