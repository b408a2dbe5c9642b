package codec

import (
	"encoding/binary"

	"todoshell/todo"
)

// EncodeSnapshot encodes a list and what it remembers, but not its version, which is
// in its head.
func EncodeSnapshot(l todo.List) []byte {
	b := make([]byte, 1, 64+32*l.Len())
	b[0] = latest
	for _, n := range [...]uint64{l.Rev, l.LastID, l.UndoRev, l.RedoRev, uint64(l.Len())} {
		b = binary.AppendUvarint(b, n)
	}
	for e := range l.Entries(todo.Always) {
		b = binary.AppendUvarint(b, e.ID<<1|uint64(e.Status))
		b = binary.AppendUvarint(b, uint64(e.Date))
		b = appendString(b, e.Title)
	}
	return seal(appendMemories(b, l.Memories()))
}

// DecodeSnapshot returns the list that a snapshot holds.
func DecodeSnapshot(value []byte) (todo.List, error) {
	d, err := unseal(value)
	if err != nil {
		return todo.List{}, err
	}
	state, count := d.snapshotHead()
	entries := make([]todo.Entry, count)
	for i := range entries {
		entries[i] = d.snapshotEntry().Entry()
	}
	memories := d.memories()
	if err = d.end(); err != nil {
		return todo.List{}, err
	}
	list, err := todo.NewList(state, entries)
	return list.Remembering(memories), err
}

// snapshotHead reads what comes before a snapshot's entries, and how many there
// are.
func (d *decoder) snapshotHead() (state todo.State, entries int) {
	state = todo.State{Rev: d.number(), LastID: d.number(), UndoRev: d.number(), RedoRev: d.number()}
	return state, d.count(3)
}

func (d *decoder) snapshotEntry() RawEntry {
	n := d.number()
	e := RawEntry{ID: n >> 1, Status: todo.Status(n & 1), Date: d.date(), Title: d.text()}
	if e.ID == 0 {
		d.fail()
	}
	return e
}
