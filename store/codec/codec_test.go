package codec

import (
	"bytes"
	"encoding/hex"
	"hash/crc32"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"todoshell/todo"
)

// The changes of a list on which every command was run once.
func everyKind(t *testing.T) (todo.List, []todo.Change) {
	t.Helper()
	d := todo.List{}.Draft()
	d.Time = someTime
	must := func(_ any, err error) { require.NoError(t, err) }
	must(d.Add(738_000, "milk"))
	must(d.Add(0, "買い物 🛒\nand more"))
	must(d.SetDate(1, todo.MaxDate))
	must(d.SetTitle(1, strings.Repeat("x", todo.MaxTitle)))
	must(d.Finish(1, 2))
	must(d.Reopen(1))
	must(d.Undo())
	must(d.Undo())
	must(d.Redo())
	must(d.Delete(2))
	must(nil, d.Import([]todo.Entry{{ID: todo.MaxID, Title: "last", Status: todo.Done}, {ID: 9, Date: 1, Title: "first"}}))
	return d.Snapshot(), d.Changes
}

// normal makes what is equal in meaning equal in Go.
func normal(changes []todo.Change) []todo.Change {
	all := append([]todo.Change(nil), changes...)
	for i := range all {
		if len(all[i].Edits) == 0 {
			all[i].Edits = nil
		}
	}
	return all
}

func TestRecordRoundTrip(t *testing.T) {
	_, changes := everyKind(t)
	for _, c := range changes {
		t.Run(c.Kind.String(), func(t *testing.T) {
			got, err := DecodeRecord(EncodeRecord([]todo.Change{c}))
			require.NoError(t, err)
			assert.Equal(t, []todo.Change{c}, got)
		})
	}
	got, err := DecodeRecord(EncodeRecord(changes))
	require.NoError(t, err)
	assert.Equal(t, changes, got)
}

var someOperation = todo.Operation{Key: [16]byte{1, 15: 2}, Request: [8]byte{3, 7: 4}}

func TestSnapshotRoundTrip(t *testing.T) {
	list, _ := everyKind(t)
	many, err := todo.NewList(todo.State{Rev: 7, LastID: 5000, UndoRev: 6, RedoRev: 7}, entries(1000))
	require.NoError(t, err)
	remembering := many.Remembering([]todo.Memory{{Operation: someOperation, Rev: 3}, {Rev: 0}})
	for _, l := range []todo.List{{}, list, many, remembering} {
		got, err := DecodeSnapshot(EncodeSnapshot(l))
		require.NoError(t, err)
		assertSame(t, l, got)
	}
}

func TestAnyRecordRoundTrip(t *testing.T) {
	entry := rapid.Custom(func(t *rapid.T) todo.Entry {
		return todo.Entry{
			Date:   todo.Date(rapid.Int32Range(0, int32(todo.MaxDate)).Draw(t, "date")),
			Status: todo.Status(rapid.IntRange(0, 1).Draw(t, "status")),
			Title:  rapid.StringN(1, 40, -1).Draw(t, "title"),
		}
	})
	edit := rapid.Custom(func(t *rapid.T) (e todo.Edit) {
		id := rapid.Uint64Min(1).Draw(t, "id")
		sides := rapid.IntRange(1, 3).Draw(t, "sides")
		if sides&1 != 0 {
			e.Before = entry.Draw(t, "before")
			e.Before.ID = id
		}
		if sides&2 != 0 {
			e.After = entry.Draw(t, "after")
			e.After.ID = id
		}
		if sides == 3 && rapid.Bool().Draw(t, "same title") {
			e.After.Title = e.Before.Title
		}
		return e
	})
	rapid.Check(t, func(t *rapid.T) {
		rev := rapid.Uint64Range(1, 1<<62).Draw(t, "rev")
		at := time.Unix(0, rapid.Int64().Draw(t, "time")).UTC()
		changes := make([]todo.Change, rapid.IntRange(1, 5).Draw(t, "changes"))
		for i := range changes {
			earlier := rapid.Uint64Range(0, rev-1)
			changes[i] = todo.Change{Rev: rev + uint64(i), Time: at,
				Kind:  todo.Kind(rapid.IntRange(int(todo.Add), int(todo.Drop)).Draw(t, "kind")),
				Edits: rapid.SliceOfN(edit, 0, 4).Draw(t, "edits"),
				Of:    earlier.Draw(t, "of"), Earlier: earlier.Draw(t, "earlier"), Later: earlier.Draw(t, "later")}
			if rapid.Bool().Draw(t, "operation") {
				changes[i].Operation = &todo.Operation{Key: [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "key"))}
			}
		}
		got, err := DecodeRecord(EncodeRecord(changes))
		require.NoError(t, err)
		require.Equal(t, normal(changes), normal(got))
	})
}

