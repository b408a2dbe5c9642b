package codec

import (
	"encoding/binary"
	"hash/crc32"
	"math"

	"todoshell/todo"
)

// The layout of all values is described in the package documentation.

// The versions of values. All are read; only the latest is written.
const (
	version1 = iota + 1
	version2 // with operations
	version3 // with versions of lists

	latest = version3
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
	if value[0] < version1 || value[0] > latest {
		return decoder{}, ErrVersion
	}
	return decoder{rest: value[1:body], version: value[0]}, nil
}

// A decoder takes a body apart. Past its end or at nonsense, it fails and
// returns zeros from there on. What it returns does not keep the body in memory.
type decoder struct {
	rest    []byte
	version byte
	failed  bool
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
	if len(d.rest) > 0 && d.rest[0] < 0x80 { // most are small
		n := d.rest[0]
		d.rest = d.rest[1:]
		return uint64(n)
	}
	n, size := binary.Uvarint(d.rest)
	if size <= 0 {
		d.fail()
		return 0
	}
	d.rest = d.rest[size:]
	return n
}

// fixed reads a number of 8 bytes.
func (d *decoder) fixed() uint64 {
	if b := d.bytes(8); len(b) == 8 {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
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

// counter reads a number that fits into an int.
func (d *decoder) counter() int {
	n := d.number()
	if n > math.MaxInt {
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

// The flags of a memory, beside its revision.
const (
	isDrop = 1 << iota
	isGone

	memoryFlags = iota
)

func appendMemories(b []byte, all []todo.Memory) []byte {
	b = binary.AppendUvarint(b, uint64(len(all)))
	for _, m := range all {
		n := m.Rev << memoryFlags
		if m.Drop {
			n |= isDrop
		}
		if m.Gone {
			n |= isGone
		}
		b = appendOperation(binary.AppendUvarint(b, n), m.Operation)
	}
	return b
}

func (d *decoder) memories() []todo.Memory {
	if d.version == version1 {
		return nil
	}
	all := make([]todo.Memory, d.count(25))
	for i := range all {
		n := d.number()
		if d.version == version2 {
			all[i] = todo.Memory{Rev: n, Gone: n == 0}
		} else {
			all[i] = todo.Memory{Rev: n >> memoryFlags, Drop: n&isDrop != 0, Gone: n&isGone != 0}
		}
		all[i].Operation = d.operation()
	}
	return all
}
