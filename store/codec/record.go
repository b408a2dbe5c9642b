package codec

import (
	"encoding/binary"
	"math/rand/v2"
	"time"

	"todoshell/todo"
)

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

// hasOperation is added to the kind of a change.
const hasOperation = 0x80

// EncodeRecord encodes changes that were made at one time.
func EncodeRecord(changes []todo.Change) []byte {
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
		if c.Operation != nil {
			b[0] = versionOperations
			b[len(b)-1] |= hasOperation
			b = appendOperation(b, *c.Operation)
		}
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

// DecodeRecord returns the changes that a record holds.
func DecodeRecord(value []byte) ([]todo.Change, error) {
	d, err := unseal(value)
	if err != nil {
		return nil, err
	}
	first, made, count := d.recordHead()
	changes := make([]todo.Change, count)
	for i := range changes {
		c, edits := d.changeHead(first + uint64(i))
		c.Time = made
		c.Edits = make([]todo.Edit, edits)
		for j := range c.Edits {
			c.Edits[j] = d.edit().edit()
		}
		changes[i] = c
	}
	return changes, d.end()
}

// recordHead reads what comes before a record's changes: the first revision, the
// time, and how many there are.
func (d *decoder) recordHead() (first uint64, made time.Time, changes int) {
	if b := d.bytes(8); len(b) == 8 {
		made = time.Unix(0, int64(binary.LittleEndian.Uint64(b))).UTC()
	}
	d.bytes(16) // the operation id
	first = d.number()
	changes = d.count(5)
	if changes == 0 {
		d.fail()
	}
	return first, made, changes
}

// changeHead reads what comes before a change's edits, and how many there are.
func (d *decoder) changeHead(rev uint64) (c todo.Change, edits int) {
	c.Rev = rev
	if kind := d.bytes(1); len(kind) == 1 {
		c.Kind = todo.Kind(kind[0])
	}
	if d.operations && c.Kind&hasOperation != 0 {
		o := d.operation()
		c.Kind, c.Operation = c.Kind&^hasOperation, &o
	}
	c.Earlier, c.Of, c.Later = rev-d.number(), d.number(), d.number()
	if !c.Kind.Valid() || c.Earlier >= rev || c.Of >= rev || c.Later >= rev {
		d.fail()
	}
	return c, d.count(3)
}

func (d *decoder) edit() (e RawEdit) {
	head := d.bytes(1)
	id := d.number()
	if len(head) == 0 || id == 0 || head[0] > allFlags || head[0]&(hasBefore|hasAfter) == 0 {
		d.fail()
		return RawEdit{}
	}
	flags := head[0]
	if flags&hasBefore != 0 {
		e.Before = RawEntry{ID: id, Date: d.date(), Title: d.text()}
		if flags&beforeDone != 0 {
			e.Before.Status = todo.Done
		}
	}
	if flags&hasAfter == 0 {
		return e
	}
	e.After = RawEntry{ID: id, Date: e.Before.Date, Title: e.Before.Title}
	if flags&afterDone != 0 {
		e.After.Status = todo.Done
	}
	if flags&sameDate == 0 {
		e.After.Date = d.date()
	}
	if flags&sameTitle == 0 {
		e.After.Title = d.text()
	}
	return e
}
