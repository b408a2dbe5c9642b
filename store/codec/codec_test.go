package codec

import (
	"bytes"
	"encoding/hex"
	"hash/crc32"
	"slices"
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
			got, err := DecodeRecord(record([]todo.Change{c}))
			require.NoError(t, err)
			assert.Equal(t, appended([]todo.Change{c}), got)
		})
	}
	got, err := DecodeRecord(record(changes))
	require.NoError(t, err)
	assert.Equal(t, appended(changes), got)
}

var someOperation = todo.Operation{Key: [16]byte{1, 15: 2}, Request: [8]byte{3, 7: 4}}

func TestSnapshotRoundTrip(t *testing.T) {
	list, _ := everyKind(t)
	many, err := todo.NewList(todo.State{Rev: 7, LastID: 5000, UndoRev: 6, RedoRev: 7}, entries(1000))
	require.NoError(t, err)
	remembering := many.Remembering([]todo.Memory{{Operation: someOperation, Rev: 3, Gone: true, Drop: true}, {Rev: 1 << 40}})
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
				Kind:  todo.Kind(rapid.IntRange(int(todo.Add), int(todo.Redo)).Draw(t, "kind")),
				By:    rapid.SampledFrom([]string{"", "ann", "買い物"}).Draw(t, "by"),
				Edits: rapid.SliceOfN(edit, 0, 4).Draw(t, "edits"),
				Of:    earlier.Draw(t, "of"), Earlier: earlier.Draw(t, "earlier"), Later: earlier.Draw(t, "later")}
			if i == len(changes)-1 && rapid.Bool().Draw(t, "drop") {
				changes[i].Kind = todo.Drop
			}
			if rapid.Bool().Draw(t, "operation") {
				changes[i].Operation = &todo.Operation{Key: [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "key"))}
			}
		}
		got, err := DecodeRecord(record(changes))
		require.NoError(t, err)
		require.Equal(t, normal(changes), normal(got.Changes))
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
		id        = "30313233343536373839616263646566"
		operation = "01000000000000000000000000000002" + "0300000000000004"
		begin     = "15cd853dfe9c9717" + id
		first     = "01000001" + "0202d0852d046d696c6b"
		others    = "0201000001" + "2302d0852d046d696c6bd1852d" +
			"0702ad020c01" + "2302d1852d046d696c6bd0852d"
		last    = "af02000001" + "0502d0852d046d696c6b"
		entries = "af0209ae02ad020205d0852d046d696c6b0a0002c3a9"
	)
	batch := todo.Batch{ID: todo.BatchID([]byte("0123456789abcdef")), Changes: changes}

	// What is written.
	named := slices.Clone(changes)
	named[0].By, named[0].Operation, named[1].By, named[2].By = "ann", &someOperation, "ann", "ann"
	record := "03" + begin + "e807" + "ac0204" + "c1" + "03616e6e" + operation + first + others +
		"45" + "00" + last + "d204000000000000"
	assertEncoded(t, record, EncodeRecord(1000, todo.Batch{ID: batch.ID, Changes: named}).Value(1234))
	got, err := DecodeRecord(sealed(t, record))
	require.NoError(t, err)
	assert.Equal(t, todo.Append{After: 1000, Version: 1234, Batch: todo.Batch{ID: batch.ID, Changes: named}}, got)

	h := Head{Head: todo.Head{Version: 1234, Rev: 300, Entries: 9, Open: 7, FirstOpen: 738_000},
		HasSnapshot: true, SnapshotRev: 300, SnapshotLen: 7, Edits: 4096, Counted: true}
	assertEncoded(t, "03"+"d209"+"ac020907d0852d"+"ad02078020", h.Encode())
	dropped := Head{Head: todo.Head{Version: 1234}, HasSnapshot: true, Counted: true}
	assertEncoded(t, "03"+"d209"+"00000000"+"010000", dropped.Encode())
	for _, h := range []Head{h, dropped} {
		gotHead, failed := DecodeHead(h.Encode())
		require.NoError(t, failed)
		assert.Equal(t, h, gotHead)
	}
	totals := Totals{Version: 1234, Totals: todo.Totals{Lists: 300, Open: 7}}
	assertEncoded(t, "03"+"d209ac0207", totals.Encode())
	gotTotals, err := DecodeTotals(totals.Encode())
	require.NoError(t, err)
	assert.Equal(t, totals, gotTotals)
	replica := Replica{Source: "todo", Position: todo.Position{0, 300, 7}}
	assertEncoded(t, "03"+"04746f646f"+"03"+"00ac0207", replica.Encode())
	gotReplica, err := DecodeReplica(replica.Encode())
	require.NoError(t, err)
	assert.Equal(t, replica, gotReplica)
	memories := []todo.Memory{{Operation: someOperation, Rev: 300, Gone: true, Drop: true}}
	assertEncoded(t, "03"+entries+"01"+"b309"+operation, EncodeSnapshot(list.Remembering(memories)))
	assertEncoded(t, "03"+entries+"00", EncodeSnapshot(list))

	// What earlier releases have written.
	old := todo.Append{After: 299, Version: 303, Batch: batch}
	got, err = DecodeRecord(sealed(t, "01"+begin+"ac0204"+"01"+first+others+"05"+last))
	require.NoError(t, err)
	assert.Equal(t, old, got)
	changes[0].Operation = &someOperation
	got, err = DecodeRecord(sealed(t, "02"+begin+"ac0204"+"81"+operation+first+others+"05"+last))
	require.NoError(t, err)
	assert.Equal(t, old, got)
	gotHead, err := DecodeHead(unhex(t, "01ac02ac02078020403ca17d"))
	require.NoError(t, err)
	assert.Equal(t, Head{Head: todo.Head{Version: 300, Rev: 300, Entries: 1, Open: 1, FirstOpen: todo.MinDate},
		HasSnapshot: true, SnapshotRev: 300, SnapshotLen: 7, Edits: 4096}, gotHead)
	gotHead, err = DecodeHead(sealed(t, "02"+"02"+"ac02"+operation+"00"+operation))
	require.NoError(t, err)
	assert.Equal(t, Head{Memories: []todo.Memory{{Operation: someOperation, Rev: 300}, {Operation: someOperation, Gone: true}}}, gotHead)
	gotList, err := DecodeSnapshot(unhex(t, "01"+entries+"116cf016"))
	require.NoError(t, err)
	assertSame(t, list, gotList)
	gotList, err = DecodeSnapshot(sealed(t, "02"+entries+"01"+"ac02"+operation))
	require.NoError(t, err)
	assertSame(t, list.Remembering([]todo.Memory{{Operation: someOperation, Rev: 300}}), gotList)
}

