//go:build unix

package torture

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"todoshell/store"
	"todoshell/todo"
)

// Clients add entries over HTTP while the server is killed again and again. Each
// asks again, under the same key, for what had no answer, and for some of what had
// one: all is there once, and answered the same.
func TestServed(t *testing.T) {
	buildProgram(t)
	folder := t.TempDir()
	run(t, 2, func(p *part) {
		data := filepath.Join(folder, "data")
		defer os.RemoveAll(data)
		clients := make([]*client, 12)
		for i := range clients {
			clients[i] = &client{part: p, random: split(p.random), number: i, list: fmt.Sprintf("list %d", i%4)}
		}
		all := func(do func(*client)) {
			var group sync.WaitGroup
			for _, c := range clients {
				group.Go(func() { do(c) })
			}
			group.Wait()
		}
		for range 2 + p.random.IntN(4) {
			signal := syscall.SIGKILL
			if p.random.IntN(4) == 0 {
				signal = syscall.SIGTERM
			}
			site, end := p.serve(data)
			moment := time.Duration(p.random.IntN(300)) * time.Millisecond
			var ending sync.WaitGroup
			ending.Go(func() {
				<-time.After(moment)
				end(signal)
			})
			all(func(c *client) { c.catchUp(site) }) // first, while the list still remembers what was asked before
			all(func(c *client) { c.work(site) })
			ending.Wait()
			p.faults.Add(1)
		}
		site, end := p.serve(data)
		all(func(c *client) { c.catchUp(site) })
		end(syscall.SIGTERM)
		p.compareServed(data, clients)
	})
}

var servingAt = regexp.MustCompile(`serving at (\S+)`)

// serve has the program serve the data, until end sends it a signal.
func (p *part) serve(data string) (site string, end func(syscall.Signal)) {
	p.Helper()
	c := exec.CommandContext(p.Context(), program.path, "serve", "--data", data, "--http", "127.0.0.1:0")
	var said strings.Builder
	c.Stderr = &said
	out, err := c.StdoutPipe()
	require.NoError(p, err)
	require.NoError(p, c.Start())
	line, _ := bufio.NewReader(out).ReadString('\n')
	match := servingAt.FindStringSubmatch(line)
	if match == nil {
		_ = c.Process.Kill()
		_ = c.Wait()
		require.Fail(p, "the server says "+line)
	}
	return match[1], func(signal syscall.Signal) {
		_ = c.Process.Signal(signal)
		err := c.Wait()
		tooBusy := strings.Contains(said.String(), context.DeadlineExceeded.Error()) // to answer all within its grace
		if err != nil && signal == syscall.SIGTERM && !tooBusy {
			p.err("the server ended with %v: %s", err, &said)
		}
	}
}

// A client adds one entry after another, each under a key of its own.
type client struct {
	*part
	random *rand.Rand
	number int
	list   string
	asked  []string // answers to what it has asked for, by its number
}

func (c *client) title(n int) string { return fmt.Sprintf("entry %d of client %d", n, c.number) }

// ask asks for the n-th entry, and returns the answer, or "" if there is none.
func (c *client) ask(web *http.Client, site string, n int) string {
	c.Helper()
	r, err := http.NewRequestWithContext(c.Context(), http.MethodPost, site+"/v1/lists/"+url.PathEscape(c.list)+"/entries",
		strings.NewReader(`{"title":"`+c.title(n)+`"}`))
	require.NoError(c, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", c.title(n))
	answer, err := web.Do(r)
	if err != nil {
		return ""
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	switch {
	case err != nil || answer.StatusCode == http.StatusServiceUnavailable: // it is ending
		return ""
	case answer.StatusCode != http.StatusCreated:
		c.err("%s is answered %d: %s", c.title(n), answer.StatusCode, body)
		return ""
	}
	c.operations.Add(1)
	return string(body)
}

// add asks for the next entry, which may be under way, and tells whether there was
// an answer.
func (c *client) add(web *http.Client, site string) bool {
	answer := c.ask(web, site, len(c.asked))
	if answer != "" {
		c.asked = append(c.asked, answer)
	}
	return answer != ""
}

// catchUp asks again for one of the latest, and for what had no answer.
func (c *client) catchUp(site string) {
	web := &http.Client{Transport: new(http.Transport)}
	defer web.CloseIdleConnections()
	if len(c.asked) > 0 {
		n := len(c.asked) - 1 - c.random.IntN(min(len(c.asked), 20))
		if again := c.ask(web, site, n); again != "" && again != c.asked[n] {
			c.err("%q is answered again in place of %q", again, c.asked[n])
		}
	}
	c.add(web, site)
}

// work adds entries until the server has ended.
func (c *client) work(site string) {
	web := &http.Client{Transport: new(http.Transport)}
	defer web.CloseIdleConnections()
	for c.add(web, site) && !c.Failed() {
	}
}

// compareServed compares what is there with what was answered.
func (p *part) compareServed(data string, clients []*client) {
	p.Helper()
	st, err := store.Open(data)
	require.NoError(p, err)
	defer st.Close()
	there := make(map[string]int)
	lists := make(map[string]todo.List)
	for _, c := range clients {
		if _, ok := lists[c.list]; ok {
			continue
		}
		list, err := st.Load(p.Context(), c.list)
		require.NoError(p, err)
		lists[c.list] = list
		for e := range list.Entries(todo.Always) {
			there[e.Title]++
		}
	}
	for _, c := range clients {
		for n, answer := range c.asked {
			title := c.title(n)
			var id uint64
			_, err := fmt.Sscanf(answer, `{"id":%d,`, &id)
			require.NoError(p, err, answer)
			e, ok := lists[c.list].Entry(id)
			switch {
			case there[title] == 0:
				p.lose("%q", title)
			case there[title] > 1:
				p.err("%q is there %d times", title, there[title])
			case !ok || e.Title != title:
				p.err("%q was answered to who added %q", answer, title)
			}
			delete(there, title)
		}
	}
	for title := range there {
		p.err("%q is there, and nobody was told so", title)
	}
}
