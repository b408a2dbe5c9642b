package codec

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

// rawEdits returns what RecordEdits tells of a record.
func rawEdits(value []byte) (edits []todo.Edit, first, last uint64, err error) {
	first, last, err = RecordEdits(value, func(e RawEdit) { edits = append(edits, e.edit()) })
	return edits, first, last, err
}

func editsOf(changes []todo.Change) (edits []todo.Edit) {
	for _, c := range changes {
		edits = append(edits, c.Edits...)
	}
	return edits
}

func TestRawEdits(t *testing.T) {
	_, changes := everyKind(t)
	edits, first, last, err := rawEdits(record(changes[2:]))
	require.NoError(t, err)
	assert.Equal(t, editsOf(changes[2:]), edits)
	assert.EqualValues(t, 3, first)
	assert.EqualValues(t, len(changes), last)
}

func TestRawEntries(t *testing.T) {
	list, _ := everyKind(t)
	remembering := list.Remembering([]todo.Memory{{Operation: someOperation, Rev: 3}})
	for _, l := range []todo.List{{}, list, remembering} {
		var entries []todo.Entry
		rev, err := SnapshotEntries(EncodeSnapshot(l), func(e RawEntry) { entries = append(entries, e.Entry()) })
		require.NoError(t, err)
		assert.Equal(t, slices.Collect(l.Entries(todo.Always)), entries)
		assert.Equal(t, l.Rev, rev)
	}
}

// Looking at raw titles costs no memory, whatever is in the value.
func TestRawAllocatesNothing(t *testing.T) {
	list, changes := everyKind(t)
	snapshot, encoded := EncodeSnapshot(list), record(changes)
	bytes := 0
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		_, _ = SnapshotEntries(snapshot, func(e RawEntry) { bytes += len(e.Title) })
		_, _, _ = RecordEdits(encoded, func(e RawEdit) { bytes += len(e.After.Title) })
	}))
	assert.NotZero(t, bytes)
}
