package access

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"todoshell/todo"
)

const (
	// SessionAge is how long a session lasts.
	SessionAge  = 30 * 24 * time.Hour
	maxSessions = 32 // for each token; the oldest makes room
)

// CantSave is the code of a change to the file that failed.
const CantSave todo.Code = "cannot_save"

// A Session is what a browser has in place of the token: it lasts until it is logged
// out, or [SessionAge], or as long as the token.
type Session struct {
	Hash    string    `json:"hash"` // hex SHA-256 of the session's secret
	Created time.Time `json:"created"`
}

var errNoSession = &todo.Error{Code: Unauthorized, Message: "the login has ended", Hint: "log in again"}

func (s Session) ended() bool { return time.Since(s.Created) >= SessionAge }

// Login makes a session for the holder of a token and returns its secret. For a token
// that nobody has, nothing is written.
func (t *Tokens) Login(token string) (secret string, err error) {
	h, err := t.Find(token)
	if err != nil {
		return "", err
	}
	secret = newSecret()
	err = t.changeSessions(h, func(sessions []Session) []Session {
		sessions = append(sessions, Session{hashOf(secret), time.Now().UTC().Truncate(time.Second)})
		return sessions[max(0, len(sessions)-maxSessions):]
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

// FindSession returns the holder of the token that the session is of.
func (t *Tokens) FindSession(secret string) (Holder, error) {
	h, err := t.find(secret)
	if err == nil && h.session == "" || errors.Is(err, errUnknown) {
		return Holder{}, errNoSession
	}
	return h, err
}

// Logout ends a session, and its streams at once. A session that does not exist is no
// error.
func (t *Tokens) Logout(secret string) error {
	h, err := t.FindSession(secret)
	if err != nil {
		if errors.Is(err, errNoSession) {
			return nil
		}
		return err
	}
	return t.changeSessions(h, func(sessions []Session) []Session {
		return slices.DeleteFunc(sessions, func(s Session) bool { return s.Hash == h.session })
	})
}

// changeSessions changes the sessions of a holder in the file.
func (t *Tokens) changeSessions(h Holder, edit func([]Session) []Session) error {
	err := t.change(func(holders []Holder) ([]Holder, error) {
		at := slices.IndexFunc(holders, func(other Holder) bool { return other.Hash == h.Hash })
		if at < 0 {
			return nil, errUnknown
		}
		holders[at].Sessions = edit(slices.DeleteFunc(holders[at].Sessions, Session.ended))
		return holders, nil
	})
	if _, ok := errors.AsType[*todo.Error](err); err == nil || ok {
		return err
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err // without its path, which is no business of those who come over the network
	} else if e, ok := errors.AsType[*os.LinkError](err); ok {
		err = e.Err
	}
	return &todo.Error{Code: CantSave, Message: fmt.Sprintf("it could not be saved: %v", err), Hint: "try again later"}
}
