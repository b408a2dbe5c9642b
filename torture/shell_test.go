package torture

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/repl"
	"todoshell/server"
	"todoshell/store"
	"todoshell/todo"
)

// A random script answers what the model says, however it is cut into pieces and
// whatever goes on below: lists that leave memory, servers that stop and crash,
// stores that are closed and opened.
func TestModel(t *testing.T) {
	run(t, 4, func(p *part) {
		g := newGenerator(split(p.random))
		lines := g.script(200 + p.random.IntN(600))
		for _, s := range []shellSystem{
			{name: "in memory", bound: 1000},
			{name: "on disk", bound: 1000, disk: true},
			{name: "opened again and again", bound: 1000, disk: true, reopens: true},
			{name: "with two servers", bound: 2},
			{name: "with trouble", bound: 1000, trouble: true},
		} {
			s.part, s.now, s.random = p, g.today, split(p.random)
			if !s.run(lines) {
				return
			}
		}
	})
}

// A shellSystem is one way to run the shell.
type shellSystem struct {
	*part
	name                   string
	bound                  int // of the cache
	disk, reopens, trouble bool

	now    time.Time
	random *rand.Rand

	dir     string
	data    *store.Store
	lists   *cache.Cache
	session *repl.Session
	out     bytes.Buffer // answers and errors, in their order
}

// run runs a script and tells whether it answered what it was to answer.
func (s *shellSystem) run(lines []modelLine) bool {
	s.dir = s.TempDir()
	defer os.RemoveAll(s.dir)
	s.open()
	defer s.close()
	if s.trouble {
		defer s.disturb()()
	}
	for from := 0; from < len(lines); {
		to := s.cut(lines, from)
		s.runChunk(lines[from:to])
		if !s.compare(lines, from, to) {
			return false
		}
		from = to
		if s.reopens && from < len(lines) && s.random.IntN(3) == 0 {
			s.close()
			s.open()
			s.faults.Add(1)
			if name := lines[from].inUse; name != "" {
				require.NoError(s, s.session.Run(s.Context(), "", strings.NewReader("use "+asWord(name))))
			}
		}
	}
	s.operations.Add(int64(len(lines)))
	return true
}

func (s *shellSystem) open() {
	open := store.OpenMemory
	if s.disk {
		open = func() (*store.Store, error) { return store.Open(s.dir + "/data") }
	}
	var err error
	s.data, err = open()
	require.NoError(s, err)
	s.lists = cache.New(&server.System{Now: s.clock}, s.data, s.bound)
	s.begin(nil, repl.State{Settings: repl.Settings{JSON: true}})
}

// begin begins a session with a standard input.
func (s *shellSystem) begin(stdin io.Reader, state repl.State) {
	s.session = repl.NewSession(repl.Environment{Cache: s.lists, In: stdin, Out: &s.out, Err: &s.out, Now: s.clock}, state)
}

func (s *shellSystem) clock() time.Time { return s.now }

func (s *shellSystem) close() {
	s.lists.Close()
	require.NoError(s, s.data.Close())
}

// cut returns where the piece of a script ends that begins at from: what is read
// as input ends one.
func (s *shellSystem) cut(lines []modelLine, from int) int {
	most := from + 1 + s.random.IntN([]int{1, 10, 100, len(lines)}[s.random.IntN(4)])
	for to := from; ; to++ {
		if to == min(most, len(lines)) {
			return to
		}
		if lines[to].input != "" {
			return to + 1
		}
	}
}

// runChunk runs lines as one script. Its input stands below it, or elsewhere.
func (s *shellSystem) runChunk(lines []modelLine) {
	var text strings.Builder
	if s.random.IntN(10) == 0 {
		text.WriteString("\ufeff")
	}
	for _, l := range lines {
		text.WriteString(strings.ReplaceAll(l.text, "DIR", s.dir) + "\n")
	}
	script, input := text.String(), lines[len(lines)-1].input
	var in, stdin io.Reader
	if s.random.IntN(2) == 0 {
		in = strings.NewReader(script + input)
		stdin = in
	} else {
		in = strings.NewReader(strings.TrimSuffix(script, "\n"))
		stdin = strings.NewReader(input)
	}
	s.begin(stdin, *s.session.State())
	require.NoError(s, s.session.Run(s.Context(), "script", in))
}

// compare tells whether lines of a script answered what they were to answer.
func (s *shellSystem) compare(lines []modelLine, from, to int) bool {
	var got []string
	if s.out.Len() > 0 {
		got = strings.Split(strings.TrimSuffix(s.out.String(), "\n"), "\n")
	}
	s.out.Reset()
	for i, l := range lines[from:to] {
		n := len(l.want)
		if to == from+i+1 {
			n = len(got) // and nothing more
		}
		answer := got[:min(n, len(got))]
		got = got[len(answer):]
		same := len(answer) == len(l.want)
		for k := 0; same && k < len(answer); k++ {
			want := l.want[k]
			if strings.HasPrefix(want, "error ") || want == leftOut {
				want += fmt.Sprintf(" in script:%d", i+1)
			}
			same = shortened(answer[k]) == want
		}
		if !same {
			s.err("%s, line %d of the script answers\n%s\nin place of\n%s\nscript so far, of which the last %d lines in one piece:\n%s",
				s.name, from+i+1, abridged(answer), abridged(l.want), i+1, listing(lines[:from+i+1]))
			return false
		}
	}
	return true
}

// shortened makes an error, or a note, as short as the model's.
func shortened(line string) string {
	var kinds map[string]struct {
		Code, File string
		Line       int
	}
	for _, kind := range []string{"error", "note"} {
		if strings.HasPrefix(line, `{"`+kind+`":`) && json.Unmarshal([]byte(line), &kinds) == nil {
			return fmt.Sprintf("%s %s in %s:%d", kind, kinds[kind].Code, kinds[kind].File, kinds[kind].Line)
		}
	}
	return line
}

func abridged(lines []string) string {
	const most = 12
	text := fmt.Sprintf("  (%d lines)", len(lines))
	for _, l := range lines[:min(most, len(lines))] {
		text += fmt.Sprintf("\n  %.300s", l)
	}
	return text
}

func listing(lines []modelLine) string {
	var b strings.Builder
	first := max(0, len(lines)-40)
	for i, l := range lines[first:] {
		fmt.Fprintf(&b, "%5d  %.200s\n", first+i+1, strings.ToValidUTF8(l.text, `\xff`))
		if l.input != "" {
			fmt.Fprintf(&b, "       << %.300q\n", l.input)
		}
	}
	return b.String()
}

// disturb stops and crashes servers until its end is called.
func (s *shellSystem) disturb() (end func()) {
	random := split(s.random)
	stop := make(chan struct{})
	var working sync.WaitGroup
	working.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Duration(random.IntN(200)) * time.Microsecond):
			}
			s.faults.Add(1)
			name := listNames[random.IntN(len(listNames))]
			switch random.IntN(3) {
			case 0:
				s.lists.Stop(name)
			case 1:
				_ = s.lists.Call(s.Context(), name, func(*todo.Draft) error { panic(repl.OnPurpose) })
			default:
				if one, err := s.lists.Server(name); err == nil {
					one.Stop() // and the cache finds out by itself
				}
			}
		}
	})
	return func() {
		close(stop)
		working.Wait()
	}
}
