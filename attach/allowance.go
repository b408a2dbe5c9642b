package attach

import (
	"slices"
	"sync"
	"unicode/utf8"

	"todoshell/repl"
)

// An allowance is what the server may ask of the client during a task: what the lines
// need that it has been sent, once for each line.
//
// What a line of a script needs is forgotten when the server has since read from that
// script twice, so that an allowance never holds more than the lines of two replies
// need. (Forgetting it after one would do, if two scripts that run each other could
// not hold the same line.)
type allowance struct {
	mu      sync.Mutex
	home    string    // what ~ stands for
	running []*script // the task and the scripts under way: each was begun by the one before it
	stdin   *script   // standard input, while its lines are commands
	wanted  bool      // some line reads standard input
}

// A script is lines that the server has been sent, and what they need.
type script struct {
	follower *repl.Follower
	needs    []repl.Need // not yet taken
	older    []repl.Need // those of the lines before the latest reply
	ended    bool        // the lines that follow are no commands
	sourced  bool        // one of its lines runs standard input
}

func newAllowance(t repl.Task, home string) *allowance {
	a := &allowance{home: home}
	s := a.begin(new(script))
	if t.Kind == repl.Script {
		a.add(s, repl.Need{Kind: repl.NeedsScript, Path: t.Text})
	} else {
		a.follow(s, []byte(t.Text), true)
	}
	return a
}

// begin notes that a script is the one that runs.
func (a *allowance) begin(s *script) *script {
	a.running = append(a.without(s), s)
	return s
}

func (a *allowance) without(s *script) []*script {
	return slices.DeleteFunc(a.running, func(other *script) bool { return other == s })
}

// follow allows what lines need that the server is about to be sent.
func (a *allowance) follow(s *script, text []byte, end bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if s.follower == nil {
		s.follower = repl.NewFollower(a.home)
	}
	s.follower.Follow(text, end, func(n repl.Need) { a.add(s, n) })
}

const stdio = "-" // the path of standard input

func (a *allowance) add(s *script, n repl.Need) {
	switch {
	case s.ended:
	case n.Path != stdio:
		s.needs = append(s.needs, n)
	case n.Kind == repl.NeedsScript:
		s.sourced = true
		if a.wanted = true; a.stdin == nil {
			a.stdin = new(script)
		}
	default: // a command imports standard input: what follows there is data, not commands
		a.wanted = true
		i := slices.Index(a.running, a.stdin)
		if i >= 0 && slices.Index(a.running, s) >= i && !s.sourced { // otherwise the script on standard input has yet to begin, or is over by then
			a.stdin.ended = true // what its lines so far need stays allowed
			a.stdin = nil
		}
	}
}

// take finds a line that needs what the server asks for, and uses it up.
func (a *allowance) take(n repl.Need) (repl.Need, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range slices.Backward(a.running) {
		for _, needs := range []*[]repl.Need{&s.older, &s.needs} {
			all := *needs
			if i := slices.IndexFunc(all, func(own repl.Need) bool { return own == n || sent(own) == n }); i >= 0 {
				own := all[i]
				copy(all[1:i+1], all[:i]) // few stand before it: the needs of commands that failed
				*needs = all[1:]
				return own, true
			}
		}
	}
	return repl.Need{}, false
}

// sent returns a need as the server gets to see it: messages hold only UTF-8.
func sent(n repl.Need) repl.Need {
	if !utf8.ValidString(n.Path) {
		n.Path = string([]rune(n.Path))
	}
	return n
}

// open begins a script that the server has opened.
func (a *allowance) open() *script {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.begin(new(script))
}

// more makes room for the needs of the lines that the server is sent next.
func (a *allowance) more(s *script) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s.older, s.needs = s.needs, nil
}

// close ends a script, which the server reads no further.
func (a *allowance) close(s *script) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.end(s)
}

func (a *allowance) end(s *script) {
	s.older, s.needs, s.ended = nil, nil, true
	a.running = a.without(s)
}

// input is called when the server reads standard input. It returns the script that
// this is, or nil if it is data, and whether any line reads it at all.
func (a *allowance) input() (s *script, wanted bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stdin != nil {
		a.begin(a.stdin)
	}
	return a.stdin, a.wanted
}
