package cache_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/server"
	"todoshell/store"
	"todoshell/todo"
)

// A load is a cache over a data folder, and callers that come from many sides.
type load struct {
	*testing.B
	cache *cache.Cache
}

// newLoad opens a data folder whose every fsync takes so much longer.
func newLoad(b *testing.B, late time.Duration) load {
	b.Helper()
	fs := vfs.Default
	if late > 0 {
		fs = errorfs.Wrap(fs, errorfs.InjectorFunc(func(op errorfs.Op) error {
			switch op.Kind {
			case errorfs.OpFileSync, errorfs.OpFileSyncData, errorfs.OpFileSyncTo:
				<-time.After(late)
			}
			return nil
		}))
	}
	data, err := store.OpenFS(fs, b.TempDir())
	require.NoError(b, err)
	l := load{b, cache.New(&server.System{Now: time.Now}, data, 1_000_000)}
	b.Cleanup(func() {
		l.cache.Close()
		require.NoError(b, data.Close())
	})
	return l
}

// add adds an entry and waits until it is durable.
func (l load) add(list string) {
	assert.NoError(l, l.cache.Call(l.Context(), list, func(d *todo.Draft) error {
		_, err := d.Add(1, "something to do")
		return err
	}))
}

// read reads a list in its mailbox's turn, as a script does.
func (l load) read(list string) {
	assert.NoError(l, l.cache.Call(l.Context(), list, func(*todo.Draft) error { return nil }))
}

// view reads a list as it was published last.
func (l load) view(list string) {
	_, err := l.cache.View(l.Context(), list)
	assert.NoError(l, err)
}

// all runs do for all names at the same time.
func all(names []string, do func(list string)) {
	var group sync.WaitGroup
	for _, name := range names {
		group.Go(func() { do(name) })
	}
	group.Wait()
}

// always runs do for each name, again and again, until stop is called.
func (l load) always(names []string, do func(list string)) (stop func()) {
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		all(names, func(name string) {
			for {
				select {
				case <-end:
					return
				default:
					do(name)
				}
			}
		})
	}()
	return sync.OnceFunc(func() { close(end); <-ended })
}

// regular starts b.N calls, one a millisecond whether or not those before it
// have ended, and returns how long each took from the time it was due.
func (l load) regular(names []string, do func(list string)) []time.Duration {
	took := make([]time.Duration, l.N)
	var group sync.WaitGroup
	begun := time.Now()
	for i := range took {
		due := begun.Add(time.Duration(i) * time.Millisecond)
		<-time.After(time.Until(due))
		group.Go(func() {
			do(names[i%len(names)])
			took[i] = time.Since(due)
		})
	}
	group.Wait()
	return took
}

// percentiles reports the median and the slowest hundredth of what took so long.
func (l load) percentiles(prefix string, took []time.Duration) {
	slices.Sort(took)
	l.ReportMetric(float64(took[len(took)/2]), prefix+"p50-ns")
	l.ReportMetric(float64(took[len(took)*99/100]), prefix+"p99-ns")
}

// BenchmarkCallers adds durably from so many goroutines, each to a list of its own.
func BenchmarkCallers(b *testing.B) {
	for _, callers := range []int{1, 4, 16, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			l := newLoad(b, 0)
			each := make([][]time.Duration, callers)
			var group sync.WaitGroup
			b.ResetTimer()
			for i := range each {
				group.Go(func() {
					name := fmt.Sprint("list_", i)
					for range (b.N + callers - 1 - i) / callers {
						begun := time.Now()
						l.add(name)
						each[i] = append(each[i], time.Since(begun))
					}
				})
			}
			group.Wait()
			b.StopTimer()
			l.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "adds/s")
			l.percentiles("", slices.Concat(each...))
		})
	}
}

// BenchmarkHotList adds to a thousand quiet lists in turn, one add a
// millisecond, beside so many callers that all add to one hot list.
func BenchmarkHotList(b *testing.B) {
	for _, callers := range []int{0, 64} {
		b.Run(fmt.Sprintf("hot=%d", callers), func(b *testing.B) {
			l := newLoad(b, 0)
			quiet := manyNames(1000)
			all(quiet, l.add)
			stop := l.always(slices.Repeat([]string{"hot"}, callers), l.add)
			defer stop()
			b.ResetTimer()
			took := l.regular(quiet, l.add)
			b.StopTimer()
			l.percentiles("quiet-", took)
		})
	}
}

// BenchmarkSlowDisk reads lists while others are written on a disk whose fsync
// is late: lists that are only read, and those that are written.
func BenchmarkSlowDisk(b *testing.B) {
	for _, way := range []string{"mailbox", "view"} {
		for _, late := range []time.Duration{0, 10 * time.Millisecond} {
			for _, writers := range []int{64, 2000} {
				b.Run(fmt.Sprintf("%s/late=%s/writers=%d", way, late, writers), func(b *testing.B) {
					l := newLoad(b, late)
					read := map[string]func(string){"mailbox": l.read, "view": l.view}[way]
					quiet, written := manyNames(1000), make([]string, writers)
					for i := range written {
						written[i] = fmt.Sprint("written_", i)
					}
					all(quiet, l.add)
					stop := l.always(written, l.add)
					defer stop()
					b.ResetTimer()
					onlyRead := l.regular(quiet, read)
					alsoWritten := l.regular(written, read)
					b.StopTimer()
					stop()
					l.percentiles("quiet-", onlyRead)
					l.percentiles("written-", alsoWritten)
				})
			}
		}
	}
}

// BenchmarkEntries tells what a list of so many entries costs: to add one and
// delete it again, to take those of one day, and in memory. No disk is in it.
func BenchmarkEntries(b *testing.B) {
	for _, n := range []int{1, 1000, 200_000} {
		b.Run(fmt.Sprintf("entries=%d", n), func(b *testing.B) {
			c := newCache(1)
			defer c.Close()
			before := heap()
			entries := make([]todo.Entry, n)
			for i := range entries {
				title := strings.Clone("something to do") // each its own, as if it had been typed
				entries[i] = todo.Entry{Date: todo.Date(1 + i%max(n/100, 1)), Title: title}
			}
			call := func(f func(*todo.Draft) error) {
				if err := c.Call(b.Context(), "Bob", f); err != nil {
					b.Fatal(err)
				}
			}
			call(func(d *todo.Draft) error { return d.Import(entries) })
			entries = nil
			memory := heap() - before
			b.Run("change", func(b *testing.B) {
				var added todo.Entry
				for b.Loop() {
					call(func(d *todo.Draft) (err error) { added, err = d.Add(1, "one more"); return err })
					call(func(d *todo.Draft) error { _, err := d.Delete(added.ID); return err })
				}
			})
			b.Run("day", func(b *testing.B) {
				var found []todo.Entry
				for b.Loop() {
					call(func(d *todo.Draft) error {
						found = slices.Collect(d.Entries(todo.Span{From: 1, To: 1}))
						return nil
					})
				}
				require.Len(b, found, min(n, 100))
				b.ReportMetric(float64(memory)/float64(n), "B/entry")
			})
		})
	}
}

// heap returns the bytes that live.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // the first one leaves what pools hold
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
