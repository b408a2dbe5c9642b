package store

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/stretchr/testify/require"

	"todoshell/store/codec"
	"todoshell/todo"
)

// stored puts a list with so many imports into a batch, past what appends do besides.
func stored(tb testing.TB, s *Store, batch *pebble.Batch, name string, imports ...[]todo.Entry) {
	tb.Helper()
	list := todo.List{}
	p := &prepared{Append: todo.Append{List: name}, batch: batch}
	for _, entries := range imports {
		d := draft(s, name, list)
		require.NoError(tb, d.Import(entries))
		next := d.Snapshot()
		next.Version = list.Version + 1
		p.Batch = todo.NewBatch(d.Changes)
		p.head.Head = todo.HeadOf(name, next)
		p.head.Edits += countEdits(d.Changes)
		require.NoError(tb, setSnapshot(batch, name, &p.head, next))
		require.NoError(tb, batch.Set(recordKey(name, next.Rev), codec.EncodeRecord(list.Version, p.Batch).Value(next.Version), nil))
		list = next
	}
	require.NoError(tb, batch.Set(headKey(name), p.head.Encode(), nil))
}

// filled makes a data folder of lists that have got so many imports, each of so many
// entries.
func filled(b *testing.B, lists, imports, entries int) *Store {
	b.Helper()
	s := openOnDisk(b, b.TempDir())
	batch := s.db.NewBatch()
	title := 0
	for i := range lists {
		all := make([][]todo.Entry, imports)
		for j := range all {
			for range entries {
				e := todo.Entry{Date: 738_000, Title: fmt.Sprintf("Task number %d", title)}
				if title++; title%10_000 == 0 {
					e.Title += ", for the Dentist"
				}
				all[j] = append(all[j], e)
			}
		}
		stored(b, s, batch, fmt.Sprintf("list %07d", i), all...)
		if batch.Len() > 1<<20 || i+1 == lists {
			require.NoError(b, batch.Commit(pebble.NoSync))
			batch = s.db.NewBatch()
		}
	}
	return reopen(b, s)
}

// BenchmarkFind looks through a million titles, in lists of different kinds: for what one
// in 10,000 of them holds, and for what all hold.
func BenchmarkFind(b *testing.B) {
	const titles = 1_000_000
	for _, c := range []struct {
		kind                    string
		lists, imports, entries int
	}{
		{"single", titles, 1, 1},
		{"small", titles / 5, 5, 1},
		{"journals", titles / 2000, 2000, 1},
		{"snapshots", titles / 50_000, 10, 5000},
	} {
		s := filled(b, c.lists, c.imports, c.entries)
		for _, text := range []string{"Dentist", "Task"} {
			want := map[string]int{"Dentist": titles / 10_000, "Task": titles}[text]
			b.Run(c.kind+"/"+text, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					n := 0
					for _, err := range s.Find(ctx, "", "", func(title []byte) bool { return bytes.Contains(title, []byte(text)) }) {
						if err != nil {
							b.Fatal(err)
						}
						n++
					}
					if n != want {
						b.Fatal(n)
					}
				}
				b.ReportMetric(titles*float64(b.N)/b.Elapsed().Seconds(), "titles/s")
			})
		}
	}
}
