//go:build linux

package torture

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

// A spread is the history of one list that clients of all nodes change, and look at where the
// look is fresh.
type spread struct {
	*load
	list  string
	clock *atomic.Int64
	left  atomic.Int64 // how many operations are yet to be begun
	under atomic.Int64 // how many are under way

	mu         sync.Mutex
	seen       []uint64 // ids that somebody was told of
	operations []porcupine.Operation
}

// A spreadOutcome is what a client learned. What it was not told is 0.
type spreadOutcome struct {
	unknown bool
	code    todo.Code
	rev     uint64
	id      uint64 // of what was added
	entries string // seen by read and last
	made    bool   // it is sure to have made the change with the revision
}

// spreads is how clients go on with the next list when one has a history that is long enough.
type spreads struct {
	*load
	prefix string
	length int64
	clock  atomic.Int64

	mu  sync.Mutex
	all []*spread
}

func (ss *spreads) now() *spread {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if n := len(ss.all); n > 0 && ss.all[n-1].left.Add(-1) >= 0 {
		ss.all[n-1].under.Add(1)
		return ss.all[n-1]
	}
	s := &spread{load: ss.load, clock: &ss.clock, list: fmt.Sprintf("%s.%d", ss.prefix, len(ss.all))}
	s.left.Store(ss.length - 1)
	s.under.Store(1)
	ss.all = append(ss.all, s)
	return s
}

// step does one operation through a node near a client.
func (ss *spreads) step(random *rand.Rand, client int) {
	s := ss.now()
	defer s.under.Add(-1)
	near := s.near(0 * (client + random.IntN(2)) % 3)
	if len(near) == 0 {
		return
	}
	op := listOp{what: []string{"add", "add", "add", "done", "reopen", "delete", "delete", "undo", "undo", "redo", "read", "read"}[random.IntN(12)]}
	switch op.what {
	case "add":
		op.title = fmt.Sprintf("s%d", s.clock.Add(1))
	case "done", "reopen", "delete":
		op.id = s.draw(random)
	}
	call := s.clock.Add(1)
	a := s.run(near[0], op)
	end := s.clock.Add(1)
	out := s.outcomeOf(op, a)
	switch {
	case a.none() && (op.what == "read" || !a.sent):
		return // it changed nothing, as the others will tell
	case a.none():
		out, end = spreadOutcome{unknown: true}, never
	}
	s.load.operations.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if out.id > 0 {
		s.seen = append(s.seen, out.id)
	}
	s.operations = append(s.operations, porcupine.Operation{ClientId: client, Input: op, Call: call, Output: out, Return: end})
}

// draw draws one of the latest entries, rarely one that nobody was told of.
func (s *spread) draw(random *rand.Rand) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.seen); n > 0 && random.IntN(20) > 0 {
		return s.seen[n-1-random.IntN(min(n, 6))]
	}
	return 1 + random.Uint64N(3)
}

func (s *spread) run(m *machine, op listOp) httpAnswer {
	switch op.what {
	case "add":
		return m.ask(http.MethodPost, s.list, "/entries", `{"title":"`+op.title+`"}`)
	case "undo", "redo":
		return m.ask(http.MethodPost, s.list, "/"+op.what, "")
	case "read":
		return m.ask(http.MethodGet, s.list, "/entries?limit=10000&fresh=1", "")
	}
	return m.ask(http.MethodPost, s.list, "/"+op.what, fmt.Sprintf(`{"ids":[%d]}`, op.id))
}

// outcomeOf reads an answer.
func (s *spread) outcomeOf(op listOp, a httpAnswer) (out spreadOutcome) {
	s.Helper()
	if a.status >= 400 || a.status == 0 {
		return spreadOutcome{code: a.code}
	}
	var said struct {
		ID uint64
		shownList
	}
	require.NoError(s, json.Unmarshal([]byte(a.body), &said), a.body)
	out.id, out.rev = said.ID, said.Revision
	out.made = op.what == "delete" || op.what == "undo" || op.what == "redo"
	if op.what == "read" {
		out.entries = said.written()
	}
	return out
}

