package codec

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"todoshell/todo"
)

var someTime = time.Unix(1_700_000_000, 123_456_789).UTC()

// entries returns n entries with the ids 1 to n.
func entries(n int) []todo.Entry {
	all := make([]todo.Entry, n)
	for i := range all {
		all[i] = todo.Entry{ID: uint64(i + 1), Date: todo.Date(738_000 + i%365), Status: todo.Status(i % 2), Title: fmt.Sprintf("entry %d", i)}
	}
	return all
}

func assertSame(tb testing.TB, want, got todo.List) {
	tb.Helper()
	assert.Equal(tb, want.State, got.State)
	assert.Equal(tb, slices.Collect(want.Entries(todo.Always)), slices.Collect(got.Entries(todo.Always)))
	assert.Equal(tb, remembered(want), remembered(got))
}

func remembered(l todo.List) (all []string) {
	for _, m := range l.Memories() {
		all = append(all, fmt.Sprintf("%x %x %d %v %v", m.Key, m.Request, m.Rev, m.Drop, m.Gone))
	}
	return all
}

// appended is an append of changes.
func appended(changes []todo.Change) todo.Append {
	return todo.Append{After: 300, Version: 70_000, Batch: todo.Batch{ID: todo.BatchID{1, 15: 2}, Changes: changes}}
}

// record encodes changes.
func record(changes []todo.Change) []byte {
	a := appended(changes)
	return EncodeRecord(a.After, a.Batch).Value(a.Version)
}
