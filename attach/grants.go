package attach

import (
	"slices"
	"sync"
	"unicode/utf8"

	"todoshell/repl"
)

// Grants are what the lines of a task need, and what the server may therefore take,
// each once. What a script needs lapses when the server has been sent lines of it
// twice more: so grants are never more than what two replies bring. (Once would do,
// if the same line could not stand in two scripts that run each other.)
type grants struct {
	mu      sync.Mutex
	home    string
	running []*script // the task, and the scripts that it runs: each was begun by the one before it
	stdin   *script   // standard input, where that is one of them
	wanted  bool      // standard input may be read
}

// A script is lines that the server has been sent, and what they need.
type script struct {
	follower *repl.Follower
	needs    []repl.Need // not yet taken
	older    []repl.Need // those that lapse next
	ended    bool        // what follows is not commands
	sourced  bool        // it runs standard input
}

func newGrants(t repl.Task, home string) *grants {
	g := &grants{home: home}
	s := g.begin(new(script))
	if t.Kind == repl.Script {
		g.add(s, repl.Need{Kind: repl.NeedsScript, Path: t.Text})
	} else {
		g.follow(s, []byte(t.Text), true)
	}
	return g
}

// begin notes that a script is the one that runs.
func (g *grants) begin(s *script) *script {
	g.running = append(g.without(s), s)
	return s
}

func (g *grants) without(s *script) []*script {
	return slices.DeleteFunc(g.running, func(other *script) bool { return other == s })
}

// follow grants what lines need that the server is about to be sent.
func (g *grants) follow(s *script, text []byte, end bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if s.follower == nil {
		s.follower = repl.NewFollower(g.home)
	}
	s.follower.Follow(text, end, func(n repl.Need) { g.add(s, n) })
}

const stdio = "-" // the path of standard input

func (g *grants) add(s *script, n repl.Need) {
	switch {
	case s.ended:
	case n.Path != stdio:
		s.needs = append(s.needs, n)
	case n.Kind == repl.NeedsScript:
		s.sourced = true
		if g.wanted = true; g.stdin == nil {
			g.stdin = new(script)
		}
	default: // what follows in a script on standard input is not commands, whoever it runs
		g.wanted = true
		i := slices.Index(g.running, g.stdin)
		if i >= 0 && slices.Index(g.running, s) >= i && !s.sourced { // otherwise that has yet to begin, or is over by then
			g.stdin.ended = true // but what the lines above need stays
			g.stdin = nil
		}
	}
}

// take takes what some line needs.
func (g *grants) take(n repl.Need) (repl.Need, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, s := range slices.Backward(g.running) {
		for _, needs := range []*[]repl.Need{&s.older, &s.needs} {
			all := *needs
			if i := slices.IndexFunc(all, func(own repl.Need) bool { return own == n || sent(own) == n }); i >= 0 {
				own := all[i]
				copy(all[1:i+1], all[:i]) // few are before it: those of commands that failed
				*needs = all[1:]
				return own, true
			}
		}
	}
	return repl.Need{}, false
}

// sent is the need as a message has it: text is UTF-8 there.
func sent(n repl.Need) repl.Need {
	if !utf8.ValidString(n.Path) {
		n.Path = string([]rune(n.Path))
	}
	return n
}

// open begins a script that the server has opened.
func (g *grants) open() *script {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.begin(new(script))
}

// more is told before the server is sent more lines.
func (g *grants) more(s *script) {
	g.mu.Lock()
	defer g.mu.Unlock()
	s.older, s.needs = s.needs, nil
}

// close ends a script.
func (g *grants) close(s *script) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.end(s)
}

func (g *grants) end(s *script) {
	s.older, s.needs, s.ended = nil, nil, true
	g.running = g.without(s)
}

// input returns how the server may read standard input, when it does: as a script,
// if that is not nil.
func (g *grants) input() (s *script, wanted bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.stdin != nil {
		g.begin(g.stdin)
	}
	return g.stdin, g.wanted
}
