package codec

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
	ErrChecksum = &todo.Error{Code: todo.Damaged, Message: "its checksum is wrong"}
	ErrVersion  = &todo.Error{Code: todo.Damaged, Message: "its version is unknown, a newer todoshell wrote it"}
	ErrShape    = &todo.Error{Code: todo.Damaged, Message: "it cannot be decoded"}
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
		return decoder{}, ErrChecksum
	}
	if value[0] != version && value[0] != versionOperations {
		return decoder{}, ErrVersion
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
	n, size := binary.Uvarint(d.rest)
	if size <= 0 {
		d.fail()
		return 0
	}
	d.rest = d.rest[size:]
	return n
}

func (d *decoder) text() []byte { return d.bytes(d.number()) }

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
		return ErrShape
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
