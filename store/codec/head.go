package codec

import (
	"encoding/binary"

	"todoshell/todo"
)

// A Head says what is in a list, and how far its journal and its snapshot go. The
// name of the list is not part of the value. A list that has been dropped keeps its
// head, and a snapshot if there is something that it remembers.
type Head struct {
	todo.Head

	HasSnapshot bool
	SnapshotRev uint64
	SnapshotLen uint64 // entries in the snapshot
	Edits       uint64 // since the snapshot

	// Counted: what is in the list is known. The first two versions of heads did not
	// say it. They are decoded as if there were an entry that is open since ever, so that
	// whoever looks for entries looks into the list.
	Counted bool
	// Memories of a list that was dropped, which version 2 kept here.
	Memories []todo.Memory
}

// Encode encodes the head, which must be counted.
func (h Head) Encode() []byte {
	b := make([]byte, 1, 48)
	b[0] = latest
	snapshot := uint64(0)
	if h.HasSnapshot {
		snapshot = h.SnapshotRev + 1
	}
	for _, n := range [...]uint64{uint64(h.Version), h.Rev, uint64(h.Entries), uint64(h.Open), uint64(h.FirstOpen),
		snapshot, h.SnapshotLen, h.Edits} {
		b = binary.AppendUvarint(b, n)
	}
	return seal(b)
}

// DecodeHead returns the head that a value holds.
func DecodeHead(value []byte) (Head, error) {
	d, err := unseal(value)
	if err != nil {
		return Head{}, err
	}
	if d.version < version3 {
		return d.oldHead()
	}
	h := Head{Counted: true}
	h.Version, h.Rev = todo.Version(d.number()), d.number()
	h.Entries, h.Open, h.FirstOpen = d.counter(), d.counter(), d.date()
	snapshot := d.number()
	h.SnapshotLen, h.Edits = d.number(), d.number()
	if snapshot > 0 {
		h.HasSnapshot, h.SnapshotRev = true, snapshot-1
	}
	if h.SnapshotRev > h.Rev || h.Open > h.Entries || h.Rev == 0 && h.Entries > 0 || h.Open == 0 && h.FirstOpen > 0 {
		d.fail()
	}
	return h, d.end()
}

func (d *decoder) oldHead() (h Head, err error) {
	if d.version == version2 {
		h.Memories = d.memories()
		return h, d.end()
	}
	h.Rev, h.SnapshotRev, h.SnapshotLen, h.Edits = d.number(), d.number(), d.number(), d.number()
	h.Version, h.HasSnapshot = todo.Version(h.Rev), h.SnapshotRev > 0
	h.Entries, h.Open, h.FirstOpen = 1, 1, todo.MinDate
	if h.Rev == 0 || h.SnapshotRev > h.Rev {
		d.fail()
	}
	return h, d.end()
}

// Totals say what all lists hold together, and the version of the latest append to
// any of them.
type Totals struct {
	Version todo.Version
	todo.Totals
}

// Encode encodes the totals.
func (t Totals) Encode() []byte {
	b := make([]byte, 1, 32)
	b[0] = latest
	for _, n := range [...]uint64{uint64(t.Version), uint64(t.Lists), uint64(t.Open)} {
		b = binary.AppendUvarint(b, n)
	}
	return seal(b)
}

// DecodeTotals returns the totals that a value holds.
func DecodeTotals(value []byte) (t Totals, err error) {
	d, err := unseal(value)
	if err != nil {
		return t, err
	}
	t.Version = todo.Version(d.number())
	t.Lists, t.Open = d.counter(), d.counter()
	return t, d.end()
}
