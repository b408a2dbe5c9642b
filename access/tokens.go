package access

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"todoshell/todo"
)

// Tokens are all tokens of one data folder, as its file has them.
type Tokens struct {
	dir string

	write sync.Mutex // held by the one who changes the file
	read  sync.Mutex // held by the one who reads it
	seen  atomic.Pointer[state]
	free  atomic.Int64 // when there was no file, counted from opened

	opened time.Time

	watches watches
}

// A state is what the file said when it was last read.
type state struct {
	file    os.FileInfo // nil: there was none
	settled bool        // a later change would have another time
	text    []byte
	holders []Holder
	places  map[string]place // of each token and each session, by the beginning of its hash
	err     error
}

// A place is that of a holder's token, or of one of their sessions.
type place struct{ holder, session int }

const (
	itself  = -1 // the session of a place: the token
	hashKey = 16 // how many digits of a hash are looked up; then all are compared, in constant time
)

// settle is how old a file must be for its time to tell it from the next one:
// file systems count time in steps of up to two seconds.
const settle = 2 * time.Second

// Open returns the tokens of a data folder. Where there is no folder or no file,
// there are none. Dir is empty for a server that keeps its lists in memory.
func Open(dir string) *Tokens { return &Tokens{dir: dir, opened: time.Now()} }

// current returns what the file says now.
func (t *Tokens) current() *state {
	if t.dir == "" {
		return &state{}
	}
	if s := t.seen.Load(); s != nil && s.isOf(t.stat()) {
		return s
	}
	t.read.Lock()
	defer t.read.Unlock()
	before := t.seen.Load()
	file, err := t.stat()
	if before != nil && before.isOf(file, err) {
		return before // another goroutine has read it meanwhile
	}
	s := &state{file: file, err: err}
	switch {
	case err == nil:
		// The time is looked at before the file is read: what changes meanwhile is
		// read again.
		s.settled = time.Since(file.ModTime()) > settle
		s.read(t.dir, before)
	case errors.Is(err, fs.ErrNotExist) && (before == nil || before.file == nil && before.err == nil):
		s.err = nil
	}
	if s.err != nil {
		s.text, s.holders, s.places = nil, nil, nil
		if _, ok := errors.AsType[*todo.Error](s.err); !ok {
			s.err = &todo.Error{Code: todo.Damaged, Message: fmt.Sprintf("%s can't be read: %v", fileName, s.err),
				Hint: "nobody comes in; mend it, or restart the server"}
		}
	}
	t.seen.Store(s)
	return s
}

// read reads the file. Where it says the same as in the state before, that one's maps are used
// again.
func (s *state) read(dir string, before *state) {
	if s.text, s.err = readFile(dir); s.err != nil {
		return
	}
	if before != nil && before.err == nil && bytes.Equal(s.text, before.text) {
		s.holders, s.places = before.holders, before.places
		return
	}
	if s.holders, s.err = decode(s.text); s.err != nil {
		return
	}
	s.places = make(map[string]place)
	for i, h := range s.holders {
		s.add(h.Hash, place{i, itself})
		for j, session := range h.Sessions {
			s.add(session.Hash, place{i, j})
		}
	}
}

func (s *state) add(hash string, at place) {
	if len(hash) != hex.EncodedLen(sha256.Size) {
		s.err = damaged("a hash is no SHA-256")
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

func (t *Tokens) stat() (os.FileInfo, error) { return os.Stat(filepath.Join(t.dir, fileName)) }

// isOf tells whether s was read from the file as it is now, by what stat says of that.
func (s *state) isOf(file os.FileInfo, err error) bool {
	if err != nil || s.file == nil {
		return errors.Is(err, fs.ErrNotExist) && s.file == nil && s.err == nil
	}
	return s.settled && os.SameFile(file, s.file) && file.ModTime().Equal(s.file.ModTime()) && file.Size() == s.file.Size()
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

// freeFor is for how long the file is not looked for again after there was none. Where
// everyone may come in, looking for it on each request would be a tenth of the work.
const freeFor = int64(5 * time.Millisecond)

func (s *state) required() bool { return s.file != nil || s.err != nil }

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

// Add makes a token for a new holder, and the data folder where there is none.
func (t *Tokens) Add(name string, g todo.Grant) (token string, err error) {
	if err = checkName(name); err != nil {
		return "", err
	}
	if err = checkPrefix(g.Prefix); err != nil {
		return "", err
	}
	if err = os.MkdirAll(t.dir, 0o700); err != nil {
		return "", err
	}
	token = "todo_" + newSecret()
	h := Holder{Name: name, Hash: hashOf(token), Lists: g.Prefix, ReadOnly: g.ReadOnly, Created: time.Now().UTC().Truncate(time.Second)}
	err = t.change(func(holders []Holder) ([]Holder, error) {
		if indexOf(holders, name) >= 0 {
			return nil, &todo.Error{Code: NameTaken, Message: fmt.Sprintf("there is a token %q", name),
				Hint: "choose another name, or revoke that one"}
		}
		return append(holders, h), nil
	})
	t.free.Store(0)
	if err != nil {
		return "", err
	}
	return token, nil
}

// Revoke takes a token away, and its sessions. Whoever uses it is out with their next
// request, and their streams end within a second.
func (t *Tokens) Revoke(name string) error {
	unknown := &todo.Error{Code: UnknownName, Message: fmt.Sprintf("there is no token %q", name), Hint: "see: todoshell token list"}
	if _, err := os.Stat(t.dir); errors.Is(err, fs.ErrNotExist) {
		return unknown // does not make the folder, whose name may be mistyped
	}
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
