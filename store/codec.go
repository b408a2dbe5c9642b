package store

import (
	"encoding/binary"
	"hash/crc32"

	"todoshell/todo"
)

// The layout of all values is described in the package documentation.

// The versions of values. Only what has operations in it is of the second: so
// what knows the first alone can read all the rest.
const (
	version           = 1
	versionOperations = 2
)

// What can be wrong with a value.
var (
	errChecksum = &todo.Error{Code: todo.Damaged, Message: "its checksum is wrong"}
	errVersion  = &todo.Error{Code: todo.Damaged, Message: "its version is unknown, a newer todoshell wrote it"}
	errShape    = &todo.Error{Code: todo.Damaged, Message: "it cannot be decoded"}
	errMissing  = &todo.Error{Code: todo.Damaged, Message: "it is not there"}
	errDiffers  = &todo.Error{Code: todo.Damaged, Message: "the journal leads elsewhere"}
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// seal closes a value that was begun with the version byte.
func seal(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// unseal returns a decoder for the body of a value.
func unseal(value []byte) (decoder, error) {
	body := len(value) - 4
	if body < 1 || crc32.Checksum(value[:body], castagnoli) != binary.LittleEndian.Uint32(value[body:]) {
		return decoder{}, errChecksum
	}
	if value[0] != version && value[0] != versionOperations {
		return decoder{}, errVersion
	}
	return decoder{rest: value[1:body], operations: value[0] == versionOperations}, nil
}

// A decoder takes a body apart. Past its end or at nonsense, it fails and
// returns zeros from there on. What it returns does not keep the body in memory.
type decoder struct {
	rest       []byte
	operations bool // there may be some
	failed     bool
}

func (d *decoder) fail() {
	d.rest, d.failed = nil, true
}

// bytes returns the next n bytes of the body, none where there are fewer.
func (d *decoder) bytes(n uint64) []byte {
	if n > uint64(len(d.rest)) {
		d.fail()
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) number() uint64 {
	var n uint64
	for shift := 0; shift < 64 && len(d.rest) > 0; shift += 7 {
		c := d.rest[0]
		d.rest = d.rest[1:]
		n |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return n
		}
	}
	d.fail()
	return 0
}

func (d *decoder) string() string { return string(d.bytes(d.number())) }

func (d *decoder) date() todo.Date {
	n := d.number()
	if n > uint64(todo.MaxDate) {
		d.fail()
		return 0
	}
	return todo.Date(n)
}

// count reads the number of things that follow, each of at least size bytes:
// so a damaged number can't ask for all the memory there is.
func (d *decoder) count(size int) int {
	n := d.number()
	if n > uint64(len(d.rest)/size) {
		d.fail()
		return 0
	}
	return int(n)
}

// end tells whether all went well and nothing is left.
func (d *decoder) end() error {
	if d.failed || len(d.rest) > 0 {
		return errShape
	}
	return nil
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendOperation(b []byte, o todo.Operation) []byte {
	return append(append(b, o.Key[:]...), o.Request[:]...)
}

func (d *decoder) operation() (o todo.Operation) {
	copy(o.Key[:], d.bytes(uint64(len(o.Key))))
	copy(o.Request[:], d.bytes(uint64(len(o.Request))))
	return o
}

func appendMemories(b []byte, all []todo.Memory) []byte {
	b = binary.AppendUvarint(b, uint64(len(all)))
	for _, m := range all {
		b = appendOperation(binary.AppendUvarint(b, m.Rev), m.Operation)
	}
	return b
}

func (d *decoder) memories() []todo.Memory {
	if !d.operations {
		return nil
	}
	all := make([]todo.Memory, d.count(25))
	for i := range all {
		all[i].Rev = d.number()
		all[i].Operation = d.operation()
	}
	return all
}

// A head says how far a list's journal and its snapshot go. The head of a list
// that was dropped is kept as long as there is something to remember.
type head struct {
	rev         uint64 // 0: there is no list
	snapshotRev uint64
	snapshotLen uint64 // entries in the snapshot
	edits       uint64 // since the snapshot
	memories    []todo.Memory
}

func (h head) encode() []byte {
	b := make([]byte, 1, 32)
	if b[0] = version; h.rev == 0 {
		b[0] = versionOperations
		return seal(appendMemories(b, h.memories))
	}
	for _, n := range [...]uint64{h.rev, h.snapshotRev, h.snapshotLen, h.edits} {
		b = binary.AppendUvarint(b, n)
	}
	return seal(b)
}

func decodeHead(value []byte) (head, error) {
	d, err := unseal(value)
	if err != nil {
		return head{}, err
	}
	if d.operations {
		h := head{memories: d.memories()}
		return h, d.end()
	}
	h := head{rev: d.number(), snapshotRev: d.number(), snapshotLen: d.number(), edits: d.number()}
	if h.rev == 0 || h.snapshotRev > h.rev {
		d.fail()
	}
	return h, d.end()
}

func encodeSnapshot(l todo.List) []byte {
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

func decodeSnapshot(value []byte) (todo.List, error) {
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
