package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"todoshell/todo"
)

// Random commands on random lists, with reopening, against lists in memory.
func TestModel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		fs := vfs.NewMem()
		s := openIn(t, "data", fs)
		model := map[string]todo.List{}
		name := rapid.SampledFrom([]string{"a", "ab", "b", "買"})
		sizes := rapid.SampledFrom([]int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, snapshotEvery})
		r.Repeat(map[string]func(*rapid.T){
			"": func(r *rapid.T) {
				want := []string{}
				for name, list := range model {
					if list.Rev > 0 {
						want = append(want, name)
					}
				}
				require.ElementsMatch(r, want, namesOf(t, s, ""))
				name := name.Draw(r, "name")
				require.True(r, equal(model[name], loaded(t, s, name)))
				require.Equal(r, model[name].Version, loaded(t, s, name).Version)
			},
			"change": func(r *rapid.T) {
				name, n := name.Draw(r, "name"), rapid.IntRange(1, 8).Draw(r, "changes")
				seed := rapid.Uint64().Draw(r, "seed")
				list, err := run(s, name, model[name], func(d *todo.Draft) error { return commands(d, n, seed) })
				require.NoError(r, err)
				model[name] = list
			},
			"import": func(r *rapid.T) {
				name := name.Draw(r, "name")
				model[name] = addMany(t, s, name, sizes.Draw(r, "entries"))
			},
			"reopen": func(r *rapid.T) {
				require.NoError(r, s.Close())
				s = openIn(t, "data", fs)
			},
		})
		checkClean(t, s)
		for name, want := range model {
			got, err := replay(s, name)
			require.NoError(r, err)
			require.True(r, equal(want, got))
		}
		require.NoError(r, s.Close())
	})
}

// commands runs n random commands that change something.
func commands(d *todo.Draft, n int, seed uint64) error {
	random := rand.New(rand.NewPCG(seed, 0))
	for made := 0; made < n; made = len(d.Changes) {
		var err error
		switch id := 1 + random.Uint64N(d.LastID+1); random.IntN(8) {
		case 0, 1:
			_, err = d.Add(todo.Date(random.IntN(9)), fmt.Sprint(random.IntN(9)))
		case 2:
			_, err = d.Finish(id)
		case 3:
			_, err = d.SetTitle(id, fmt.Sprint(random.IntN(9)))
		case 4:
			_, err = d.Delete(id)
		case 5:
			_, err = d.Undo()
		case 6:
			_, err = d.Redo()
		case 7:
			if random.IntN(10) == 0 {
				if err = d.Drop(); err == nil {
					return nil // it is the last change of its batch
				}
			}
		}
		if errors.Is(err, code(todo.Damaged)) {
			return err
		}
	}
	return nil
}
