package todo_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

// large is a list of n entries, a hundred a day from 2000 on.
func large(b *testing.B, n int) (todo.List, []todo.Entry) {
	b.Helper()
	first := day("2000-01-01")
	entries := make([]todo.Entry, n)
	for i := range entries {
		entries[i] = todo.Entry{ID: uint64(i + 1), Date: first + todo.Date(i%max(n/100, 1)), Title: "something to do"}
	}
	list, err := todo.NewList(todo.State{}, entries)
	require.NoError(b, err)
	return list, entries
}

func BenchmarkEntriesOfADay(b *testing.B) {
	list, entries := large(b, 200_000)
	date := day("2002-02-02")
	const want = 100
	b.Run("list", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			n := 0
			for range list.Entries(todo.Span{From: date, To: date}) {
				n++
			}
			if n != want {
				b.Fatal(n)
			}
		}
	})
	b.Run("scan", func(b *testing.B) { // what one would write without the tree
		b.ReportAllocs()
		for b.Loop() {
			n := 0
			for _, e := range entries {
				if e.Date == date {
					n++
				}
			}
			if n != want {
				b.Fatal(n)
			}
		}
	})
}

func BenchmarkEntry(b *testing.B) {
	list, _ := large(b, 200_000)
	b.ReportAllocs()
	id := uint64(0)
	for b.Loop() {
		id = (id+77_773)%200_000 + 1
		if _, found := list.Entry(id); !found {
			b.Fatal(id)
		}
	}
}

var sizes = []int{0, 1_000, 200_000}

// A draft takes a thousand entries here before the next begins, as a large
// batch would.
func BenchmarkAddInOneDraft(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			list, _ := large(b, n)
			date := day("2002-02-02")
			b.ReportAllocs()
			d := list.Draft()
			for b.Loop() {
				if _, err := d.Add(date, "one more"); err != nil {
					b.Fatal(err)
				}
				if len(d.Changes) == 1000 {
					d = list.Draft()
				}
			}
		})
	}
}

func BenchmarkAddPerSnapshot(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			list, _ := large(b, n)
			date := day("2002-02-02")
			b.ReportAllocs()
			for b.Loop() {
				d := list.Draft()
				if _, err := d.Add(date, "one more"); err != nil {
					b.Fatal(err)
				}
				if d.Snapshot().Len() != n+1 {
					b.Fatal(d.Len())
				}
			}
		})
	}
}

func BenchmarkParseDate(b *testing.B) {
	today := day("2024-01-31")
	for _, word := range []string{"2024-02-29", "today", "sunday", "+3m"} {
		b.Run(word, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := todo.ParseDate(word, today); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("time.Parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := time.Parse(time.DateOnly, "2024-02-29"); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkDateString(b *testing.B) {
	date := day("2024-02-29")
	b.ReportAllocs()
	for b.Loop() {
		_ = date.String()
	}
}
