package codec

import (
	"encoding/binary"
	"hash/crc32"
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

// Flags that are added to the kind of a change.
const (
	hasOperation = 0x80
	hasBy        = 0x40 // it was made by somebody else than the change before
)

// A Record is the encoded record of a batch that lacks only its version, which is known
// when the batch is put into the log, where others wait.
type Record struct {
	body []byte
	sum  uint32
}

// tail is how many bytes are added to the body: the version and the checksum.
const tail = 8 + 4

// EncodeRecord encodes a batch that is appended after a version of its list, and whose
// changes were made at one time.
func EncodeRecord(after todo.Version, batch todo.Batch) Record {
	size := 64 + tail
	for _, c := range batch.Changes {
		size += 24 + len(c.By)
		for _, e := range c.Edits {
			size += 24 + len(e.Before.Title) + len(e.After.Title)
		}
	}
	b := make([]byte, 1, size)
	b[0] = latest
	b = binary.LittleEndian.AppendUint64(b, uint64(batch.Changes[0].Time.UnixNano()))
	b = append(b, batch.ID[:]...)
	for _, n := range [...]uint64{uint64(after), batch.Changes[0].Rev, uint64(len(batch.Changes))} {
		b = binary.AppendUvarint(b, n)
	}
	by := ""
	for _, c := range batch.Changes {
		kind := len(b)
		b = append(b, byte(c.Kind))
		if c.By != by {
			b[kind] |= hasBy
			b, by = appendString(b, c.By), c.By
		}
		if c.Operation != nil {
			b[kind] |= hasOperation
			b = appendOperation(b, *c.Operation)
		}
		for _, n := range [...]uint64{c.Rev - c.Earlier, c.Of, c.Later, uint64(len(c.Edits))} {
			b = binary.AppendUvarint(b, n)
		}
		for _, e := range c.Edits {
			b = appendEdit(b, e)
		}
	}
	return Record{b, crc32.Checksum(b, castagnoli)}
}

// Len returns how many bytes the value will have.
func (r Record) Len() int { return len(r.body) + tail }

// Value completes the record. It may be called once.
func (r Record) Value(v todo.Version) []byte {
	b := binary.LittleEndian.AppendUint64(r.body, uint64(v))
	sum := crc32.Update(r.sum, castagnoli, b[len(r.body):])
	return binary.LittleEndian.AppendUint32(b, sum)
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

// DecodeRecord returns the append that a record holds, without the name of its list.
func DecodeRecord(value []byte) (todo.Append, error) {
	d, err := unseal(value)
	if err != nil {
		return todo.Append{}, err
	}
	var record recordHead
	d.recordHead(&record)
	changes := make([]todo.Change, record.changes)
	by, made := "", time.Unix(0, record.made).UTC()
	for i := range changes {
		c := &changes[i]
		c.Time, c.By = made, by
		if edits := d.changeHead(c, record.first+uint64(i)); edits > 0 {
			c.Edits = make([]todo.Edit, edits)
		}
		var edit RawEdit
		for j := range c.Edits {
			d.edit(&edit)
			c.Edits[j] = edit.edit()
		}
		if c.Kind == todo.Drop && i < len(changes)-1 {
			d.fail()
		}
		by = c.By
	}
	err = d.recordEnd(&record)
	return todo.Append{After: record.after, Version: record.version, Batch: todo.Batch{ID: record.id, Changes: changes}}, err
}

// A recordHead is what a record says besides its changes: first is the revision of the
// first of them, made the time in nanoseconds since 1970.
type recordHead struct {
	after, version todo.Version
	id             todo.BatchID
	made           int64
	first          uint64
	changes        int
}

// recordHead reads what comes before a record's changes. Before version 3, the version of a
// list was its revision.
func (d *decoder) recordHead(h *recordHead) {
	h.made = int64(d.fixed())
	copy(h.id[:], d.bytes(uint64(len(h.id))))
	if d.version >= version3 {
		h.after = todo.Version(d.number())
	}
	h.first = d.number()
	h.changes = d.count(5)
	if d.version < version3 {
		h.after, h.version = todo.Version(h.first-1), todo.Version(h.first+uint64(h.changes)-1)
	}
	if h.changes == 0 {
		d.fail()
	}
}

// recordEnd reads what comes after a record's changes.
func (d *decoder) recordEnd(h *recordHead) error {
	if d.version >= version3 {
		h.version = todo.Version(d.fixed())
	}
	if h.version <= h.after {
		d.fail()
	}
	return d.end()
}

// changeHead reads what comes before a change's edits, and returns how many there are. The
// change was made by whom it names already, unless the record says otherwise.
func (d *decoder) changeHead(c *todo.Change, rev uint64) (edits int) {
	c.Rev = rev
	if kind := d.bytes(1); len(kind) == 1 {
		c.Kind = todo.Kind(kind[0])
	}
	if d.version >= version3 && c.Kind&hasBy != 0 {
		c.Kind &^= hasBy
		c.By = string(d.text())
	}
	if d.version >= version2 && c.Kind&hasOperation != 0 {
		o := d.operation()
		c.Kind, c.Operation = c.Kind&^hasOperation, &o
	}
	c.Earlier, c.Of, c.Later = rev-d.number(), d.number(), d.number()
	if !c.Kind.Valid() || c.Earlier >= rev || c.Of >= rev || c.Later >= rev {
		d.fail()
	}
	return d.count(3)
}

func (d *decoder) edit(e *RawEdit) {
	*e = RawEdit{}
	head := d.bytes(1)
	id := d.number()
	if len(head) == 0 || id == 0 || head[0] > allFlags || head[0]&(hasBefore|hasAfter) == 0 {
		d.fail()
		return
	}
	flags := head[0]
	if flags&hasBefore != 0 {
		e.Before = RawEntry{ID: id, Date: d.date(), Title: d.text()}
		if flags&beforeDone != 0 {
			e.Before.Status = todo.Done
		}
	}
	if flags&hasAfter == 0 {
		return
	}
	e.After.ID, e.After.Date, e.After.Title = id, e.Before.Date, e.Before.Title
	if flags&afterDone != 0 {
		e.After.Status = todo.Done
	}
	if flags&sameDate == 0 {
		e.After.Date = d.date()
	}
	if flags&sameTitle == 0 {
		e.After.Title = d.text()
	}
}
