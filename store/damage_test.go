package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/store/codec"
	"todoshell/todo"
)

// problems checks a store that is damaged.
func problems(tb testing.TB, s *Store) (sum Summary, all []string) {
	tb.Helper()
	sum, err := s.Check(ctx, func(err error) {
		var problem *todo.Error
		require.ErrorAs(tb, err, &problem)
		require.Equal(tb, todo.Damaged, problem.Code)
		all = append(all, problem.Message)
	})
	require.NoError(tb, err)
	assert.Len(tb, all, sum.Problems)
	return sum, all
}

func flipped(value []byte) []byte {
	bad := bytes.Clone(value)
	bad[len(bad)/2] ^= 1
	return bad
}

// Each test damages Bob, whose snapshot is of revision 2 and whose last revision
// is 4. Alice must not be touched by it.
func TestDamage(t *testing.T) {
	const checksum = "is damaged: its checksum is wrong"
	newer := func(value []byte) []byte {
		b := append([]byte{99}, value[1:len(value)-4]...)
		return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
	}
	behind := func(tb testing.TB, s *Store) codec.Head {
		tb.Helper()
		h, err := codec.DecodeHead(valueOf(tb, s, headKey("Bob")))
		require.NoError(tb, err)
		h.Rev--
		return h
	}
	for _, c := range []struct {
		name    string
		damage  func(tb testing.TB, s *Store)
		load    string // the message, after the list's name; "": well
		history string
		check   string
	}{
		{"record", func(tb testing.TB, s *Store) {
			tb.Helper()
			put(tb, s, recordKey("Bob", 3), flipped(valueOf(tb, s, recordKey("Bob", 3))))
		}, "revision 3 " + checksum, "revision 3 " + checksum, "revision 3 " + checksum},
		{"record before the snapshot", func(tb testing.TB, s *Store) {
			tb.Helper()
			put(tb, s, recordKey("Bob", 1), flipped(valueOf(tb, s, recordKey("Bob", 1))))
		}, "", "revision 1 " + checksum, "revision 1 " + checksum},
		{"record of a newer version", func(tb testing.TB, s *Store) {
			tb.Helper()
			put(tb, s, recordKey("Bob", 4), newer(valueOf(tb, s, recordKey("Bob", 4))))
		}, "revision 4 is damaged: its version is unknown", "revision 4 is damaged: its version is unknown", "revision 4 is damaged: its version is unknown"},
		{"record of another place", func(tb testing.TB, s *Store) {
			tb.Helper()
			put(tb, s, recordKey("Bob", 3), valueOf(tb, s, recordKey("Bob", 4)))
		}, "revision 3 is damaged: it cannot be decoded", "revision 3 is damaged: it cannot be decoded", "revision 3 is damaged: it cannot be decoded"},
		{"record that does not follow", func(tb testing.TB, s *Store) {
			tb.Helper()
			put(tb, s, recordKey("Bob", 3), codec.EncodeRecord(1, todo.NewBatch([]todo.Change{{Rev: 3, Time: someTime, Kind: todo.Add, Earlier: 2,
				Edits: []todo.Edit{{After: todo.Entry{ID: 3, Title: "x"}}}}})).Value(2))
		}, "revision 3 is damaged: entry 3 is there already", "", "revision 3 is damaged: entry 3 is there already"},
		{"record lost", func(tb testing.TB, s *Store) {
			tb.Helper()
			require.NoError(tb, s.db.Delete(recordKey("Bob", 3), pebble.Sync))
		}, "revision 3 is damaged: revision 4 follows revision 2", "revision 3 is damaged: it is not there", "revision 3 is damaged: revision 4 follows revision 2"},
		{"last record lost", func(tb testing.TB, s *Store) {
			tb.Helper()
			require.NoError(tb, s.db.Delete(recordKey("Bob", 4), pebble.Sync))
		}, "revision 4 is damaged: it is not there", "", "revision 4 is damaged: it is not there"},
		{"a key that is too long", func(tb testing.TB, s *Store) {
			tb.Helper()
			put(tb, s, append(recordKey("Bob", 3), 'x'), valueOf(tb, s, recordKey("Bob", 3)))
		}, "revision 4 is damaged: it cannot be decoded", "revision 4 is damaged: it cannot be decoded", "revision 4 is damaged: it cannot be decoded"},
		{"head", func(tb testing.TB, s *Store) {
			tb.Helper()
			put(tb, s, headKey("Bob"), flipped(valueOf(tb, s, headKey("Bob"))))
		}, "the head " + checksum, "", "the head " + checksum},
		{"head of a newer version", func(tb testing.TB, s *Store) {
			tb.Helper()
			put(tb, s, headKey("Bob"), newer(valueOf(tb, s, headKey("Bob"))))
		}, "the head is damaged: its version is unknown", "", "the head is damaged: its version is unknown"},
		{"head behind the journal", func(tb testing.TB, s *Store) {
			tb.Helper()
			put(tb, s, headKey("Bob"), behind(tb, s).Encode())
		}, "revision 4 is damaged: the list's head does not tell of it", "", "revision 5 is damaged"},
		{"snapshot", func(tb testing.TB, s *Store) {
			tb.Helper()
			put(tb, s, snapshotKey("Bob"), flipped(valueOf(tb, s, snapshotKey("Bob"))))
		}, "the snapshot of revision 2 " + checksum, "", "the snapshot of revision 2 " + checksum},
		{"snapshot of a newer version", func(tb testing.TB, s *Store) {
			tb.Helper()
			put(tb, s, snapshotKey("Bob"), newer(valueOf(tb, s, snapshotKey("Bob"))))
		}, "the snapshot of revision 2 is damaged: its version is unknown", "", "the snapshot of revision 2 is damaged: its version is unknown"},
		{"snapshot lost", func(tb testing.TB, s *Store) {
			tb.Helper()
			require.NoError(tb, s.db.Delete(snapshotKey("Bob"), pebble.Sync))
		}, "the snapshot of revision 2 is damaged: it is not there", "", "the snapshot of revision 2 is damaged: it is not there"},
		{"snapshot of another revision", func(tb testing.TB, s *Store) {
			tb.Helper()
			put(tb, s, snapshotKey("Bob"), codec.EncodeSnapshot(loaded(tb, s, "Bob")))
		}, "the snapshot of revision 2 is damaged: it is not there", "", "the snapshot of revision 2 is damaged: it is not there"},
		{"snapshot that disagrees", func(tb testing.TB, s *Store) {
			tb.Helper()
			list, err := codec.DecodeSnapshot(valueOf(tb, s, snapshotKey("Bob")))
			require.NoError(tb, err)
			list.LastID++
			put(tb, s, snapshotKey("Bob"), codec.EncodeSnapshot(list))
		}, "", "", "the snapshot of revision 2 is damaged: the journal leads elsewhere"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openIn(t, "data", vfs.NewMem())
			for _, name := range []string{"Alice", "Bob", "Bob's"} {
				add(t, s, name, "one")
				addMany(t, s, name, snapshotEvery)
				add(t, s, name, "two")
				add(t, s, name, "three")
			}
			c.damage(t, s)

			list, err := s.Load(ctx, "Bob")
			assertDamaged(t, c.load, err)
			if err != nil {
				assertSame(t, todo.List{}, list)
			}
			var last error
			for _, err := range s.History(ctx, "Bob", 1) {
				last = err
			}
			assertDamaged(t, c.history, last)
			_, all := problems(t, s)
			var bob []string
			for _, problem := range all {
				if strings.Contains(problem, `"Bob":`) {
					bob = append(bob, problem)
				}
			}
			require.Len(t, bob, 1)
			assert.Contains(t, bob[0], `list "Bob": `+c.check)

			for _, name := range []string{"Bob's", "Carol"} {
				add(t, s, name, "the others go on")
			}
		})
	}
}

