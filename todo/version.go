package todo

import (
	"encoding/binary"
	"math/rand/v2"
)

// A Version names one state of a list. It grows with each append to the list's
// journal and is never given twice, also after a drop. 0: there never was such a
// list.
type Version uint64

// A BatchID tells an append that is tried again from another one of the same
// changes. It is random.
type BatchID [16]byte

// A Batch is what one append makes durable, all or nothing. Only its last change
// can be a [Drop].
type Batch struct {
	ID      BatchID
	Changes []Change
}

// NewBatch returns a batch with an id of its own.
func NewBatch(changes []Change) Batch {
	b := Batch{Changes: changes}
	binary.LittleEndian.PutUint64(b.ID[:8], rand.Uint64())
	binary.LittleEndian.PutUint64(b.ID[8:], rand.Uint64())
	return b
}

// An Append is a batch that has become durable, as the feed of a store tells it.
type Append struct {
	List      string
	Partition int     // which sequence the versions belong to; on one machine there is only 0
	After     Version // of the list before it
	Version   Version // of the list with it
	Batch
}

// A Position says how far a feed has been told: the version of the latest append
// in each partition. A partition that is missing has had none.
type Position []Version

// Includes tells whether an append of this version has been told.
func (p Position) Includes(partition int, v Version) bool {
	return partition < len(p) && v <= p[partition]
}

// Of returns how far a partition has been told.
func (p Position) Of(partition int) Version {
	if partition >= len(p) {
		return 0
	}
	return p[partition]
}

// With returns the position after an append, in the memory of p where it has room.
func (p Position) With(partition int, v Version) Position {
	for len(p) <= partition {
		p = append(p, 0)
	}
	p[partition] = max(p[partition], v)
	return p
}

// A Head is what an overview of many lists needs to know of each of them.
type Head struct {
	Name      string
	Partition int
	Version   Version
	Rev       uint64 // 0: the list has been dropped
	Entries   int
	Open      int
	FirstOpen Date // the first day that has an open entry; zero: none of them has a date
}

// HeadOf returns the head of a list.
func HeadOf(name string, l List) Head {
	return Head{Name: name, Version: l.Version, Rev: l.Rev, Entries: l.Len(), Open: l.Open(), FirstOpen: l.FirstOpen()}
}

// MayHave tells whether the list can have entries in a span.
func (h Head) MayHave(span Span) bool {
	if span.Status == nil || *span.Status != Open {
		return h.Entries > 0
	}
	undated := span.To == 0
	return h.Open > 0 && (undated || h.FirstOpen != 0 && h.FirstOpen <= span.To)
}

// Totals are counts of all that a store holds.
type Totals struct {
	Lists int // without those that have been dropped
	Open  int // entries
}
