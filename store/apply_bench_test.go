package store

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

// Updates of one entry each, in batches of 256, over so many lists in turn, as when a new node
// replays its streams; with done, half of them mark the first open entry as done.
func BenchmarkApply(b *testing.B) {
	for _, lists := range []int{1, 1_000, 100_000} {
		for _, done := range []bool{false, true} {
			b.Run(fmt.Sprintf("lists=%d/done=%v", lists, done), func(b *testing.B) {
				r, err := OpenReplica(b.TempDir(), someSource, func(string) {})
				require.NoError(b, err)
				b.Cleanup(func() { _ = r.Close() })
				p := newProducer(lists, done)
				b.ReportAllocs()
				b.ResetTimer()
				for made := 0; made < b.N; {
					updates, at := p.next(min(256, b.N-made))
					if err := r.Apply(ctx, updates, at); err != nil {
						b.Fatal(err)
					}
					made += len(updates)
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "updates/s")
			})
		}
	}
}

// A producer makes updates that continue its lists.
type producer struct {
	names     []string
	at        []todo.Head
	version   todo.Version
	turn      int
	done      bool
	positions todo.Position
}

func newProducer(lists int, done bool) *producer {
	p := &producer{names: make([]string, lists), at: make([]todo.Head, lists), done: done}
	for i := range p.names {
		p.names[i] = fmt.Sprintf("list %06d", i)
	}
	return p
}

func entryOf(rev uint64) todo.Entry {
	return todo.Entry{ID: rev, Date: 738_000 + todo.Date(rev%1000), Title: "buy some milk and bread"}
}

func (p *producer) next(n int) ([]Update, todo.Position) {
	updates := make([]Update, n)
	for i := range updates {
		name, h := p.names[p.turn], &p.at[p.turn]
		p.turn = (p.turn + 1) % len(p.names)
		p.version++
		c := todo.Change{Rev: h.Rev + 1, Earlier: h.Rev, Time: someTime, Kind: todo.Add}
		if p.done && c.Rev%2 == 0 && c.Rev > 10 {
			before := entryOf(c.Rev - 9)
			after := before
			after.Status = todo.Done
			c.Kind, c.Edits = todo.Finish, []todo.Edit{{Before: before, After: after}}
		} else {
			c.Edits = []todo.Edit{{After: entryOf(c.Rev)}}
		}
		updates[i].Append = todo.Append{List: name, Partition: PartitionOf(name, someSource.Partitions), After: h.Version,
			Version: p.version, Batch: todo.Batch{ID: todo.BatchID{1, byte(i)}, Changes: []todo.Change{c}}}
		h.Rev, h.Version = c.Rev, p.version
		p.positions = p.positions.With(updates[i].Partition, p.version)
	}
	return updates, p.positions
}