func assertDamaged(t *testing.T, want string, err error) {
	t.Helper()
	if want == "" {
		require.NoError(t, err)
		return
	}
	require.ErrorIs(t, err, code(todo.Damaged))
	require.ErrorContains(t, err, `list "Bob": `+want)
	assert.Equal(t, 1, strings.Count(err.Error(), "run: todoshell check"), "%v", err)
}

// What belongs to no list is found, and does no harm.
func TestOrphans(t *testing.T) {
	for name, key := range map[string][]byte{
		"record":                     recordKey("nobody", 1),
		"snapshot":                   snapshotKey("nobody"),
		"snapshot of a list without": snapshotKey("Bob"),
	} {
		t.Run(name, func(t *testing.T) {
			s := openIn(t, "data", vfs.NewMem())
			list := add(t, s, "Bob", "one")
			put(t, s, key, codec.EncodeSnapshot(list))
			assertSame(t, list, loaded(t, s, "Bob"))
			_, all := problems(t, s)
			require.Len(t, all, 1)
			assert.Regexp(t, "^there are . records and . snapshots, but only 1 and 0 belong to lists$", all[0])
		})
	}
}

func TestCheckCounts(t *testing.T) {
	s := openMemory(t)
	assert.Equal(t, Summary{}, checkClean(t, s))
	add(t, s, "Bob", "one", "two")
	addMany(t, s, "Alice", snapshotEvery)
	assert.Equal(t, Summary{Lists: 2, Entries: 2 + snapshotEvery, Changes: 3}, checkClean(t, s))
}

func TestCheckEndsWithItsContext(t *testing.T) {
	s := openMemory(t)
	add(t, s, "Bob", "one")
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_, err := s.Check(ended, func(error) {})
	require.ErrorIs(t, err, context.Canceled)
}
