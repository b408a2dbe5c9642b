package store

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"todoshell/store/codec"
	"todoshell/todo"
)

func anyTitle([]byte) bool { return true }

func holding(text string) func([]byte) bool {
	return func(title []byte) bool { return bytes.Contains(title, []byte(text)) }
}

// collected returns what is found until an error, and that.
func collected(all iter.Seq2[todo.Found, error]) (found []todo.Found, err error) {
	for f, err := range all {
		if err != nil {
			return found, err
		}
		found = append(found, f)
	}
	return found, nil
}

// Find finds what is found in lists that have been loaded.
func TestFindModel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := openIn(t, "data", vfs.NewMem())
		defer s.Close()
		name := rapid.SampledFrom([]string{"a", "ab", "abc", "b", "b\U0010ffff", "買"})
		for range rapid.IntRange(1, 12).Draw(r, "appends") {
			name, n, seed := name.Draw(r, "name"), rapid.IntRange(1, 30).Draw(r, "changes"), rapid.Uint64().Draw(r, "seed")
			_, err := run(s, name, loaded(t, s, name), func(d *todo.Draft) error { return commands(d, n, seed) })
			require.NoError(r, err)
			if rapid.IntRange(0, 5).Draw(r, "snapshot") == 0 {
				addMany(t, s, name, snapshotEvery)
			}
		}
		text := rapid.SampledFrom([]string{"", "3", "entry 40", "none"}).Draw(r, "text")
		prefix, from := rapid.SampledFrom([]string{"", "a", "b", "c"}).Draw(r, "prefix"), rapid.SampledFrom([]string{"", "ab", "b"}).Draw(r, "from")
		var want []todo.Found
		for h, err := range s.Heads(ctx, prefix, from) {
			require.NoError(r, err)
			for e := range loaded(t, s, h.Name).Entries(todo.Always) {
				if strings.Contains(e.Title, text) {
					want = append(want, todo.Found{List: h.Name, Entry: e})
				}
			}
		}
		got, err := collected(s.Find(ctx, prefix, from, holding(text)))
		require.NoError(r, err)
		require.Equal(r, want, got)
	})
}

// severalStretches makes lists for the workers to share, each with an entry of its name.
func severalStretches(t *testing.T, lists int) *Store {
	t.Helper()
	s := openIn(t, "data", vfs.NewMem())
	batch := s.db.NewBatch()
	for i := range lists {
		name := fmt.Sprintf("list %06d", i)
		stored(t, s, batch, name, []todo.Entry{{Title: name}})
	}
	require.NoError(t, batch.Commit(pebble.NoSync))
	return s
}

const manyStretches = 40 * stretchLists

func TestFindKeepsTheOrderOfNames(t *testing.T) {
	s := severalStretches(t, manyStretches+1)
	found, err := collected(s.Find(ctx, "", "", anyTitle))
	require.NoError(t, err)
	require.Len(t, found, manyStretches+1)
	for i, f := range found {
		require.Equal(t, fmt.Sprintf("list %06d", i), f.List)
		require.Equal(t, f.List, f.Title)
	}
}

// Whoever takes what is found slowly keeps the workers from looking at all the rest.
func TestFindLooksAheadNoFurtherThanItMust(t *testing.T) {
	s := severalStretches(t, manyStretches)
	workers := min(runtime.GOMAXPROCS(0), maxFinders)
	synctest.Test(t, func(t *testing.T) {
		var looked atomic.Int64
		n := 0
		for _, err := range s.Find(ctx, "", "", func([]byte) bool { looked.Add(1); return true }) {
			require.NoError(t, err)
			if n++; n == 1 {
				synctest.Wait()
				assert.Greater(t, looked.Load(), int64(workers*foundEntries), "all workers go ahead")
				assert.Less(t, looked.Load(), int64((2*workers+1)*stretchLists))
			}
		}
		assert.Equal(t, manyStretches, n)
	})
}

