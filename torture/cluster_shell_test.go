//go:build linux

package torture

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/stretchr/testify/require"

	"todoshell/attach"
	"todoshell/cache"
	"todoshell/internal/await"
	"todoshell/repl"
	"todoshell/store"
	"todoshell/todo"
)

// A typist pipes commands into one shell after another. A shell works through a node, or is a
// node itself, on a folder of its own.
type typist struct {
	*load
	random *rand.Rand
	number int
	list   string
	node   bool

	given    int            // titles so far
	answered map[int]uint64 // the ids, by title

	mu    sync.Mutex
	shell *child // nil: there is none
	done  int    // shells so far
}

func (y *typist) title(n int) string { return fmt.Sprintf("y%d.%d", y.number, n) }

// step has one shell run some commands.
func (y *typist) step() {
	near := y.near((y.number + y.done) % 3)
	if len(near) == 0 {
		return
	}
	m := near[0]
	args := []string{"--json", "--connect", m.site()}
	if y.node {
		m = y.machines[y.number%3] // to which its folder belongs
		args = []string{"--json", "--data", filepath.Join(m.dir, fmt.Sprint("shell", y.number)), "--nats-url", m.natsURL()}
	}
	in, out, c := m.startShell(args...)
	y.done++
	y.set(c)
	defer y.set(nil)
	defer in.Close()
	defer out.Close()
	late := time.AfterFunc(10*time.Second, func() { _ = c.Process.Kill() }) // its node may be stopped
	defer late.Stop()
	lines := bufio.NewReader(out)
	for range 1 + y.random.IntN(20) {
		if !y.ask(in, lines) {
			break
		}
	}
	_ = in.Close()
	await.End(y.T, "a shell", func() { <-c.ended })
	_ = c.hold.Close()
}

func (y *typist) set(c *child) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.shell = c
}

// kill kills the shell, if there is one.
func (y *typist) kill() {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.shell != nil {
		_ = y.shell.Process.Signal(syscall.SIGKILL)
	}
}

// startShell starts a shell whose streams are pipes.
func (m *machine) startShell(args ...string) (in, out *os.File, c *child) {
	m.Helper()
	theirIn, in, err := os.Pipe()
	require.NoError(m, err)
	out, theirOut, err := os.Pipe()
	require.NoError(m, err)
	c = m.startChild("node", "shell.log", [3]*os.File{theirIn, theirOut, theirOut}, args...)
	require.NoError(m, theirIn.Close())
	require.NoError(m, theirOut.Close())
	return in, out, c
}

// ask gives some commands at once, and tells whether all were answered.
func (y *typist) ask(in *os.File, lines *bufio.Reader) bool {
	n := 1 + y.random.IntN(40)
	first := y.given
	y.given += n
	text := ""
	for i := range n {
		text += fmt.Sprintf("add %s none %s\n", y.list, y.title(first+i))
	}
	if _, err := in.WriteString(text); err != nil {
		return false
	}
	for i := 0; i < n; {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return false
		}
		var said struct {
			ID    uint64
			Title string
			Error failureObject
		}
		if json.Unmarshal(line, &said) != nil {
			return false // cut off, or words of a program that could not begin
		}
		switch code := said.Error.Code; {
		case code == "":
		case code == todo.OutcomeUnknown, code == clusterUnavailable, code == todo.DiskFull:
			i++ // it was that command's own answer
			continue
		case slices.Contains(shellEnds, code):
			return false
		default:
			y.err("a shell says %s", line)
		}
		for i < n && said.Title != y.title(first+i) {
			i++ // it was refused
		}
		y.answered[first+i] = said.ID
		y.operations.Add(1)
		i++
	}
	return true
}

// shellEnds are the errors of a shell that can't go on.
var shellEnds = []todo.Code{repl.ServerGone, repl.ServerLost, attach.CantConnect, store.CantOpen, store.InUse, todo.StoreBroken, cache.Ending, repl.Interrupted}

// compare looks for what was answered in what there is in the end.
func (y *typist) compare(list *final, there map[string]int) {
	y.Helper()
	for n, id := range y.answered {
		list.found(there, id, y.title(n))
	}
	for n := range y.given {
		if there[y.title(n)] > 1 {
			y.err("%q is in list %q %d times", y.title(n), y.list, there[y.title(n)])
		}
		delete(there, y.title(n)) // which may be there though nobody was told
	}
}
