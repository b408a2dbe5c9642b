package attach

import (
	"slices"
	"sync"

	"todoshell/repl"
)

// Grants are what the lines of a task need, and what the server may therefore take:
// each once, and not after it has asked for lines that follow. So they are never
// more than what the lines hold that one reply brings.
type grants struct {
	mu      sync.Mutex
	home    string
	running []*script // the task, and the scripts that it runs, in the order in which they began
	stdin   *script   // standard input, where that is one of them
	wanted  bool      // standard input may be read
}

// A script is lines that the server has been sent, and what they need.
type script struct {
	follower *repl.Follower
	needs    []repl.Need // not yet taken
	ended    bool        // what follows is not commands
}

func newGrants(t repl.Task, home string) *grants {
	g := &grants{home: home}
	s := g.begin()
	if t.Kind == repl.Script {
		g.add(s, repl.Need{Kind: repl.NeedsScript, Path: t.Text})
	} else {
		g.follow(s, []byte(t.Text), true)
	}
	return g
}

// begin makes a script.
func (g *grants) begin() *script {
	s := &script{follower: repl.NewFollower(g.home)}
	g.running = append(g.running, s)
	return s
}

// follow grants what lines need that the server is about to be sent.
func (g *grants) follow(s *script, text []byte, end bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	s.follower.Follow(text, end, func(n repl.Need) { g.add(s, n) })
}

const stdio = "-" // the path of standard input

func (g *grants) add(s *script, n repl.Need) {
	switch {
	case s.ended:
	case n.Path != stdio:
		s.needs = append(s.needs, n)
	case n.Kind == repl.NeedsScript:
		if g.wanted = true; g.stdin == nil {
			g.stdin = g.begin()
		}
	default: // what follows in a script on standard input is not commands, whoever it runs
		g.wanted = true
		if g.stdin != nil && slices.Index(g.running, s) >= slices.Index(g.running, g.stdin) {
			g.end(g.stdin)
			g.stdin = nil
		}
	}
}

// take takes what some line needs, and all that the lines above it do.
func (g *grants) take(n repl.Need) (repl.Need, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, s := range slices.Backward(g.running) {
		if i := slices.IndexFunc(s.needs, func(own repl.Need) bool { return sent(own) == n }); i >= 0 {
			own := s.needs[i]
			s.needs = s.needs[i+1:]
			return own, true
		}
	}
	return repl.Need{}, false
}

// sent is the need as a message has it: text is UTF-8 there.
func sent(n repl.Need) repl.Need {
	n.Path = string([]rune(n.Path))
	return n
}

// open begins a script that the server has opened.
func (g *grants) open() *script {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.begin()
}

// more is told when the server asks for the lines that follow: it has run all above
// them.
func (g *grants) more(s *script) {
	g.mu.Lock()
	defer g.mu.Unlock()
	s.needs = s.needs[:0]
}

// close ends a script.
func (g *grants) close(s *script) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.end(s)
}

func (g *grants) end(s *script) {
	s.needs, s.ended = nil, true
	g.running = slices.DeleteFunc(g.running, func(other *script) bool { return other == s })
}

// input returns how the server may read standard input: as a script, if that is
// not nil.
func (g *grants) input() (s *script, wanted bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.stdin, g.wanted
}
