package store

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

// value returns a value of an old version.
func value(version byte, body ...byte) []byte {
	b := append([]byte{version}, body...)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
}

// writeOld writes many lists of version 1, of one change each that adds one entry, into a
// store past it, and makes it one that has to be brought up to date.
func writeOld(tb testing.TB, s *Store, lists int) {
	tb.Helper()
	batch := s.db.NewBatch()
	defer batch.Close()
	record := append(make([]byte, 8+16), 1, 1, byte(todo.Add), 1, 0, 0, 1, 2, 1, 7, 3, 'o', 'n', 'e')
	for i := range lists {
		name := oldName(i)
		require.NoError(tb, batch.Set(headKey(name), value(1, 1, 0, 0, 1), nil))
		require.NoError(tb, batch.Set(recordKey(name, 1), value(1, record...), nil))
	}
	require.NoError(tb, batch.Delete(totalsKey, nil))
	s.totalsKept = true // lest Close writes them
	require.NoError(tb, s.db.Apply(batch, pebble.Sync))
}

func oldName(i int) string { return fmt.Sprintf("list %06d", i) }

func totalsOf(tb testing.TB, s *Store) todo.Totals {
	tb.Helper()
	totals, err := s.Totals(ctx)
	require.NoError(tb, err)
	return totals
}

func dueOfAll(tb testing.TB, s *Store, until todo.Date) []string {
	tb.Helper()
	all := []string{}
	for name, err := range s.Due(ctx, "", until) {
		require.NoError(tb, err)
		all = append(all, name)
	}
	return all
}

// Data of version 1 is brought up to date in batches. Power cuts while that is done, also
// one after another, do no harm.
func TestUpgradeIsCutOff(t *testing.T) {
	const lists = 2*rebuildLists + 1
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	mem := vfs.NewCrashableMem()
	s := openIn(t, "data", mem)
	writeOld(t, s, lists)
	old := mem.CrashClone(vfs.CrashCloneCfg{})
	require.NoError(t, s.Close())
	for range 2 {
		cuts := cutsOfOpening(t, old, random)
		half := 0
		for _, cut := range cuts {
			if done := upToDate(t, cut.CrashClone(vfs.CrashCloneCfg{})); done > 0 && done < lists {
				half++
				old = cut.CrashClone(vfs.CrashCloneCfg{})
			}
			s := openIn(t, "data", cut)
			assert.Equal(t, todo.Totals{Lists: lists, Open: lists}, totalsOf(t, s))
			assert.Len(t, dueOfAll(t, s, 7), lists)
			checkClean(t, s)
			name := oldName(random.IntN(lists))
			assert.EqualValues(t, 1, loaded(t, s, name).Version)
			assert.Greater(t, add(t, s, name, "two").Version, todo.Version(1))
			require.NoError(t, s.Close())
		}
		assert.NotZero(t, half, "of %d", len(cuts))
	}
}

// cutsOfOpening opens a folder and returns what power cuts leave of it meanwhile.
func cutsOfOpening(tb testing.TB, old *vfs.MemFS, random *rand.Rand) (cuts []*vfs.MemFS) {
	tb.Helper()
	var cutting sync.Mutex
	fs := old.CrashClone(vfs.CrashCloneCfg{})
	s := openIn(tb, "data", errorfs.Wrap(fs, errorfs.InjectorFunc(func(op errorfs.Op) error {
		cutting.Lock()
		defer cutting.Unlock()
		if strings.HasSuffix(op.Path, ".log") && (op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData) {
			for _, kept := range []int{0, 50} {
				cuts = append(cuts, fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: kept, RNG: random}))
			}
		}
		return nil
	})))
	require.NoError(tb, s.Close())
	return cuts
}

// upToDate returns how many heads of a folder are, which it changes.
func upToDate(tb testing.TB, fs vfs.FS) (n int) {
	tb.Helper()
	db, err := pebble.Open("data", &pebble.Options{FS: fs, Logger: logger{&Store{}}})
	require.NoError(tb, err)
	for h, err := range scanHeads(ctx, db) {
		require.NoError(tb, err)
		if h.Counted {
			n++
		}
	}
	require.NoError(tb, db.Close())
	return n
}

// An opening that finds the totals reads nothing else.
func TestOpeningIsShort(t *testing.T) {
	mem := vfs.NewMem()
	s := openIn(t, "data", mem)
	writeOld(t, s, 3)
	s = reopen(t, s)
	put(t, s, headKey("list 000001"), value(1, 1, 0, 0, 1)) // would be brought up to date
	s = reopen(t, s)
	assert.Equal(t, value(1, 1, 0, 0, 1), valueOf(t, s, headKey("list 000001")))
}

// A damaged list of an old version keeps its head, which is told by a check, and no other
// list from anything. Whoever looks for entries finds out.
func TestUpgradeOfDamage(t *testing.T) {
	for name, key := range map[string][]byte{"record": recordKey(oldName(2), 1), "head": headKey(oldName(2))} {
		t.Run(name, func(t *testing.T) {
			s := openIn(t, "data", vfs.NewMem())
			writeOld(t, s, 5)
			put(t, s, key, flipped(valueOf(t, s, key)))
			s = reopen(t, s)
			for range 2 {
				assert.Equal(t, todo.Totals{Lists: 5, Open: 5}, totalsOf(t, s))
				assert.Len(t, dueOfAll(t, s, todo.MinDate), 1)
				for h, err := range s.Heads(ctx, oldName(2), "") {
					require.NoError(t, err)
					assert.True(t, h.MayHave(todo.Always))
					assert.True(t, h.MayHave(todo.Due(todo.MinDate)))
				}
				_, err := s.Load(ctx, oldName(2))
				require.ErrorIs(t, err, code(todo.Damaged))
				_, all := problems(t, s)
				require.Len(t, all, 1)
				assert.Contains(t, all[0], `"list 000002"`)
				for _, i := range []int{0, 1, 3, 4} {
					add(t, s, oldName(i), "goes on")
					list := loaded(t, s, oldName(i))
					_, err := run(s, oldName(i), list, undoing)
					require.NoError(t, err)
				}
				s = reopen(t, s)
			}
		})
	}
}

// Reading that fails keeps the store from being opened, and nothing from being counted.
func TestUpgradeThatCannotRead(t *testing.T) {
	mem := vfs.NewMem()
	s := openIn(t, "data", mem)
	writeOld(t, s, 1000)
	require.NoError(t, s.Close())
	fs, fault := faulty(mem, ".sst", errorfs.OpFileReadAt)
	fault.On()
	_, err := open("data", fs)
	require.ErrorIs(t, err, code(CantOpen))
	require.ErrorContains(t, err, "injected")
	s = openIn(t, "data", mem)
	assert.Equal(t, todo.Totals{Lists: 1000, Open: 1000}, totalsOf(t, s))
	checkClean(t, s)
}

// An append whose outcome was unknown may have been seen, and be gone after the next
// opening: its version is not given again.
func TestVersionsAreNotGivenAgain(t *testing.T) {
	mem := vfs.NewCrashableMem()
	s := openIn(t, "data", mem)
	list := add(t, s, "Bob", "one")
	crashed := mem.CrashClone(vfs.CrashCloneCfg{}) // before what comes now
	seen := list
	for range 100 {
		seen = add(t, s, "Bob", "seen")
	}
	require.NoError(t, s.Close())
	s = openIn(t, "data", crashed)
	assertSame(t, list, loaded(t, s, "Bob"))
	assert.Equal(t, todo.Position{list.Version}, s.Latest())
	assert.Greater(t, add(t, s, "Bob", "another").Version, seen.Version)
}