// assertEncoded tells whether a value is what it must be, but for its checksum.
func assertEncoded(t *testing.T, want string, value []byte) {
	t.Helper()
	assert.Equal(t, want, hex.EncodeToString(value[:len(value)-4]))
	assert.Equal(t, seal(bytes.Clone(value[:len(value)-4])), value)
}

// sealed returns the value with a right checksum.
func sealed(t *testing.T, s string) []byte {
	t.Helper()
	return seal(unhex(t, s))
}

func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(tb, err)
	return b
}

// Any single byte that is wrong is found.
func TestFlippedByte(t *testing.T) {
	list, changes := everyKind(t)
	snapshot, rec, h := EncodeSnapshot(list), record(changes[:2]), Head{Head: todo.Head{Version: 1, Rev: 1}}.Encode()
	for _, c := range []struct {
		name   string
		value  []byte
		decode func([]byte) error
	}{
		{"record", rec, func(b []byte) error { _, err := DecodeRecord(b); return err }},
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
			newer := append([]byte{latest + 1}, c.value[1:len(c.value)-4]...)
			require.Equal(t, ErrVersion, c.decode(seal(newer)))
			more := append(bytes.Clone(c.value[:len(c.value)-4]), 0)
			require.Equal(t, ErrShape, c.decode(seal(more)), "more than belongs there")
		})
	}
}

// What has a right checksum and makes no sense.
func TestNonsense(t *testing.T) {
	body := func(b ...byte) []byte { return seal(append([]byte{version1}, b...)) }
	record := func(b ...byte) []byte { return body(append(make([]byte, 8+16), b...)...) }
	new := func(b ...byte) []byte {
		return seal(append(append(append([]byte{version3}, make([]byte, 8+16)...), b...), 7, 0, 0, 0, 0, 0, 0, 0))
	}
	head := func(b ...byte) []byte { return seal(append([]byte{version3}, b...)) }
	for name, value := range map[string][]byte{
		"nothing":                            body(),
		"no changes":                         record(1, 0),
		"more changes than bytes":            record(1, 0xff, 0xff, 0xff, 0xff, 0x7f),
		"unknown kind":                       record(1, 1, 99, 1, 0, 0, 0),
		"kind 0":                             record(1, 1, 0, 1, 0, 0, 0),
		"earlier is itself":                  record(1, 1, 1, 0, 0, 0, 0),
		"of the future":                      record(1, 1, 1, 1, 2, 0, 0),
		"an edit of nothing":                 record(1, 1, 1, 1, 0, 0, 1, 0, 1, 0, 0),
		"an edit without id":                 record(1, 1, 1, 1, 0, 0, 1, hasAfter, 0, 1, 1, 'x'),
		"unknown flag":                       record(1, 1, 1, 1, 0, 0, 1, 64|hasAfter, 1, 1, 1, 'x'),
		"date past the last":                 record(1, 1, 1, 1, 0, 0, 1, hasAfter, 1, 0xdc, 0xf3, 0xde, 1, 1, 'x'),
		"title past the end":                 record(1, 1, 1, 1, 0, 0, 1, hasAfter, 1, 1, 9, 'x'),
		"a version not after the one before": new(7, 1, 1, 1, 1, 0, 0, 0),
		"a change after a drop":              new(6, 1, 2, 9, 1, 0, 0, 0, 1, 1, 0, 0, 0),
		"a name past the end":                new(6, 1, 1, hasBy|1, 99, 1, 0, 0, 0),
		"without a version":                  seal(append(append([]byte{version3}, make([]byte, 8+16)...), 6, 1, 1, 1, 1, 0, 0, 0)),
		"number without end":                 record(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1),
	} {
		_, err := DecodeRecord(value)
		require.Equal(t, ErrShape, err, name)
	}
	for name, value := range map[string][]byte{
		"revision 0":                body(0, 0, 0, 0),
		"snapshot after the end":    head(1, 1, 0, 0, 0, 3, 0, 0),
		"more open than there are":  head(1, 1, 1, 2, 0, 0, 0, 0),
		"a day of nothing open":     head(1, 1, 1, 0, 1, 0, 0, 0),
		"entries of a dropped list": head(1, 0, 1, 1, 1, 0, 0, 0),
		"too many entries":          head(1, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0, 0),
		"four numbers are too many": body(1, 1, 1, 1, 1),
	} {
		_, err := DecodeHead(value)
		require.Equal(t, ErrShape, err, name)
	}
	_, err := DecodeRecord(new(6, 1, 1, 1, 1, 0, 0, 0))
	require.NoError(t, err, "else the above would prove nothing")
	_, err = DecodeHead(head(1, 1, 1, 1, 1, 2, 0, 0))
	require.NoError(t, err)
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