// A search that ends early leaves nothing behind: the test would not end before its
// goroutines, and the store can't be closed while a search has something open.
func TestFindEndsEarly(t *testing.T) {
	s := severalStretches(t, manyStretches)
	synctest.Test(t, func(t *testing.T) {
		for _, err := range s.Find(t.Context(), "", "", anyTitle) {
			require.NoError(t, err)
			break
		}
		until, cancel := context.WithCancel(t.Context())
		n := 0
		for _, err := range s.Find(until, "", "", anyTitle) {
			if n++; n == 10 {
				cancel()
			}
			if n > 10 {
				assert.Equal(t, context.Canceled, err)
			}
		}
		assert.Equal(t, 11, n)

		_, err := collected(s.Find(until, "", "", anyTitle))
		assert.Equal(t, context.Canceled, err, "it had ended before")

		until, cancel = context.WithCancel(t.Context())
		defer cancel()
		_, err = collected(s.Find(until, "", "", func([]byte) bool { cancel(); return false }))
		assert.Equal(t, context.Canceled, err, "it ends while nothing is found")
	})
	require.NoError(t, s.Close())
}

// Each damage is to Bob, whose snapshot is of revision 2 and whose last revision is 4.
func TestFindTellsDamage(t *testing.T) {
	for name, c := range map[string]struct {
		key    []byte
		damage func(value []byte) []byte // nil: the value is lost
		want   string
	}{
		"head":             {headKey("Bob"), flipped, "the head is damaged: its checksum is wrong"},
		"snapshot":         {snapshotKey("Bob"), flipped, "the snapshot of revision 2 is damaged: its checksum is wrong"},
		"snapshot lost":    {snapshotKey("Bob"), nil, "the snapshot of revision 2 is damaged: it is not there"},
		"record":           {recordKey("Bob", 3), flipped, "revision 3 is damaged: its checksum is wrong"},
		"record lost":      {recordKey("Bob", 3), nil, "revision 3 is damaged: it is not there"},
		"last record lost": {recordKey("Bob", 4), nil, "revision 4 is damaged: it is not there"},
		"record of another place": {recordKey("Bob", 3), func([]byte) []byte {
			return codec.EncodeRecord(3, todo.NewBatch([]todo.Change{{Rev: 4, Time: someTime, Kind: todo.Add}})).Value(4)
		}, "revision 3 is damaged: it cannot be decoded"},
	} {
		t.Run(name, func(t *testing.T) {
			s := openIn(t, "data", vfs.NewMem())
			for _, name := range []string{"Alice", "Bob", "Bob's"} {
				add(t, s, name, "one")
				addMany(t, s, name, snapshotEvery)
				add(t, s, name, "two")
				add(t, s, name, "three")
			}
			if c.damage == nil {
				require.NoError(t, s.db.Delete(c.key, pebble.Sync))
			} else {
				put(t, s, c.key, c.damage(valueOf(t, s, c.key)))
			}
			found, err := collected(s.Find(ctx, "", "", holding("t")))
			assertDamaged(t, c.want, err)
			require.Len(t, found, snapshotEvery+2)
			assert.Equal(t, "Alice", found[len(found)-1].List)

			found, err = collected(s.Find(ctx, "", "Bob's", holding("two")))
			require.NoError(t, err)
			require.Len(t, found, 1)
		})
	}
}

// What is not yet on disk is not found before it is.
func TestFindAwaitsTheDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		held, release := make(chan struct{}), make(chan struct{})
		var hold atomic.Bool
		s := openIn(t, "data", errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
			if (op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData) && hold.CompareAndSwap(true, false) {
				close(held)
				<-release
			}
			return nil
		})))
		hold.Store(true)
		appended := make(chan error)
		go func() {
			_, err := run(s, "Bob", todo.List{}, adding("milk"))
			appended <- err
		}()
		<-held
		brief, cancel := context.WithTimeout(ctx, time.Hour) // of the bubble, which passes when all wait
		defer cancel()
		found, err := collected(s.Find(brief, "", "", anyTitle))
		assert.Equal(t, context.DeadlineExceeded, err, "it waits for the append")
		assert.Empty(t, found)
		close(release)
		require.NoError(t, <-appended)
		found, err = collected(s.Find(ctx, "", "", anyTitle))
		require.NoError(t, err)
		assert.Len(t, found, 1)
	})
}
