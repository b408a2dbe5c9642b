package codec

import (
	"math"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

func FuzzDecodeRecord(f *testing.F) {
	f.Add(record([]todo.Change{{Rev: 1, Kind: todo.Add, By: "ann", Edits: []todo.Edit{{After: todo.Entry{ID: 1, Title: "x"}}}}})[1:])
	f.Add(record([]todo.Change{{Rev: 1, Kind: todo.Undo}, {Rev: 2, Kind: todo.Drop}})[1:])
	fuzzDecode(f, func(t *testing.T, value []byte) {
		t.Helper()
		a, err := DecodeRecord(value)
		edits, _, _, rawErr := rawEdits(value)
		if err != nil {
			return
		}
		require.NoError(t, rawErr)
		require.Equal(t, editsOf(a.Changes), edits)
		again, err := DecodeRecord(EncodeRecord(a.After, a.Batch).Value(a.Version))
		require.NoError(t, err)
		a.Changes, again.Changes = normal(a.Changes), normal(again.Changes)
		require.Equal(t, a, again)
	})
}

func FuzzDecodeSnapshot(f *testing.F) {
	list, err := todo.NewList(todo.State{Rev: 3, LastID: 3}, entries(3))
	require.NoError(f, err)
	f.Add(EncodeSnapshot(list)[1:])
	fuzzDecode(f, func(t *testing.T, value []byte) {
		t.Helper()
		list, err := DecodeSnapshot(value)
		entries := 0
		rev, rawErr := SnapshotEntries(value, func(RawEntry) { entries++ })
		if err != nil {
			return
		}
		require.NoError(t, rawErr)
		require.Equal(t, list.Rev, rev)
		require.Equal(t, list.Len(), entries)
		again, err := DecodeSnapshot(EncodeSnapshot(list))
		require.NoError(t, err)
		assertSame(t, list, again)
	})
}

func FuzzDecodeHead(f *testing.F) {
	f.Add(Head{Head: todo.Head{Version: 7, Rev: 300}, HasSnapshot: true, SnapshotRev: 7, SnapshotLen: 7, Edits: 4096}.Encode()[1:])
	fuzzDecode(f, func(t *testing.T, value []byte) {
		t.Helper()
		h, err := DecodeHead(value)
		if err != nil || !h.Counted {
			return
		}
		again, err := DecodeHead(h.Encode())
		require.NoError(t, err)
		require.Equal(t, h, again)
	})
}

func FuzzDecodeReplica(f *testing.F) {
	f.Add(Replica{Source: "todo", Position: todo.Position{0, 1 << 40, 7}}.Encode()[1:])
	fuzzDecode(f, func(t *testing.T, value []byte) {
		t.Helper()
		r, err := DecodeReplica(value)
		if err != nil {
			return
		}
		again, err := DecodeReplica(r.Encode())
		require.NoError(t, err)
		require.Equal(t, r, again)
	})
}

// fuzzDecode gives bodies a right version and checksum, which guessing would
// never find.
func fuzzDecode(f *testing.F, decode func(*testing.T, []byte)) {
	f.Helper()
	f.Fuzz(func(t *testing.T, body []byte) {
		decode(t, body)
		for v := byte(version1); v <= latest; v++ {
			decode(t, seal(append([]byte{v}, body...)))
		}
	})
}

func TestDecodingTakesNoMoreThanItDeserves(t *testing.T) {
	huge := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}
	snapshot := seal(append([]byte{version1, 1, 1, 0, 0}, huge...))
	record := seal(append(append(make([]byte, 1+8+16), 1), huge...))
	record[0] = version1
	record = seal(record[:len(record)-4])
	for _, decode := range []func(){
		func() { _, _ = DecodeSnapshot(snapshot) },
		func() { _, _ = DecodeRecord(record) },
	} {
		least := uint64(math.MaxUint64) // others may be at work at the same time
		for range 100 {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			decode()
			runtime.ReadMemStats(&after)
			least = min(least, after.TotalAlloc-before.TotalAlloc)
		}
		assert.Less(t, least, uint64(1000))
	}
}
