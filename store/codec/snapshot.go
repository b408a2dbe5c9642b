package codec

import (
	"encoding/binary"

	"todoshell/todo"
)

// EncodeSnapshot encodes a list and what it remembers.
func EncodeSnapshot(l todo.List) []byte {
	b := make([]byte, 1, 64+32*l.Len())
	b[0] = version
	memories := l.Memories()
	if len(memories) > 0 {
		b[0] = versionOperations
	}
	for _, n := range [...]uint64{l.Rev, l.LastID, l.UndoRev, l.RedoRev, uint64(l.Len())} {
		b = binary.AppendUvarint(b, n)
	}
	for e := range l.Entries(todo.Always) {
		b = binary.AppendUvarint(b, e.ID<<1|uint64(e.Status))
		b = binary.AppendUvarint(b, uint64(e.Date))
		b = appendString(b, e.Title)
	}
	if len(memories) > 0 {
		b = appendMemories(b, memories)
	}
	return seal(b)
}

// DecodeSnapshot returns the list that a snapshot holds.
func DecodeSnapshot(value []byte) (todo.List, error) {
	d, err := unseal(value)
	if err != nil {
		return todo.List{}, err
	}
	state := todo.State{Rev: d.number(), LastID: d.number(), UndoRev: d.number(), RedoRev: d.number()}
	entries := make([]todo.Entry, d.count(3))
	for i := range entries {
		n := d.number()
		entries[i] = todo.Entry{ID: n >> 1, Status: todo.Status(n & 1), Date: d.date(), Title: d.string()}
		if n>>1 == 0 {
			d.fail()
		}
	}
	memories := d.memories()
	if err = d.end(); err != nil {
		return todo.List{}, err
	}
	list, err := todo.NewList(state, entries)
	return list.Remembering(memories), err
}
