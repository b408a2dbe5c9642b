package torture

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"

	"todoshell/todo"
)

// A listOp is an operation on one list: a command of the shell's language, or read (a look
// through the server's mailbox), view (a look at the value that the server publishes), or
// last (a look at the journal in the end).
type listOp struct {
	what  string
	id    uint64
	title string
}

func (op listOp) run(d *todo.Draft) (err error) {
	switch op.what {
	case "add":
		_, err = d.Add(0, op.title)
	case "title":
		_, err = d.SetTitle(op.id, op.title)
	case "done":
		_, err = d.Finish(op.id)
	case "reopen":
		_, err = d.Reopen(op.id)
	case "delete":
		_, err = d.Delete(op.id)
	case "undo":
		_, err = d.Undo()
	case "redo":
		_, err = d.Redo()
	}
	return err
}

// An outcome is what the caller of an operation learned. The revision makes the model strict:
// it says how many changes there were before.
type outcome struct {
	unknown bool   // it may or may not have happened
	code    string // of its error
	rev     uint64
	changed bool // it made a change, which has the revision
	entries string
}

// written returns a list's entries as the model has them.
func written(l todo.List) string {
	var b strings.Builder
	for e := range l.Entries(todo.Always) {
		fmt.Fprintf(&b, "%d:%s", e.ID, e.Title)
		if e.Status == todo.Done {
			b.WriteByte('!')
		}
		b.WriteByte(' ')
	}
	return b.String()
}

// A listState is a list as one would write it on one line: "1:a 2:b! ", where !
// marks what is done. The chains are the states that undo and redo lead to.
type listState struct {
	rev, last    uint64
	entries      string
	past, future *link
	ended        bool // the last look has been taken
}

type link struct {
	entries string
	next    *link
}

func (l *link) equal(other *link) bool {
	for ; l != other; l, other = l.next, other.next {
		if l == nil || other == nil || l.entries != other.entries {
			return false
		}
	}
	return true
}

func (s listState) equal(other listState) bool {
	return s.ended == other.ended && s.rev == other.rev && s.last == other.last && s.entries == other.entries &&
		s.past.equal(other.past) && s.future.equal(other.future)
}

// after returns the state after an operation, and the code of its error.
func (s listState) after(op listOp) (next listState, code string) {
	switch op.what {
	case "read", "view":
		return s, ""
	case "last":
		s.ended = true
		return s, ""
	case "undo":
		if s.past == nil {
			return s, "nothing_to_undo"
		}
		return listState{s.rev + 1, s.last, s.past.entries, s.past.next, &link{s.entries, s.future}, s.ended}, ""
	case "redo":
		if s.future == nil {
			return s, "nothing_to_redo"
		}
		return listState{s.rev + 1, s.last, s.future.entries, &link{s.entries, s.past}, s.future.next, s.ended}, ""
	case "add":
		id := s.last + 1
		return listState{s.rev + 1, id, fmt.Sprintf("%s%d:%s ", s.entries, id, op.title), &link{s.entries, s.past}, nil, s.ended}, ""
	}
	prefix := strconv.FormatUint(op.id, 10) + ":"
	words := strings.Fields(s.entries)
	at := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, prefix) })
	if at < 0 {
		return s, "unknown_id"
	}
	title, done := strings.CutSuffix(words[at][len(prefix):], "!")
	switch op.what {
	case "title":
		title = op.title
	case "done", "reopen":
		done = op.what == "done"
	}
	word := prefix + title
	if done {
		word += "!"
	}
	switch {
	case op.what == "delete":
		words = slices.Delete(words, at, at+1)
	case word == words[at]:
		return s, ""
	default:
		words[at] = word
	}
	entries := ""
	for _, w := range words {
		entries += w + " "
	}
	return listState{s.rev + 1, s.last, entries, &link{s.entries, s.past}, nil, s.ended}, ""
}

// modelOf says which histories of a list are linearizable. An operation of unknown outcome
// either made one of the changes whose revision no other operation claims, or is put behind
// the last look, as if it had not happened. To try other places for it would find nothing
// more, and there are very many.
func modelOf(history []porcupine.Operation) porcupine.Model {
	told := make(map[uint64]bool) // the revisions that someone knows to be theirs
	last := uint64(0)
	for _, o := range history {
		out := o.Output.(outcome) //nolint:errcheck // there is nothing else in them
		last = max(last, out.rev)
		if out.changed {
			told[out.rev] = true
		}
	}
	return porcupine.Model{
		Init: func() any { return listState{} },
		Step: func(state, input, output any) (bool, any) {
			s, op, out := state.(listState), input.(listOp), output.(outcome) //nolint:errcheck // as above
			next, code := s.after(op)
			if out.unknown {
				return s.ended || next.rev > s.rev && next.rev <= last && !told[next.rev], next
			}
			changed := next.rev > s.rev
			return code == out.code && changed == out.changed && next.rev == out.rev && next.entries == out.entries, next
		},
		Equal: func(a, b any) bool {
			return a.(listState).equal(b.(listState)) //nolint:errcheck // as above
		},
	}
}

// linearizable tells whether a history is, or that it takes too long to tell.
func linearizable(history []porcupine.Operation) porcupine.CheckResult {
	return porcupine.CheckOperationsTimeout(modelOf(history), history, 3*time.Second)
}

// never is the time of return of an operation of unknown outcome.
const never = math.MaxInt64

// stuck tells how far a history can be linearized, and what stands there.
func stuck(history []porcupine.Operation) string {
	model := modelOf(history)
	_, info := porcupine.CheckOperationsVerbose(model, history, 10*time.Second)
	var longest []porcupine.Operation
	for _, some := range info.PartialLinearizationsOperations() {
		for _, one := range some {
			if len(one) > len(longest) {
				longest = one
			}
		}
	}
	in := make(map[int64]bool)
	state := any(listState{})
	var b strings.Builder
	for i, o := range longest {
		in[o.Call] = true
		_, state = model.Step(state, o.Input, o.Output)
		if i >= len(longest)-12 {
			fmt.Fprintln(&b, listed(o))
		}
	}
	s := state.(listState) //nolint:errcheck // as above
	fmt.Fprintf(&b, "%d of %d operations can be put in order, up to revision %d: %s\nthen any of:\n",
		len(longest), len(history), s.rev, s.entries)
	rest := slices.DeleteFunc(slices.Clone(history), func(o porcupine.Operation) bool { return in[o.Call] })
	slices.SortFunc(rest, func(a, b porcupine.Operation) int { return int(a.Call - b.Call) })
	for _, o := range rest[:min(len(rest), 12)] {
		fmt.Fprintln(&b, listed(o))
	}
	return b.String()
}

func listed(o porcupine.Operation) string {
	op, out := o.Input.(listOp), o.Output.(outcome) //nolint:errcheck // as above
	told := fmt.Sprintf("%s rev %d: %s", out.code, out.rev, out.entries)
	if out.unknown {
		told = "unknown"
	}
	end := strconv.FormatInt(o.Return, 10)
	if o.Return == never {
		end = "never"
	}
	return fmt.Sprintf("  [%d, %s] caller %d: %s %d %s -> %s", o.Call, end, o.ClientId, op.what, op.id, op.title, told)
}
