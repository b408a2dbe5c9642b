package access

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"todoshell/todo"
)

// Tokens are all tokens that a source has.
type Tokens struct {
	source Source

	read sync.Mutex // held by the one who makes a state of a document
	seen atomic.Pointer[state]
	free atomic.Int64 // when there was no document, counted from opened

	opened time.Time

	watches watches
}

// A state is what a document says.
type state struct {
	document *Document // nil: there is none
	holders  []Holder
	places   map[string]place // of each token and each session, by the beginning of its hash
	err      error
}

// A place is that of a holder's token, or of one of their sessions.
type place struct{ holder, session int }

const (
	itself  = -1 // the session of a place: the token
	hashKey = 16 // how many digits of a hash are looked up; then all are compared, in constant time
)

// Open returns the tokens of a source, which [Tokens.Close] closes.
func Open(source Source) *Tokens { return &Tokens{source: source, opened: time.Now()} }

// current returns what the document says now.
func (t *Tokens) current() *state {
	d, err := t.source.Current()
	if err != nil {
		return &state{err: err}
	}
	if s := t.seen.Load(); s != nil && s.document == d {
		return s
	}
	t.read.Lock()
	defer t.read.Unlock()
	if s := t.seen.Load(); s != nil && s.document == d {
		return s // another goroutine has made it meanwhile
	}
	s := newState(d)
	t.seen.Store(s)
	return s
}

func newState(d *Document) *state {
	s := &state{document: d, places: make(map[string]place)}
	if s.holders, s.err = d.decode(); s.err != nil {
		return s
	}
	for i, h := range s.holders {
		s.add(h.Hash, place{i, itself})
		for j, session := range h.Sessions {
			s.add(session.Hash, place{i, j})
		}
	}
	if s.err != nil {
		s.holders = nil
	}
	return s
}

func (s *state) add(hash string, at place) {
	if len(hash) != hex.EncodedLen(sha256.Size) {
		s.err = s.document.damaged("a hash is no SHA-256")
		return
	}
	s.places[hash[:hashKey]] = at
}

// find returns the holder whose token or session has the hash. An attacker who measures how
// long that takes can learn at most the first bytes of a hash, and nothing about a secret.
func (s *state) find(hash string) (h Holder, ok bool) {
	at, ok := s.places[hash[:hashKey]]
	if !ok {
		return Holder{}, false
	}
	h = s.holders[at.holder]
	known := h.Hash
	if at.session != itself {
		session := h.Sessions[at.session]
		if session.ended() {
			return Holder{}, false
		}
		known, h.session = session.Hash, session.Hash
	}
	if subtle.ConstantTimeCompare([]byte(hash), []byte(known)) == 0 {
		return Holder{}, false
	}
	return h, true
}

// Required tells whether each request needs a token: from the first [Tokens.Add]
// on, also when all have been revoked.
func (t *Tokens) Required() bool {
	now := int64(time.Since(t.opened))
	if then := t.free.Load(); then > 0 && now-then < freeFor {
		return false
	}
	required := t.current().required()
	if !required {
		t.free.Store(now)
	}
	return required
}

// freeFor is for how long the source is not asked again after there was no document. Where
// everyone may come in, looking for a file on each request would be a tenth of the work.
const freeFor = int64(5 * time.Millisecond)

func (s *state) required() bool { return s.document != nil || s.err != nil }

// Removal says how to be rid of the document, so that no request needs a token once the server has been
// restarted: "" where there is none.
func (t *Tokens) Removal() string {
	if d := t.current().document; d != nil {
		return d.Removal
	}
	return ""
}

// List returns all holders, oldest first.
func (t *Tokens) List() ([]Holder, error) {
	s := t.current()
	holders := slices.Clone(s.holders)
	for i, h := range holders {
		holders[i].Sessions = slices.DeleteFunc(slices.Clone(h.Sessions), Session.ended)
	}
	return holders, s.err
}

// Find returns the holder of a token.
func (t *Tokens) Find(token string) (Holder, error) {
	h, err := t.find(token)
	if h.session != "" {
		return Holder{}, errUnknown
	}
	return h, err
}

func (t *Tokens) find(secret string) (Holder, error) {
	s := t.current()
	if s.err != nil {
		return Holder{}, s.err
	}
	h, ok := s.find(hashOf(secret))
	if !ok {
		return Holder{}, errUnknown
	}
	return h, nil
}

var errUnknown = &todo.Error{Code: Unauthorized, Message: "there is no such token", Hint: "it may have been revoked; ask for a new one"}

func nameTaken(name string) error {
	return &todo.Error{Code: NameTaken, Message: fmt.Sprintf("there is a token %q", name),
		Hint: "choose another name, or revoke that one"}
}

// Add makes a token for a new holder.
func (t *Tokens) Add(name string, g todo.Grant) (token string, err error) {
	if err = checkName(name); err != nil {
		return "", err
	}
	if err = checkPrefix(g.Prefix); err != nil {
		return "", err
	}
	token = "todo_" + newSecret()
	h := Holder{Name: name, Hash: hashOf(token), Lists: g.Prefix, ReadOnly: g.ReadOnly, Created: time.Now().UTC().Truncate(time.Second)}
	err = t.change(func(holders []Holder) ([]Holder, error) {
		if indexOf(holders, name) >= 0 {
			return nil, nameTaken(name)
		}
		return append(holders, h), nil
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

// Revoke takes a token away, and its sessions. Whoever uses it is out with their next
// request, and their streams end within a second.
func (t *Tokens) Revoke(name string) error {
	unknown := &todo.Error{Code: UnknownName, Message: fmt.Sprintf("there is no token %q", name), Hint: "see: todoshell token list"}
	return t.change(func(holders []Holder) ([]Holder, error) {
		at := indexOf(holders, name)
		if at < 0 {
			return nil, unknown
		}
		return slices.Delete(holders, at, at+1), nil
	})
}

func indexOf(holders []Holder, name string) int {
	return slices.IndexFunc(holders, func(h Holder) bool { return h.Name == name })
}
