package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"todoshell/todo"
)

// MaxName is the most characters that a name can have.
const MaxName = 64

// The errors of this package, besides [todo.Damaged] and [todo.BadName].
const (
	NameTaken    todo.Code = "name_taken"
	UnknownName  todo.Code = "unknown_name"
	Unauthorized todo.Code = "unauthorized"
)

// A Holder is one who has a token. The zero Holder is everyone on a machine
// without tokens.
type Holder struct {
	Name     string    `json:"name"`
	Hash     string    `json:"hash"`  // hex SHA-256 of the token
	Lists    string    `json:"lists"` // what the names of their lists begin with
	ReadOnly bool      `json:"read_only"`
	Created  time.Time `json:"created"`
	Sessions []Session `json:"sessions,omitempty"`

	session string // the hash of the session with which they have logged in; "": they sent the token itself
}

// Grant returns what the holder may do.
func (h Holder) Grant() todo.Grant {
	return todo.Grant{Prefix: h.Lists, ReadOnly: h.ReadOnly, By: h.Name}
}

func newSecret() string {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	return base64.RawURLEncoding.EncodeToString(secret)
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

func checkName(name string) error {
	switch n := utf8.RuneCountInString(name); {
	case n < 1 || n > MaxName:
		return &todo.Error{Code: todo.BadName, Message: fmt.Sprintf("the name of the token has %d characters", n),
			Hint: fmt.Sprintf("give it 1 to %d", MaxName)}
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return &todo.Error{Code: todo.BadName, Message: fmt.Sprintf("the name %q holds what can't be printed", name),
			Hint: "leave it out"}
	}
	return nil
}

// checkPrefix tells whether names of lists can begin with prefix.
func checkPrefix(prefix string) error {
	if prefix == "" || prefix == "." {
		return nil
	}
	return todo.CheckName(prefix)
}
