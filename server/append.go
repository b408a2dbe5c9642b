package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"todoshell/todo"
)

// How often an append is tried again.
const (
	// On a journal that others move on. A process that holds the journal alone never
	// sees a conflict.
	maxConflicts = 1000
	// While it is not known whether it is there.
	maxDoubts = 4
)

// sent is an append that is under way.
type sent struct {
	id   todo.BatchID
	next *todo.List // what it leads to
}

// append makes the draft's changes to the list durable and publishes what they lead
// to. On an error the list is loaded again before anything else runs, unless a newer
// one has come meanwhile.
func (s *Server) append(list todo.List, d *todo.Draft) (todo.Version, error) {
	b, next := todo.NewBatch(d.Changes), d.Snapshot()
	s.send(&sent{b.ID, &next})
	defer s.send(nil)
	if s.system.Observe != nil {
		defer func(began time.Time) { s.system.Observe(len(b.Changes), time.Since(began)) }(time.Now())
	}
	version, err := s.settle(list.Version, next, b)
	if err != nil {
		s.forget(list.Version)
		return 0, err
	}
	s.appended(version)
	return version, nil
}

// settle appends a batch. If it is not known whether that has succeeded, it looks for the
// batch in the journal, and appends it again where it is not there.
func (s *Server) settle(after todo.Version, next todo.List, b todo.Batch) (version todo.Version, err error) {
	for range maxDoubts {
		version, err = s.system.Log.Append(context.Background(), s.name, after, next, b)
		if !errors.Is(err, todo.ErrOutcomeUnknown) {
			return version, err
		}
		switch found, unseen := s.look(after, b.ID); {
		case errors.Is(unseen, todo.ErrConflict):
			return 0, unseen
		case unseen != nil:
			return 0, fmt.Errorf("%w: %w", todo.ErrOutcomeUnknown, unseen)
		case found > 0:
			return found, nil
		}
	}
	return 0, err
}

// look looks for a batch right after a version of the list. It returns the batch's
// version, or 0 where nothing has been appended, or [todo.ErrConflict] where that
// was another batch.
func (s *Server) look(after todo.Version, id todo.BatchID) (todo.Version, error) {
	if err := s.system.Log.Fresh(context.Background(), s.name); err != nil {
		return 0, err
	}
	for a, err := range s.system.Log.Since(context.Background(), s.name, after) {
		switch {
		case err != nil:
			return 0, err
		case a.ID == id:
			return a.Version, nil
		case a.After == after:
			return 0, todo.ErrConflict
		}
		return 0, errors.New("the list has been dropped since")
	}
	return 0, nil
}

// refresh brings the list up to date with what anybody has been told of it, and tells
// whether there is a newer version.
func (s *Server) refresh(version todo.Version) (newer bool, err error) {
	if err := s.system.Log.Fresh(context.Background(), s.name); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.latest() > version, nil
}

func (s *Server) send(a *sent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.work.sent = a
}

// Follow tells the server of an append to its list that has become durable: its own,
// which publishes what it led to, or one that was made elsewhere. It does not wait.
func (s *Server) Follow(a todo.Append) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.Version <= s.latest() {
		return
	}
	if w := s.work; w != nil {
		w.heard = a.Version
		if w.sent != nil && w.sent.id == a.ID {
			w.sent.next.Version = a.Version
			s.list.Store(w.sent.next)
			return
		}
	}
	list, loaded := s.Loaded()
	if !loaded {
		return
	}
	if list.Version == a.After && len(a.Changes) <= maxFollowed {
		if next, err := list.Appended(a); err == nil {
			s.list.Store(&next)
			return
		}
	}
	s.list.Store(nil) // it is loaded again when it is asked for
}

// latest returns the latest version that the server knows of: that of its list, or what it
// was told of while it runs, when it may be reading an older one. Whatever it was told of
// before, it reads when it loads the list.
func (s *Server) latest() (v todo.Version) {
	if list, loaded := s.Loaded(); loaded {
		v = list.Version
	}
	if s.work != nil {
		v = max(v, s.work.heard)
	}
	return v
}

// maxFollowed is how many changes, made elsewhere, are applied where they are told of,
// which holds up the feed.
const maxFollowed = 256

// appended publishes what the append that is under way has led to, unless the feed has
// told of it, or of a newer one, already.
func (s *Server) appended(version todo.Version) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if version > s.latest() {
		sent := s.work.sent
		s.work.heard, sent.next.Version = version, version
		s.list.Store(sent.next)
	}
}

// publish makes a list that was loaded the one that everybody sees, unless there is a
// newer one.
func (s *Server) publish(list todo.List) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if list.Version < s.latest() {
		return false
	}
	s.list.Store(&list)
	return true
}

// forget lets go of the list unless there is a newer one than the version.
func (s *Server) forget(version todo.Version) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if list, loaded := s.Loaded(); loaded && list.Version == version {
		s.list.Store(nil)
	}
}

// load returns the list, which is read from its journal if need be.
func (s *Server) load() (todo.List, error) {
	for range maxConflicts {
		if list, ok := s.Loaded(); ok {
			return list, nil
		}
		list, err := s.system.Log.Load(context.Background(), s.name)
		if err != nil {
			return todo.List{}, err
		}
		if s.publish(list) {
			return list, nil
		}
	}
	return todo.List{}, todo.ErrConflict
}

// past returns an earlier change of the list.
func (s *Server) past(rev uint64) (todo.Change, error) {
	for c, err := range s.system.Log.History(context.Background(), s.name, rev) {
		return c, err
	}
	return todo.Change{}, &todo.Error{Code: todo.Damaged, Message: fmt.Sprintf("revision %d of list %q is not there", rev, s.name),
		Hint: "run: todoshell check"}
}
