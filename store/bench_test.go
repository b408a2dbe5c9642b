package store

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

// Durable appends of one entry each, from so many lists at a time.
func BenchmarkAppend(b *testing.B) {
	for _, lists := range []int{1, 4, 16, 64, 1000} {
		b.Run(fmt.Sprintf("lists=%d", lists), func(b *testing.B) {
			s := openOnDisk(b, b.TempDir())
			b.ReportAllocs()
			var left, failed atomic.Int64
			left.Store(int64(b.N))
			var group sync.WaitGroup
			for i := range lists {
				group.Go(func() {
					name, list := fmt.Sprint("list ", i), todo.List{}
					for left.Add(-1) >= 0 {
						var err error
						if list, err = run(s, name, list, adding("buy some milk and bread")); err != nil {
							failed.Add(1)
						}
					}
				})
			}
			group.Wait()
			require.Zero(b, failed.Load())
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "appends/s")
		})
	}
}

// What Append is measured against: as many bytes written to a file and synced.
func BenchmarkBareFile(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "file"))
	require.NoError(b, err)
	defer f.Close()
	record := make([]byte, 120)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.Write(record); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "appends/s")
}

func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{1000, 200_000} {
		b.Run(fmt.Sprintf("entries=%d", n), func(b *testing.B) {
			s := openOnDisk(b, b.TempDir())
			addMany(b, s, "Bob", n)
			s = reopen(b, s)
			b.ReportAllocs()
			for b.Loop() {
				if list, err := s.Load(ctx, "Bob"); err != nil || list.Len() != n {
					b.Fatal(list.Len(), err)
				}
			}
		})
	}
}

const manyLists = 100_000

// manyOnDisk makes a data folder with many lists of one entry.
func manyOnDisk(b *testing.B) *Store {
	b.Helper()
	s := openOnDisk(b, b.TempDir())
	var next, failed atomic.Int64
	var group sync.WaitGroup
	for range 1000 {
		group.Go(func() {
			for i := next.Add(1); i <= manyLists; i = next.Add(1) {
				if _, err := run(s, fmt.Sprintf("list %06d", i), todo.List{}, adding("one")); err != nil {
					failed.Add(1)
				}
			}
		})
	}
	group.Wait()
	require.Zero(b, failed.Load())
	return s
}

func BenchmarkOpenLoadClose(b *testing.B) {
	s := manyOnDisk(b)
	require.NoError(b, s.Close())
	runtime.GC()
	b.ReportAllocs()
	for b.Loop() {
		again, err := Open(s.disk.dir)
		if err != nil {
			b.Fatal(err)
		}
		if list, err := again.Load(ctx, "list 077777"); err != nil || list.Len() != 1 {
			b.Fatal(list.Len(), err)
		}
		if err := again.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHeads(b *testing.B) {
	s := reopen(b, manyOnDisk(b))
	for prefix, want := range map[string]int{"": manyLists, "list 0777": 100} {
		b.Run(fmt.Sprintf("lists=%d", want), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				for _, err := range s.Heads(ctx, prefix, "") {
					if err != nil {
						b.Fatal(err)
					}
					n++
				}
				if n != want {
					b.Fatal(n)
				}
			}
		})
	}
}
