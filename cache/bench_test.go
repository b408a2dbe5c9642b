package cache_test

import (
	"context"
	"iter"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/server"
	"todoshell/todo"
)

// An empty log keeps nothing, so that only the cache and the servers cost.
type empty struct{}

func (empty) Load(context.Context, string) (todo.List, error) { return todo.List{}, nil }
func (empty) Append(_ context.Context, _ string, after todo.Version, _ todo.List, _ todo.Batch) (todo.Version, error) {
	return after + 1, nil
}
func (empty) History(context.Context, string, uint64) iter.Seq2[todo.Change, error]     { return nil }
func (empty) Since(context.Context, string, todo.Version) iter.Seq2[todo.Append, error] { return nil }
func (empty) Fresh(context.Context, string) error                                       { return nil }
func (empty) Heads(context.Context, string, string) iter.Seq2[todo.Head, error]         { return nil }
func (empty) Due(context.Context, string, todo.Date) iter.Seq2[string, error]           { return nil }
func (empty) Find(context.Context, string, string, func([]byte) bool) iter.Seq2[todo.Found, error] {
	return nil
}
func (empty) Totals(context.Context) (t todo.Totals, err error) { return t, nil }
func (empty) Latest() todo.Position                             { return nil }
func (empty) Follow(context.Context, todo.Position, func(todo.Append)) (func(), error) {
	return func() {}, nil
}

func newCache(bound int) *cache.Cache {
	return cache.New(&server.System{Now: time.Now}, empty{}, bound)
}

func manyNames(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = "list_" + strconv.Itoa(i)
	}
	return all
}

// BenchmarkHit finds one of a thousand live servers, from all cores.
func BenchmarkHit(b *testing.B) {
	names := manyNames(1000)
	run := func(b *testing.B, find func(name string) bool) {
		b.Helper()
		for _, name := range names {
			find(name)
		}
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for i := 0; pb.Next(); i++ {
				if !find(names[i%len(names)]) {
					b.Error("not found")
					return
				}
			}
		})
	}
	b.Run("cache", func(b *testing.B) {
		c := newCache(len(names))
		defer c.Close()
		run(b, func(name string) bool {
			s, err := c.Server(name)
			return err == nil && s != nil
		})
	})
	b.Run("sync.Map", func(b *testing.B) {
		var m sync.Map
		for _, name := range names {
			m.Store(name, new(server.Server))
		}
		run(b, func(name string) bool {
			s, ok := m.Load(name)
			return ok && s != nil
		})
	})
	b.Run("goroutine", func(b *testing.B) { // a cache as a process of its own
		type lookup struct {
			name  string
			found chan *server.Server
		}
		lookups, ended := make(chan lookup), make(chan struct{})
		go func() {
			defer close(ended)
			m := map[string]*server.Server{}
			for l := range lookups {
				s, ok := m[l.name]
				if !ok {
					s = new(server.Server)
					m[l.name] = s
				}
				l.found <- s
			}
		}()
		run(b, func(name string) bool {
			l := lookup{name, make(chan *server.Server, 1)}
			lookups <- l
			return <-l.found != nil
		})
		close(lookups)
		<-ended
	})
}

// A look is a request that does nothing.
type look struct{ wg *sync.WaitGroup }

func (look) Run(*todo.Draft) error      { return nil }
func (l look) Done(todo.Version, error) { l.wg.Done() }

// Others are goroutines that wait on a channel each, and begin with a request,
// as servers do elsewhere.
type others struct {
	live sync.Map
	wg   sync.WaitGroup
}

func (o *others) post(name string, r server.Request) {
	mail := make(chan server.Request, 1)
	o.live.Store(name, mail)
	o.wg.Go(func() {
		var list todo.List
		for r := range mail {
			d := list.Draft()
			r.Done(0, r.Run(d))
			list = d.Snapshot()
		}
	})
	mail <- r
}

func (o *others) close() {
	o.live.Range(func(_, value any) bool {
		mail, _ := value.(chan server.Request)
		close(mail)
		return true
	})
	o.wg.Wait()
}

// started runs f with n new servers of each kind that have done their first
// request. Their start is in the benchmark's time, f and their end are not.
func started(b *testing.B, names []string, f func(report func(value float64, unit string))) {
	b.Helper()
	n := len(names)
	var wg sync.WaitGroup
	b.Run("cache", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c := newCache(n)
			wg.Add(n)
			for _, name := range names {
				if err := c.Post(name, look{&wg}); err != nil {
					b.Fatal(err)
				}
			}
			wg.Wait()
			b.StopTimer()
			f(b.ReportMetric)
			require.Len(b, c.Servers(), n)
			c.Close()
			b.StartTimer()
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/server")
	})
	b.Run("goroutines", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var o others
			wg.Add(n)
			for _, name := range names {
				o.post(name, look{&wg})
			}
			wg.Wait()
			b.StopTimer()
			f(b.ReportMetric)
			o.close()
			b.StartTimer()
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/server")
	})
}

// BenchmarkStart starts servers with a first request. An op is 10,000 of them.
func BenchmarkStart(b *testing.B) {
	started(b, manyNames(10_000), func(func(float64, string)) {})
}

// BenchmarkMemory tells what an idle server costs that has its list in memory.
func BenchmarkMemory(b *testing.B) {
	names := manyNames(200_000)
	used := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC() // the first one leaves what pools hold
		runtime.ReadMemStats(&m)
		return m.HeapAlloc + m.StackInuse
	}
	before := used()
	started(b, names, func(report func(value float64, unit string)) {
		report(float64(used()-before)/float64(len(names)), "bytes/server")
	})
}
