package access

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"todoshell/cache"
	"todoshell/todo"
)

// Tokens are those of one data folder.
type Tokens struct {
	dir string

	read sync.Mutex // held by the one who reads the file
	seen atomic.Pointer[state]
	free atomic.Int64 // when there was no file, counted from opened

	opened time.Time

	watches watches
}

// A state is what the file said when it was last read.
type state struct {
	file    os.FileInfo // nil: there was none
	settled bool        // a later change would have another time
	holders []Holder
	err     error
}

// settle is how old a file must be for its time to tell it from the next one:
// file systems count time in steps of up to two seconds.
const settle = 2 * time.Second

// Open returns the tokens of a data folder. Where there is no folder or no file,
// there are none. An empty dir is that of a server which keeps nothing.
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
		return before // another one has read it meanwhile
	}
	s := &state{file: file, err: err}
	switch {
	case err == nil:
		// The time is looked at before the file is read: what changes meanwhile is
		// read again.
		s.settled = time.Since(file.ModTime()) > settle
		s.holders, s.err = readFile(t.dir)
	case errors.Is(err, fs.ErrNotExist) && (before == nil || before.file == nil && before.err == nil):
		s.err = nil
	}
	if s.err != nil {
		s.holders = nil
		if _, ok := errors.AsType[*todo.Error](s.err); !ok {
			s.err = &todo.Error{Code: todo.Damaged, Message: fmt.Sprintf("%s can't be read: %v", fileName, s.err),
				Hint: "nobody comes in; mend it, or restart the server"}
		}
	}
	t.seen.Store(s)
	return s
}

func (t *Tokens) stat() (os.FileInfo, error) { return os.Stat(filepath.Join(t.dir, fileName)) }

// isOf tells whether s is what the file says, by its latest stat.
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

// freeFor is for how long there is no look at the file after there was none: where
// everyone may come in, that would be a tenth of the work.
const freeFor = int64(5 * time.Millisecond)

func (s *state) required() bool { return s.file != nil || s.err != nil }

// List returns all holders, oldest first.
func (t *Tokens) List() ([]Holder, error) {
	s := t.current()
	return slices.Clone(s.holders), s.err
}

// Find returns the holder of a token. It takes the same time for each token.
func (t *Tokens) Find(token string) (Holder, error) {
	s := t.current()
	if s.err != nil {
		return Holder{}, s.err
	}
	hash := []byte(hashOf(token))
	found := -1
	for i, h := range s.holders {
		found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(hash, []byte(h.Hash)), i, found)
	}
	if found < 0 {
		return Holder{}, errUnknown
	}
	return s.holders[found], nil
}

var errUnknown = &todo.Error{Code: Unauthorized, Message: "there is no such token", Hint: "it may have been revoked; ask for a new one"}

// Add makes a token for a new holder, and the data folder where there is none.
func (t *Tokens) Add(name string, g cache.Grant) (token string, err error) {
	if err = checkName(name); err != nil {
		return "", err
	}
	if err = checkPrefix(g.Prefix); err != nil {
		return "", err
	}
	if err = os.MkdirAll(t.dir, 0o700); err != nil {
		return "", err
	}
	token = newToken()
	h := Holder{name, hashOf(token), g.Prefix, g.ReadOnly, time.Now().UTC().Truncate(time.Second)}
	err = change(t.dir, func(holders []Holder) ([]Holder, error) {
		if find(holders, name) >= 0 {
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

// Revoke takes a token away. Whoever uses it is out with their next request,
// and their streams end within a second.
func (t *Tokens) Revoke(name string) error {
	unknown := &todo.Error{Code: UnknownName, Message: fmt.Sprintf("there is no token %q", name), Hint: "see: todoshell token list"}
	if _, err := os.Stat(t.dir); errors.Is(err, fs.ErrNotExist) {
		return unknown // a mistyped folder stays none
	}
	return change(t.dir, func(holders []Holder) ([]Holder, error) {
		at := find(holders, name)
		if at < 0 {
			return nil, unknown
		}
		return slices.Delete(holders, at, at+1), nil
	})
}

func find(holders []Holder, name string) int {
	return slices.IndexFunc(holders, func(h Holder) bool { return h.Name == name })
}
