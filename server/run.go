package server

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"todoshell/todo"
)

// run takes all requests out of the mailbox as one batch and answers them. It tells
// whether more have come meanwhile.
func (s *Server) run(w *workspace) (more bool) {
	s.mu.Lock()
	w.batch, s.mail = s.mail, w.batch[:0]
	w.inHand = len(w.batch)
	s.work = w
	s.mu.Unlock()

	s.serve(w)
	runtime.Gosched() // lets callers that were just answered post their next requests, so that these become one batch

	s.mu.Lock()
	defer s.mu.Unlock()
	s.work = nil
	w.clear()
	if len(s.mail) > 0 {
		return true
	}
	s.running, s.mail = false, nil
	if s.stopped {
		s.list.Store(nil)
	}
	if s.ended != nil {
		close(s.ended)
	}
	return false
}

// A workspace is the memory that a server uses while it runs. Idle servers have none, and
// those that run take turns with it.
type workspace struct {
	batch   []Request
	draft   todo.Draft
	errs    []error // how the requests ended, in their order
	changed []bool  // whether they made a change
	verify  []bool  // whether they made none, and that may come of the list's being old

	// With the server's lock.
	inHand int          // requests of the batch that have no answer yet
	heard  todo.Version // the latest version that the server was told of meanwhile
	sent   *sent        // the append that is under way, if there is one
}

var workspaces = sync.Pool{New: func() any { return new(workspace) }}

// clear forgets the requests and the list, and keeps the memory for the next batch.
func (w *workspace) clear() {
	clear(w.batch)
	w.batch = w.batch[:0]
	w.draft.Reset(todo.List{})
	w.heard = 0
}

// serve runs and answers each request of the batch. When a request panics or the append
// fails, the draft is thrown away; the other requests, whose work was on it, run again on
// the list as the journal has it.
func (s *Server) serve(w *workspace) {
	waiting, conflicts, fresh := w.batch, 0, false
	for len(waiting) > 0 {
		list, err := s.load()
		if err != nil {
			s.end(waiting, err)
			return
		}
		d := &w.draft
		d.Reset(list)
		d.Time, d.Past = s.system.Now(), s.past
		crashed, err := s.try(waiting, w)
		if crashed >= 0 {
			r := waiting[crashed]
			waiting = slices.Concat(waiting[:crashed], waiting[crashed+1:])
			s.restart()
			s.end([]Request{r}, err)
			continue
		}
		version := list.Version
		waiting = s.answerLooks(waiting, w, version)
		ends := w.changed
		switch {
		case len(d.Changes) > 0:
			version, err = s.append(list, d)
		case len(w.errs) > 0 && !fresh:
			ends = w.verify
			if fresh, err = s.refresh(version); fresh {
				continue // what happens after this look at the others, came after the requests
			}
		}
		if errors.Is(err, todo.ErrConflict) && conflicts < maxConflicts {
			giveWay(conflicts)
			conflicts++
			continue
		}
		if err != nil {
			waiting = s.fail(waiting, ends, err)
			continue
		}
		ran := len(w.errs) // fewer than are waiting if one of them has dropped the list
		s.answer(waiting[:ran], w.errs, version)
		waiting = waiting[ran:]
	}
}

// try runs the requests on the draft and notes how they ended. If one panics, it stops
// there and returns the index of that one, otherwise -1. It also stops after one that drops
// the list: the drop is the last change of its append.
func (s *Server) try(requests []Request, w *workspace) (crashed int, err error) {
	d := &w.draft
	w.errs, w.changed, w.verify = w.errs[:0], w.changed[:0], w.verify[:0]
	i := 0
	defer func() {
		if value := recover(); value != nil {
			crashed, err = i, &todo.Error{Code: Crashed, Message: fmt.Sprintf("%s: %v", ErrCrashed.Message, value),
				Hint: "nothing was changed; the list has a new server"}
			if s.system.Panicked != nil {
				s.system.Panicked(s.name, value, debug.Stack())
			}
		}
	}()
	for ; i < len(requests); i++ {
		before := len(d.Changes)
		d.Verify = false
		w.errs = append(w.errs, requests[i].Run(d))
		w.changed = append(w.changed, len(d.Changes) > before)
		w.verify = append(w.verify, d.Verify && !w.changed[i])
		if w.changed[i] && d.Changes[len(d.Changes)-1].Kind == todo.Drop {
			break
		}
	}
	return -1, nil
}

// answerLooks answers the requests that ran before the first change, and before the first
// that must be verified, and returns the others. They need not wait: what they saw is
// durable already.
func (s *Server) answerLooks(requests []Request, w *workspace, version todo.Version) []Request {
	n := 0
	for n < len(w.errs) && !w.changed[n] && !w.verify[n] {
		n++
	}
	if n == 0 {
		return requests
	}
	s.answer(requests[:n], w.errs, version)
	w.errs, w.changed, w.verify = slices.Delete(w.errs, 0, n), slices.Delete(w.changed, 0, n), slices.Delete(w.verify, 0, n)
	return requests[n:]
}

// giveWay waits a random time before a batch that has had conflicts already is tried
// again, so that of several machines which change one list, each gets its turn.
func giveWay(conflicts int) {
	if conflicts > 0 {
		<-time.After(rand.N(time.Duration(min(conflicts, 16)) * time.Millisecond))
	}
}

// fail ends with err the requests that it is the end of, and returns the others.
func (s *Server) fail(requests []Request, ends []bool, err error) []Request {
	var ended, others []Request
	for i, r := range requests {
		if i < len(ends) && ends[i] {
			ended = append(ended, r)
		} else {
			others = append(others, r)
		}
	}
	s.end(ended, err)
	return others
}

// answer tells requests how each of them has ended.
func (s *Server) answer(requests []Request, errs []error, version todo.Version) {
	s.count(len(requests))
	for i, r := range requests {
		r.Done(version, errs[i])
	}
}

// end tells requests that they have ended with err.
func (s *Server) end(requests []Request, err error) {
	s.count(len(requests))
	for _, r := range requests {
		r.Done(0, err)
	}
}

// count counts requests as handled, before they are answered: whoever has an answer and
// looks at the server finds the request counted.
func (s *Server) count(requests int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handled += uint64(requests)
	s.work.inHand -= requests
}

// restart turns a server that panicked into a new one: it gets another number, keeps its
// mailbox and its name, and forgets the list.
func (s *Server) restart() {
	s.list.Store(nil)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.number = s.system.started.Add(1)
	s.system.restarted.Add(1)
	s.restarts++
}
