package store

import (
	"fmt"
	"math/rand/v2"
	"path"
	"slices"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"

	"todoshell/internal/await"
	"todoshell/todo"
)

// flip flips a bit of one of the files whose names fit.
func flip(tb testing.TB, fs *vfs.MemFS, pattern string, random *rand.Rand) (what string) {
	tb.Helper()
	all, err := fs.List("data")
	require.NoError(tb, err)
	slices.Sort(all)
	for _, i := range random.Perm(len(all)) {
		if fits, _ := path.Match(pattern, all[i]); !fits {
			continue
		}
		content, err := fs.UnsafeGetFileDataBuffer("data/" + all[i])
		require.NoError(tb, err)
		if len(content) > 0 {
			at := random.IntN(len(content))
			content[at] ^= 1 << random.IntN(8)
			return fmt.Sprintf("%s at %d", all[i], at)
		}
	}
	require.Fail(tb, "there is no such file", pattern)
	return ""
}

// Bits of the files are flipped, one at a time: a list is as it was, or an error
// says that it isn't.
func TestFlippedFiles(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	mem := vfs.NewCrashableMem()
	s := openIn(t, "data", mem)
	want := map[string]todo.List{"Alice": addMany(t, s, "Alice", 300), "Bob": add(t, s, "Bob", "one", "two")}
	require.NoError(t, s.Close())
	for _, pattern := range []string{"*.sst", "MANIFEST-*"} {
		refused, found := 0, 0
		for range 100 {
			broken := mem.CrashClone(vfs.CrashCloneCfg{})
			what := flip(t, broken, pattern, random)
			s, err := open("data", broken)
			if err != nil {
				require.ErrorIs(t, err, code(CantOpen), what)
				require.True(t, IsDamaged(err), what)
				refused++
				continue
			}
			for name, list := range want {
				got, err := s.Load(ctx, name)
				if err != nil {
					require.ErrorIs(t, err, code(todo.Damaged), what)
					found++
				} else {
					assertSame(t, list, got)
				}
			}
			require.NoError(t, s.writable(), "reading what is damaged doesn't end writing: %s", what)
			await.End(t, "Close", func() { _ = s.Close() })
		}
		t.Logf("%s: %d of 100 were refused, %d lists damaged", pattern, refused, found)
	}
}

// A check finds damage anywhere in a table, also where only who looks for what is
// not there reads it: a newer table has the heads.
func TestCheckReadsWholeTables(t *testing.T) {
	mem := vfs.NewCrashableMem()
	s := openIn(t, "data", mem)
	addMany(t, s, "Alice", 300)
	require.NoError(t, s.db.Flush())
	add(t, s, "Alice", "one")
	require.NoError(t, s.Close())
	all, err := mem.List("data")
	require.NoError(t, err)
	slices.Sort(all)
	name := "data/" + all[slices.IndexFunc(all, isTable)]
	table, err := mem.UnsafeGetFileDataBuffer(name)
	require.NoError(t, err)
	places := 500
	if testing.Short() {
		places = 100
	}
	for at := 0; at < len(table); at += 1 + len(table)/places {
		table[at] ^= 1
		s, err := open("data", mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: rand.New(rand.NewPCG(0, 0))}))
		if err == nil {
			sum, err := s.Check(ctx, func(error) {})
			require.NoError(t, err)
			require.NotZero(t, sum.Problems, "%s, flipped at %d of %d bytes", name, at, len(table))
			require.NoError(t, s.Close())
		}
		table[at] ^= 1
	}
}

// Bytes of a log that was not flushed are flipped: what is left is the beginning
// of each journal, or the store can't be opened.
func TestFlippedLog(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	mem := vfs.NewCrashableMem()
	s := openIn(t, "data", mem)
	w := &writer{name: "Bob"}
	for range 1000 { // many blocks
		require.NoError(t, w.append(s))
	}
	refused := 0
	for range 40 {
		crashed := mem.CrashClone(vfs.CrashCloneCfg{})
		flip(t, crashed, "*.log", random)
		again, err := open("data", crashed)
		if err != nil {
			require.ErrorIs(t, err, code(CantOpen))
			refused++
			continue
		}
		checkClean(t, again)
		assertWhole(t, again, w.name, 0, w.answered.Load())
		require.NoError(t, again.Close())
	}
	t.Logf("%d of 40 were refused", refused)
}
