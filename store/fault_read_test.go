package store

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/internal/await"
	"todoshell/todo"
)

// A disk that can't be read is an error that says so, and never a wrong answer.
func TestFailingReads(t *testing.T) {
	mem := vfs.NewMem()
	s := openIn(t, "data", mem)
	list := addMany(t, s, "Bob", snapshotEvery)
	list = add(t, s, "Bob", append(titles(list)[:10], "last")...)
	want := list.Rev
	const others = 400 // so that opening does not read all there is
	for i := range others {
		add(t, s, fmt.Sprintf("other %04d %s", i, strings.Repeat("x", 150)), "one")
	}
	require.NoError(t, s.Close())

	for _, c := range []struct {
		name string
		read func(*Store) (done bool, err error)
	}{
		{"Load", func(s *Store) (bool, error) { got, err := s.Load(ctx, "Bob"); return equal(got, list), err }},
		{"Past", func(s *Store) (bool, error) { c, err := past(s, "Bob", want); return c.Rev == want, err }},
		{"Since", func(s *Store) (done bool, err error) {
			for a, err := range s.Since(ctx, "Bob", list.Version-1) {
				if err != nil {
					return false, err
				}
				done = a.Version == list.Version
			}
			return done, nil
		}},
		{"Due", func(s *Store) (done bool, err error) {
			for name, err := range s.Due(ctx, "", todo.MaxDate) {
				if err != nil {
					return false, err
				}
				done = done || name == "Bob"
			}
			return done, nil
		}},
		{"History", func(s *Store) (bool, error) { got, err := replay(s, "Bob"); return equal(got, list), err }},
		{"Heads", func(s *Store) (done bool, err error) {
			for h, err := range s.Heads(ctx, "", "") {
				if err != nil {
					return false, err
				}
				done = done || h.Name == "Bob"
			}
			return done, nil
		}},
		{"Check", func(s *Store) (bool, error) {
			var problem error
			sum, err := s.Check(ctx, func(err error) { problem = err })
			return sum.Entries == list.Len()+others, errors.Join(err, problem)
		}},
		{"Append", func(s *Store) (bool, error) {
			_, err := run(s, fmt.Sprintf("other 0200 %s", strings.Repeat("x", 150)), todo.List{}, adding("never"))
			if errors.Is(err, todo.ErrConflict) {
				return true, nil
			}
			return false, err
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			failed := 0
			for k := int64(1); ; k++ {
				var n atomic.Int64
				toggle := &errorfs.Toggle{Injector: errorfs.InjectorFunc(func(op errorfs.Op) error {
					if op.Kind != errorfs.OpOpen && op.Kind != errorfs.OpFileReadAt || n.Add(1) != k {
						return nil
					}
					return errorfs.ErrInjected
				})}
				s := openIn(t, "data", errorfs.Wrap(mem, toggle))
				require.True(t, await.Until(t, func() bool { // what an opening reads in the background is not what fails
					tables := s.db.Metrics().Table
					return tables.InitialStatsCollectionComplete && tables.PendingStatsCollectionCount == 0
				}))
				toggle.On()
				done, err := c.read(s)
				toggle.Off()
				if err == nil {
					require.True(t, done, "read %d", k)
				} else {
					failed++
					require.ErrorIs(t, err, errorfs.ErrInjected, "read %d", k)
					require.NotErrorIs(t, err, code(todo.Damaged), "read %d", k)
				}
				done, err = c.read(s)
				require.NoError(t, err, "once the disk is well again")
				require.True(t, done)
				require.NoError(t, s.Close())
				if n.Load() < k {
					break
				}
			}
			assert.Positive(t, failed)
		})
	}
}

// A table that can't be opened is not one that isn't there, which would be
// damage: also when the store is broken, and makes its tables in memory.
func TestFailingOpenOfABrokenStore(t *testing.T) {
	fs, fault := faulty(vfs.NewMem(), ".sst", errorfs.OpOpen)
	s := openIn(t, "data", fs)
	s.broke(errorfs.ErrInjected)
	fault.On()
	broken := newFuse(s)
	_, err := broken.Open("data/000077.sst")
	require.ErrorIs(t, err, errorfs.ErrInjected)
	made, err := broken.Create("data/000077.sst", vfs.WriteCategoryUnspecified)
	require.NoError(t, err)
	require.NoError(t, made.Close())
	found, err := broken.Open("data/000077.sst")
	require.NoError(t, err)
	require.NoError(t, found.Close())
}
