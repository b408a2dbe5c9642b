package codec

import (
	"encoding/binary"

	"todoshell/todo"
)

// A Head says how far a list's journal and its snapshot go. The head of a list
// that was dropped is kept as long as there is something to remember.
type Head struct {
	Rev         uint64 // 0: there is no list
	SnapshotRev uint64
	SnapshotLen uint64 // entries in the snapshot
	Edits       uint64 // since the snapshot
	Memories    []todo.Memory
}

// Encode encodes the head.
func (h Head) Encode() []byte {
	b := make([]byte, 1, 32)
	if b[0] = version; h.Rev == 0 {
		b[0] = versionOperations
		return seal(appendMemories(b, h.Memories))
	}
	for _, n := range [...]uint64{h.Rev, h.SnapshotRev, h.SnapshotLen, h.Edits} {
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
	if d.operations {
		h := Head{Memories: d.memories()}
		return h, d.end()
	}
	h := Head{Rev: d.number(), SnapshotRev: d.number(), SnapshotLen: d.number(), Edits: d.number()}
	if h.Rev == 0 || h.SnapshotRev > h.Rev {
		d.fail()
	}
	return h, d.end()
}

// IsDropped tells whether a value is the head of a list that was dropped, without
// decoding it.
func IsDropped(value []byte) bool { return len(value) > 0 && value[0] == versionOperations }
