package todo

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/tidwall/btree"
)

// An Operation identifies a change that a client asks for. A client that got no answer
// can ask again with the same Operation, and the change is still made once.
type Operation struct {
	Key     [16]byte // which one it is
	Request [8]byte  // a digest of all that it asks for
}

// Remembered is how many operations, the latest, a list remembers at least.
const Remembered = 1024

// A Memory says which change an operation has made.
type Memory struct {
	Operation
	Rev    uint64 // of the change
	Drop   bool   // the change dropped the list
	Gone   bool   // the list has been dropped since, or by it: the journal does not have the change any more
	number uint64 // in the order of operations
}

// memories are what a list remembers, by their keys; nil is nothing.
type memories = btree.BTreeG[Memory]

func newMemories() *memories {
	less := func(a, b Memory) bool { return bytes.Compare(a.Key[:], b.Key[:]) < 0 }
	return btree.NewBTreeGOptions(less, btree.Options{Degree: 16, NoLocks: true})
}

// Memories returns what the list remembers, the latest operation last.
func (l List) Memories() []Memory {
	if l.memories == nil {
		return nil
	}
	return slices.SortedFunc(slices.Values(l.memories.Items()),
		func(a, b Memory) int { return cmp.Compare(a.number, b.number) })
}

// Remembering returns the list with more to remember.
func (l List) Remembering(all []Memory) List {
	if len(all) == 0 {
		return l
	}
	d := l.Draft()
	d.own()
	for _, m := range all {
		d.remember(m)
	}
	return d.Snapshot()
}

// remember adds to the memories, which must be the list's own, and now and then
// lets go of the oldest.
func (l *List) remember(m Memory) {
	if l.memories == nil {
		l.memories = newMemories()
	}
	l.operations++
	m.number = l.operations
	l.memories.Set(m)
	if l.memories.Len() <= 2*Remembered {
		return
	}
	young := newMemories()
	for _, m := range l.memories.Items() {
		if m.number+Remembered > l.operations {
			young.Set(m)
		}
	}
	l.memories = young
}

// Once runs f, which makes at most one change, as an operation. If the list
// remembers the operation, f does not run, and the change that was made is
// returned, or an error of the code [UnknownList] if the list was dropped since
// then. An operation that changed nothing is not remembered. The operation nil is
// none.
func (d *Draft) Once(o *Operation, f func() error) (made *Change, err error) {
	if o == nil {
		return nil, f()
	}
	if d.memories != nil {
		if m, known := d.memories.Get(Memory{Operation: *o}); known {
			return d.again(m, *o)
		}
	}
	d.operation = o
	defer func() { d.operation = nil }()
	return nil, f()
}

func (d *Draft) again(m Memory, o Operation) (*Change, error) {
	if m.Request != o.Request {
		return nil, &Error{KeyReused, "the key stands for another request", "give each request a key of its own"}
	}
	if m.Drop {
		return &Change{Kind: Drop, Rev: m.Rev, Operation: &o}, nil
	}
	if m.Gone {
		return nil, &Error{UnknownList, "the list has been dropped since", "see: lists"}
	}
	c, err := d.past(m.Rev)
	if err != nil {
		return nil, err
	}
	return &c, nil
}
