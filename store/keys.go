package store

import (
	"encoding/binary"

	"todoshell/todo"
)

// The layout of the keys is described in the package documentation.

var (
	totalsKey  = []byte{'t'}
	rebuildKey = []byte{'t', 'r'} // beside the totals: an opening reads both
	secretKey  = []byte{'k'}
	replicaKey = []byte{'r'}
)

func headKey(name string) []byte     { return append([]byte{'n'}, name...) }
func snapshotKey(name string) []byte { return append([]byte{'s'}, name...) }

// dueKey is the key of a list in the index by first open days.
func dueKey(day todo.Date, name string) []byte {
	b := binary.BigEndian.AppendUint32(append(make([]byte, 0, 5+len(name)), 'd'), uint32(day))
	return append(b, name...)
}

// dueOf returns what a key of the index by first open days says.
func dueOf(key []byte) (day todo.Date, name string) {
	return todo.Date(binary.BigEndian.Uint32(key[1:5])), string(key[5:])
}

func recordKey(name string, rev uint64) []byte {
	return appendRecordKey(make([]byte, 0, 10+len(name)), name, rev)
}

func appendRecordKey[Name string | []byte](b []byte, name Name, rev uint64) []byte {
	b = append(append(append(b, 'j'), name...), 0)
	return binary.BigEndian.AppendUint64(b, rev)
}

// recordsEnd is right behind the keys of a list's records.
func recordsEnd(name string) []byte {
	return append(append([]byte{'j'}, name...), 1)
}
