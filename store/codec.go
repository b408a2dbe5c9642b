package store

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math/rand/v2"
	"time"

	"todoshell/todo"
)

// The layout of all values is described in the package documentation.

const version = 1

var (
	errChecksum = errors.New("its checksum is wrong")
	errVersion  = errors.New("its version is unknown; a newer todoshell wrote it")
	errShape    = errors.New("it cannot be decoded")
	errMissing  = errors.New("it is not there")
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
	if value[0] != version {
		return decoder{}, errVersion
	}
	// A copy, which the titles of all its entries are parts of.
	return decoder{rest: string(value[1:body])}, nil
}

// A decoder takes a body apart. Past its end or at nonsense, it fails and
// returns zeros from there on.
type decoder struct {
	rest   string
	failed bool
}

func (d *decoder) fail() {
	d.rest, d.failed = "", true
}

func (d *decoder) bytes(n uint64) string {
	if n > uint64(len(d.rest)) {
		d.fail()
		return ""
	}
	s := d.rest[:n]
	d.rest = d.rest[n:]
	return s
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

func (d *decoder) string() string { return d.bytes(d.number()) }

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
	if d.failed || d.rest != "" {
		return errShape
	}
	return nil
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// A head says how far a list's journal and its snapshot go.
type head struct {
	rev         uint64
	snapshotRev uint64
	snapshotLen uint64 // entries in the snapshot
	edits       uint64 // since the snapshot
}

func (h head) encode() []byte {
	b := make([]byte, 1, 32)
	b[0] = version
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
	h := head{d.number(), d.number(), d.number(), d.number()}
	if h.rev == 0 || h.snapshotRev > h.rev {
		d.fail()
	}
	return h, d.end()
}

func encodeSnapshot(l todo.List) []byte {
	b := make([]byte, 1, 64+32*l.Len())
	b[0] = version
	for _, n := range [...]uint64{l.Rev, l.LastID, l.UndoRev, l.RedoRev, uint64(l.Len())} {
		b = binary.AppendUvarint(b, n)
	}
	for e := range l.Entries(todo.Always) {
		b = binary.AppendUvarint(b, e.ID<<1|uint64(e.Status))
		b = binary.AppendUvarint(b, uint64(e.Date))
		b = appendString(b, e.Title)
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
	}
	if err := d.end(); err != nil {
		return todo.List{}, err
	}
	return todo.NewList(state, entries)
}

// The flags of an edit.
const (
	hasBefore = 1 << iota
	hasAfter
	beforeDone
	afterDone
	sameDate
	sameTitle

	allFlags = 1<<iota - 1
)

// encodeRecord encodes changes that were made at one time.
func encodeRecord(changes []todo.Change) []byte {
	size := 64
	for _, c := range changes {
		for _, e := range c.Edits {
			size += 24 + len(e.Before.Title) + len(e.After.Title)
		}
	}
	b := make([]byte, 1, size)
	b[0] = version
	b = binary.LittleEndian.AppendUint64(b, uint64(changes[0].Time.UnixNano()))
	b = binary.LittleEndian.AppendUint64(b, rand.Uint64())
	b = binary.LittleEndian.AppendUint64(b, rand.Uint64())
	b = binary.AppendUvarint(b, changes[0].Rev)
	b = binary.AppendUvarint(b, uint64(len(changes)))
	for _, c := range changes {
		b = append(b, byte(c.Kind))
		for _, n := range [...]uint64{c.Rev - c.Earlier, c.Of, c.Later, uint64(len(c.Edits))} {
			b = binary.AppendUvarint(b, n)
		}
		for _, e := range c.Edits {
			b = appendEdit(b, e)
		}
	}
	return seal(b)
}

func appendEdit(b []byte, e todo.Edit) []byte {
	flags := byte(e.Before.Status)*beforeDone | byte(e.After.Status)*afterDone
	if e.Before.ID != 0 {
		flags |= hasBefore
	}
	if e.After.ID != 0 {
		flags |= hasAfter
	}
	if flags&hasBefore != 0 && flags&hasAfter != 0 {
		if e.Before.Date == e.After.Date {
			flags |= sameDate
		}
		if e.Before.Title == e.After.Title {
			flags |= sameTitle
		}
	}
	b = append(b, flags)
	b = binary.AppendUvarint(b, max(e.Before.ID, e.After.ID))
	if flags&hasBefore != 0 {
		b = binary.AppendUvarint(b, uint64(e.Before.Date))
		b = appendString(b, e.Before.Title)
	}
	if flags&hasAfter != 0 && flags&sameDate == 0 {
		b = binary.AppendUvarint(b, uint64(e.After.Date))
	}
	if flags&hasAfter != 0 && flags&sameTitle == 0 {
		b = appendString(b, e.After.Title)
	}
	return b
}

func decodeRecord(value []byte) ([]todo.Change, error) {
	d, err := unseal(value)
	if err != nil {
		return nil, err
	}
	var nanos int64
	if b := d.bytes(8); len(b) == 8 {
		nanos = int64(binary.LittleEndian.Uint64([]byte(b)))
	}
	d.bytes(16) // the operation id
	rev := d.number()
	changes := make([]todo.Change, d.count(5))
	for i := range changes {
		c := &changes[i]
		c.Rev, c.Time = rev+uint64(i), time.Unix(0, nanos).UTC()
		if kind := d.bytes(1); kind != "" {
			c.Kind = todo.Kind(kind[0])
		}
		c.Earlier, c.Of, c.Later = c.Rev-d.number(), d.number(), d.number()
		if !c.Kind.Valid() || c.Earlier >= c.Rev || c.Of >= c.Rev || c.Later >= c.Rev {
			d.fail()
		}
		c.Edits = make([]todo.Edit, d.count(3))
		for j := range c.Edits {
			c.Edits[j] = d.edit()
		}
	}
	if len(changes) == 0 {
		d.fail()
	}
	return changes, d.end()
}

func (d *decoder) edit() (e todo.Edit) {
	head := d.bytes(1)
	id := d.number()
	if head == "" || id == 0 || head[0] > allFlags || head[0]&(hasBefore|hasAfter) == 0 {
		d.fail()
		return todo.Edit{}
	}
	flags := head[0]
	if flags&hasBefore != 0 {
		e.Before = todo.Entry{ID: id, Date: d.date(), Title: d.string()}
		if flags&beforeDone != 0 {
			e.Before.Status = todo.Done
		}
	}
	if flags&hasAfter == 0 {
		return e
	}
	e.After = todo.Entry{ID: id, Date: e.Before.Date, Title: e.Before.Title}
	if flags&afterDone != 0 {
		e.After.Status = todo.Done
	}
	if flags&sameDate == 0 {
		e.After.Date = d.date()
	}
	if flags&sameTitle == 0 {
		e.After.Title = d.string()
	}
	return e
}
