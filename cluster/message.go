package cluster

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"todoshell/store"
	"todoshell/store/codec"
	"todoshell/todo"
)

// The kinds of messages, the first bytes of their bodies.
const (
	recordKind = 'r'
	dropKind   = 'd'
)

// What comes after a partition in the subjects of its messages.
const (
	listSubject    = "l." // and the token of the list
	barrierSubject = "bar"
	secretSubject  = "secret"
)

// token returns the part of a subject that names a list.
func token(name string) string {
	var b strings.Builder
	for i := range len(name) {
		if c := name[i]; plain(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "=%02X", c)
		}
	}
	return b.String()
}

func plain(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}

var errMessage = errors.New("it is not as this program writes messages")

// nameOf returns the list that a token names.
func nameOf(token string) (string, error) {
	b := make([]byte, 0, len(token))
	for i := 0; i < len(token); i++ {
		if token[i] != '=' {
			b = append(b, token[i])
			continue
		}
		if i+3 > len(token) {
			return "", errMessage
		}
		c, err := strconv.ParseUint(token[i+1:i+3], 16, 8)
		if err != nil {
			return "", errMessage
		}
		b = append(b, byte(c))
		i += 2
	}
	return string(b), nil
}

// encode returns the body of the message of an append that leads to next.
func encode(after todo.Version, next todo.List, b todo.Batch) []byte {
	record := codec.EncodeRecord(after, b).Value(after + 1)
	if !isDrop(b) {
		return append(append(make([]byte, 0, 1+len(record)), recordKind), record...)
	}
	snapshot := codec.EncodeSnapshot(next)
	body := binary.AppendUvarint([]byte{dropKind}, uint64(len(snapshot)))
	return append(append(body, snapshot...), record...)
}

func isDrop(b todo.Batch) bool { return b.Changes[len(b.Changes)-1].Kind == todo.Drop }

// decode returns what a message tells of a list.
func decode(body []byte) (u store.Update, err error) {
	if len(body) == 0 {
		return u, errMessage
	}
	kind, body := body[0], body[1:]
	switch kind {
	case recordKind:
	case dropKind:
		size, n := binary.Uvarint(body)
		if n <= 0 || size > uint64(len(body)-n) {
			return u, errMessage
		}
		if u.Dropped, err = codec.DecodeSnapshot(body[n : n+int(size)]); err != nil {
			return u, err
		}
		body = body[n+int(size):]
	default:
		return u, errMessage
	}
	if u.Append, err = codec.DecodeRecord(body); err == nil && isDrop(u.Batch) != (kind == dropKind) {
		err = errMessage
	}
	return u, err
}