// check checks the history against the list in the end. It tells whether that was possible in
// reasonable time.
func (s *spread) check(list *final) bool {
	s.Helper()
	added := make(map[uint64]uint64) // the revision that added an id
	for _, c := range list.log {
		if c.What == todo.Add.String() {
			added[c.Entries[0].ID] = c.Rev
		}
	}
	history := slices.Clone(s.operations)
	for i, o := range history {
		out := o.Output.(spreadOutcome) //nolint:errcheck // there is nothing else in them
		if out.id == 0 {
			continue
		}
		if out.rev, out.made = added[out.id], true; out.rev == 0 {
			s.lose("entry %d of %q", out.id, s.list)
			return true
		}
		history[i].Output = out
	}
	call := s.clock.Add(1)
	history = append(history, porcupine.Operation{ClientId: 100, Input: listOp{what: "last"}, Call: call,
		Output: spreadOutcome{rev: list.Revision, entries: list.written()}, Return: s.clock.Add(1)})
	switch porcupine.CheckOperationsTimeout(spreadModel(history), history, 10*time.Second) {
	case porcupine.Illegal:
		s.err("the history of %q is not linearizable:\n%s", s.list, stuckSpread(history))
	case porcupine.Unknown:
		return false
	}
	return true
}

// spreadModel says which histories are linearizable, as [modelOf] does.
func spreadModel(history []porcupine.Operation) porcupine.Model {
	told := make(map[uint64]bool)
	last := uint64(0)
	for _, o := range history {
		out := o.Output.(spreadOutcome) //nolint:errcheck // there is nothing else in them
		last = max(last, out.rev)
		if out.made {
			told[out.rev] = true
		}
	}
	return porcupine.Model{
		Init: func() any { return listState{} },
		Step: func(state, input, output any) (bool, any) {
			s, op, out := state.(listState), input.(listOp), output.(spreadOutcome) //nolint:errcheck // as above
			next, code := s.after(op)
			switch {
			case out.unknown:
				return s.ended || next.rev > s.rev && next.rev <= last && !told[next.rev], next
			case code != string(out.code):
				return false, next
			case code != "":
				return true, next
			}
			looks := op.what == "read" || op.what == "last"
			return next.rev == out.rev && (out.id == 0 || next.last == out.id) && (!looks || next.entries == out.entries), next
		},
		Equal: func(a, b any) bool {
			return a.(listState).equal(b.(listState)) //nolint:errcheck // as above
		},
	}
}

// stuckSpread tells how far a history can be linearized.
func stuckSpread(history []porcupine.Operation) string {
	_, info := porcupine.CheckOperationsVerbose(spreadModel(history), history, 10*time.Second)
	var longest []porcupine.Operation
	for _, some := range info.PartialLinearizationsOperations() {
		for _, one := range some {
			if len(one) > len(longest) {
				longest = one
			}
		}
	}
	in := make(map[int64]bool)
	var b strings.Builder
	for i, o := range longest {
		in[o.Call] = true
		if i >= len(longest)-12 {
			fmt.Fprintf(&b, "  [%d, %d] client %d: %v -> %+v\n", o.Call, o.Return, o.ClientId, o.Input, o.Output)
		}
	}
	fmt.Fprintf(&b, "%d of %d operations can be put in order\nthen any of:\n", len(longest), len(history))
	rest := slices.DeleteFunc(slices.Clone(history), func(o porcupine.Operation) bool { return in[o.Call] })
	slices.SortFunc(rest, func(a, b porcupine.Operation) int { return int(a.Call - b.Call) })
	for _, o := range rest[:min(len(rest), 12)] {
		fmt.Fprintf(&b, "  [%d, %d] client %d: %v -> %+v\n", o.Call, o.Return, o.ClientId, o.Input, o.Output)
	}
	return b.String()
}