// Data folders out there hold these bytes.
func TestFormatStaysAsItIs(t *testing.T) {
	done := todo.Entry{ID: 2, Date: 738_000, Status: todo.Done, Title: "milk"}
	open := todo.Entry{ID: 2, Date: 738_000, Title: "milk"}
	later := todo.Entry{ID: 2, Date: 738_001, Title: "milk"}
	changes := []todo.Change{
		{Rev: 300, Time: someTime, Kind: todo.Add, Earlier: 299, Edits: []todo.Edit{{After: open}}},
		{Rev: 301, Time: someTime, Kind: todo.Update, Earlier: 300, Edits: []todo.Edit{{Before: open, After: later}}},
		{Rev: 302, Time: someTime, Kind: todo.Undo, Of: 301, Earlier: 300, Later: 12, Edits: []todo.Edit{{Before: later, After: open}}},
		{Rev: 303, Time: someTime, Kind: todo.Delete, Edits: []todo.Edit{{Before: done}}},
	}
	list, err := todo.NewList(todo.State{Rev: 303, LastID: 9, UndoRev: 302, RedoRev: 301}, []todo.Entry{done, {ID: 5, Title: "é"}})
	require.NoError(t, err)

	const (
		goldenHead     = "01ac02ac02078020403ca17d"
		goldenSnapshot = "01af0209ae02ad020205d0852d046d696c6b0a0002c3a9116cf016"
		goldenRecord   = "0115cd853dfe9c9717" + "30313233343536373839616263646566" + "ac0204" +
			"0101000001" + "0202d0852d046d696c6b" +
			"0201000001" + "2302d0852d046d696c6bd1852d" +
			"0702ad020c01" + "2302d1852d046d696c6bd0852d" +
			"05af02000001" + "0502d0852d046d696c6b" + "0c8d9ec0"
	)
	h := Head{Rev: 300, SnapshotRev: 300, SnapshotLen: 7, Edits: 4096}
	assert.Equal(t, goldenHead, hex.EncodeToString(h.Encode()))
	assert.Equal(t, goldenSnapshot, hex.EncodeToString(EncodeSnapshot(list)))

	record := EncodeRecord(changes)
	const id = 1 + 8 // where the operation id is
	copy(record[id:], "0123456789abcdef")
	record = seal(record[:len(record)-4])
	assert.Equal(t, goldenRecord, hex.EncodeToString(record))

	gotHead, err := DecodeHead(unhex(t, goldenHead))
	require.NoError(t, err)
	assert.Equal(t, h, gotHead)
	gotList, err := DecodeSnapshot(unhex(t, goldenSnapshot))
	require.NoError(t, err)
	assertSame(t, list, gotList)
	gotChanges, err := DecodeRecord(unhex(t, goldenRecord))
	require.NoError(t, err)
	assert.Equal(t, changes, gotChanges)

	changes[0].Operation = &someOperation
	record = EncodeRecord(changes[:1])
	copy(record[id:], "0123456789abcdef")
	record = seal(record[:len(record)-4])
	const operation = "01000000000000000000000000000002" + "0300000000000004"
	assert.Equal(t, "02"+goldenRecord[2:50]+"ac0201"+"81"+operation+"01000001"+"0202d0852d046d696c6b",
		hex.EncodeToString(record[:len(record)-4]))
	memories := []todo.Memory{{Operation: someOperation, Rev: 300}}
	h = Head{Memories: memories}
	assert.Equal(t, "0201"+"ac02"+operation, hex.EncodeToString(h.Encode()[:28]))
	gotHead, err = DecodeHead(h.Encode())
	require.NoError(t, err)
	assert.Equal(t, h, gotHead)
	snapshot := EncodeSnapshot(list.Remembering(memories))
	assert.Equal(t, "02"+goldenSnapshot[2:len(goldenSnapshot)-8]+"01"+"ac02"+operation, hex.EncodeToString(snapshot[:len(snapshot)-4]))
}

