package repl_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/repl"
	"todoshell/server"
	"todoshell/store"
)

// BenchmarkScript runs scripts of 1,000,000 lines on a new data folder, as
// "todoshell < script" does. An op is a line.
func BenchmarkScript(b *testing.B) {
	const lines = 1_000_000
	add := func(list, i int) string {
		return fmt.Sprintf("add list_%d 2026-%02d-%02d Task number %d\n", list, i%12+1, i%28+1, i)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, work := range []struct {
		name string
		line func(i int) string
	}{
		{"add to 1000 lists", func(i int) string { return add(i%1000, i) }},
		{"add to one list", func(i int) string { return add(0, i) }},
		{"80% entries 20% add", func(i int) string {
			list := random.IntN(1000)
			if i%5 == 0 {
				return add(list, random.IntN(12*28))
			}
			return fmt.Sprintf("entries list_%d 2026-%02d-%02d\n", list, random.IntN(12)+1, random.IntN(28)+1)
		}},
		{"add to a million lists, 100000 live", func(i int) string { return add(random.IntN(1_000_000), i) }},
		{"a million servers", func(i int) string { return fmt.Sprintf("server list_%d\n", i) }},
	} {
		b.Run(work.name, func(b *testing.B) {
			var script bytes.Buffer
			for i := range lines {
				script.WriteString(work.line(i))
			}
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				data, err := store.Open(b.TempDir())
				require.NoError(b, err)
				live := lines
				if strings.Contains(work.name, "100000 live") {
					live = 100_000
				}
				lists := cache.New(&server.System{Now: time.Now}, data, live)
				session := repl.NewSession(repl.Environment{Cache: lists, Out: io.Discard, Err: io.Discard}, repl.State{})
				b.StartTimer()
				require.NoError(b, session.Run(b.Context(), "bench", bytes.NewReader(script.Bytes())))
				lists.Close()
				require.NoError(b, data.Close())
				require.Zero(b, session.State().Code())
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*lines), "ns/line")
		})
	}
}