func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(tb, err)
	return b
}

func TestOperationIDsDiffer(t *testing.T) {
	_, changes := everyKind(t)
	first, second := EncodeRecord(changes), EncodeRecord(changes)
	assert.NotEqual(t, first, second)
}

// Any single byte that is wrong is found.
func TestFlippedByte(t *testing.T) {
	list, changes := everyKind(t)
	snapshot, record, h := EncodeSnapshot(list), EncodeRecord(changes[:2]), Head{Rev: 1}.Encode()
	for _, c := range []struct {
		name   string
		value  []byte
		decode func([]byte) error
	}{
		{"record", record, func(b []byte) error { _, err := DecodeRecord(b); return err }},
		{"snapshot", snapshot, func(b []byte) error { _, err := DecodeSnapshot(b); return err }},
		{"head", h, func(b []byte) error { _, err := DecodeHead(b); return err }},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.NoError(t, c.decode(c.value))
			for i := range c.value {
				bad := bytes.Clone(c.value)
				bad[i] ^= 0x10
				require.Equal(t, ErrChecksum, c.decode(bad), "byte %d", i)
			}
			for n := range c.value {
				require.Equal(t, ErrChecksum, c.decode(c.value[:n]), "the first %d bytes", n)
			}
			newer := append([]byte{versionOperations + 1}, c.value[1:len(c.value)-4]...)
			require.Equal(t, ErrVersion, c.decode(seal(newer)))
			more := append(bytes.Clone(c.value[:len(c.value)-4]), 0)
			require.Equal(t, ErrShape, c.decode(seal(more)), "more than belongs there")
		})
	}
}

// What has a right checksum and makes no sense.
func TestNonsense(t *testing.T) {
	body := func(b ...byte) []byte { return seal(append([]byte{version}, b...)) }
	record := func(b ...byte) []byte { return body(append(make([]byte, 8+16), b...)...) }
	for name, value := range map[string][]byte{
		"nothing":                 body(),
		"no changes":              record(1, 0),
		"more changes than bytes": record(1, 0xff, 0xff, 0xff, 0xff, 0x7f),
		"unknown kind":            record(1, 1, 99, 1, 0, 0, 0),
		"kind 0":                  record(1, 1, 0, 1, 0, 0, 0),
		"earlier is itself":       record(1, 1, 1, 0, 0, 0, 0),
		"of the future":           record(1, 1, 1, 1, 2, 0, 0),
		"an edit of nothing":      record(1, 1, 1, 1, 0, 0, 1, 0, 1, 0, 0),
		"an edit without id":      record(1, 1, 1, 1, 0, 0, 1, hasAfter, 0, 1, 1, 'x'),
		"unknown flag":            record(1, 1, 1, 1, 0, 0, 1, 64|hasAfter, 1, 1, 1, 'x'),
		"date past the last":      record(1, 1, 1, 1, 0, 0, 1, hasAfter, 1, 0xdc, 0xf3, 0xde, 1, 1, 'x'),
		"title past the end":      record(1, 1, 1, 1, 0, 0, 1, hasAfter, 1, 1, 9, 'x'),
		"number without end":      record(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1),
	} {
		_, err := DecodeRecord(value)
		require.Equal(t, ErrShape, err, name)
	}
	for name, value := range map[string][]byte{
		"revision 0":                body(0, 0, 0, 0),
		"snapshot after the end":    Head{Rev: 1, SnapshotRev: 2}.Encode(),
		"four numbers are too many": body(1, 1, 1, 1, 1),
	} {
		_, err := DecodeHead(value)
		require.Equal(t, ErrShape, err, name)
	}
	for name, value := range map[string][]byte{
		"more entries than bytes": body(1, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f),
		"an entry without id":     body(1, 0, 0, 0, 1, 1, 0, 1, 'x'),
		"an entry twice":          body(1, 0, 0, 0, 2, 2, 0, 1, 'x', 2, 0, 1, 'x'),
	} {
		_, err := DecodeSnapshot(value)
		require.ErrorIs(t, err, &todo.Error{Code: todo.Damaged}, name)
	}
}

func TestChecksumIsCastagnoli(t *testing.T) {
	assert.Equal(t, uint32(0xe3069283), crc32.Checksum([]byte("123456789"), castagnoli))
}
