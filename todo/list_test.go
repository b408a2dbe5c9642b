package todo_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

var damaged = &todo.Error{Code: todo.Damaged}

// all returns what a list holds, never nil.
func all(l todo.List) []todo.Entry {
	return append([]todo.Entry{}, slices.Collect(l.Entries(todo.Always))...)
}

// week is a list of a few entries in a few places of the order.
func week() []todo.Entry {
	return []todo.Entry{
		{ID: 4, Date: day("2024-01-01"), Title: "Dentist"},
		{ID: 7, Date: day("2024-01-01"), Title: "Shopping", Status: todo.Done},
		{ID: 2, Date: day("2024-01-03"), Title: "Movies"},
		{ID: 1, Date: todo.MaxDate, Title: "Retire"},
		{ID: 3, Title: "Read", Status: todo.Done},
		{ID: 9, Title: "Write"},
	}
}

func newList(t *testing.T, entries ...todo.Entry) todo.List {
	t.Helper()
	list, err := todo.NewList(todo.State{}, entries)
	require.NoError(t, err)
	return list
}

func TestZeroList(t *testing.T) {
	var list todo.List
	assert.Empty(t, all(list))
	assert.Zero(t, list.Len())
	assert.Zero(t, list.Open())
	assert.Zero(t, list.State)
	_, found := list.Entry(1)
	assert.False(t, found)
}

func TestNewList(t *testing.T) {
	entries := week()
	slices.Reverse(entries)
	state := todo.State{Rev: 5, LastID: 12, UndoRev: 4, RedoRev: 5}
	list, err := todo.NewList(state, entries)
	require.NoError(t, err)
	assert.Equal(t, week(), all(list))
	assert.Equal(t, 6, list.Len())
	assert.Equal(t, 4, list.Open())
	assert.Equal(t, state, list.State)
	for _, want := range entries {
		got, found := list.Entry(want.ID)
		assert.True(t, found)
		assert.Equal(t, want, got)
	}
	for _, id := range []uint64{0, 5, 10, 1 << 63} {
		_, found := list.Entry(id)
		assert.False(t, found)
	}

	assert.Equal(t, uint64(9), newList(t, entries...).LastID, "no state: the highest id there is")
	_, err = todo.NewList(state, []todo.Entry{{ID: 1}, {ID: 2}, {ID: 1, Date: 5}})
	require.ErrorIs(t, err, damaged)
}

func TestEntriesOfASpan(t *testing.T) {
	list := newList(t, week()...)
	for _, c := range []struct {
		words string
		ids   []uint64
	}{
		{"2024-01-01", []uint64{4, 7}},
		{"2024-01-02", nil},
		{"none", []uint64{3, 9}},
		{"2024-01-01..2024-01-03", []uint64{4, 7, 2}},
		{"2024-01-02..", []uint64{2, 1}},
		{"..2024-01-02", []uint64{4, 7}},
		{"week", []uint64{4, 7, 2}},
		{"overdue", []uint64{4, 2}},
	} {
		t.Run(c.words, func(t *testing.T) {
			span, err := todo.ParseSpan(c.words, day("2024-01-05"))
			require.NoError(t, err)
			var ids []uint64
			for e := range list.Entries(span) {
				ids = append(ids, e.ID)
			}
			assert.Equal(t, c.ids, ids)
		})
	}
	done := todo.Done
	assert.Len(t, slices.Collect(list.Entries(todo.Span{From: todo.MinDate, Status: &done})), 2)
	for e := range list.Entries(todo.Always) {
		assert.Equal(t, uint64(4), e.ID)
		break
	}
}

func TestApplyRefusesWhatDoesNotFollow(t *testing.T) {
	list := newList(t, week()...)
	dentist := week()[0]
	moved, renamed, renumbered := dentist, dentist, dentist
	moved.Date++
	renamed.Title = "Doctor"
	renumbered.ID = 100
	for _, c := range []struct {
		name  string
		rev   uint64
		edits []todo.Edit
	}{
		{"the revision before", 0, nil},
		{"a revision left out", 2, nil},
		{"removes what is not there", 1, []todo.Edit{{Before: renumbered}}},
		{"removes what has another date", 1, []todo.Edit{{Before: moved}}},
		{"replaces what has another title", 1, []todo.Edit{{Before: renamed, After: moved}}},
		{"takes a taken id", 1, []todo.Edit{{After: dentist}}},
		{"takes a taken id on another day", 1, []todo.Edit{{After: moved}}},
		{"takes an id twice", 1, []todo.Edit{{After: renumbered}, {After: renumbered}}},
		{"removes twice", 1, []todo.Edit{{Before: dentist}, {Before: dentist}}},
		{"is wrong in its second edit", 1, []todo.Edit{{Before: dentist}, {Before: moved}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			same, err := list.Apply(todo.Change{Rev: c.rev, Kind: todo.Update, Edits: c.edits})
			require.ErrorIs(t, err, damaged)
			assert.Equal(t, list, same)
			assert.Equal(t, week(), all(list))
			assert.Equal(t, 4, list.Open())
		})
	}
	next, err := list.Apply(todo.Change{Rev: 1, Kind: todo.Update, Edits: []todo.Edit{{Before: dentist, After: moved}}})
	require.NoError(t, err)
	got, _ := next.Entry(dentist.ID)
	assert.Equal(t, moved, got)
	assert.Equal(t, week(), all(list))
}

// many is a list whose trees have some levels.
func many(t *testing.T, n int) todo.List {
	t.Helper()
	entries := make([]todo.Entry, n)
	for i := range entries {
		entries[i] = todo.Entry{ID: uint64(i + 1), Date: todo.Date(i * 7 % 100), Title: fmt.Sprint("entry ", i+1)}
	}
	return newList(t, entries...)
}

// work changes a draft at all ends: each step adds and finishes, moves or
// deletes an old entry, and now and then takes that back.
func work(d *todo.Draft, seed, steps int) error {
	for i := range steps {
		e, err := d.Add(todo.Date((seed+i)%50), fmt.Sprint("added by ", seed))
		if err != nil {
			return err
		}
		if _, err = d.Finish(e.ID); err != nil {
			return err
		}
		old := uint64((seed+1)*(i+1)*37)%e.ID + 1
		if _, found := d.Entry(old); !found {
			continue
		}
		if i%2 == 0 {
			_, err = d.SetDate(old, todo.Date(i))
		} else {
			_, err = d.Delete(old)
		}
		if err == nil && i%3 == seed%3 {
			_, err = d.Undo()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Under -race this also shows that no reader ever meets a writer.
func TestSnapshotsStayWhileTheDraftGoesOn(t *testing.T) {
	type kept struct {
		list    todo.List
		state   todo.State
		entries []todo.Entry
		open    int
	}
	snapshots := make(chan kept, 100)
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			var old []kept
			for k := range snapshots {
				old = append(old, k)
				for _, k := range []kept{k, old[len(old)/2]} {
					assert.True(t, slices.Equal(k.entries, all(k.list)), "revision %d", k.state.Rev)
					e, found := k.list.Entry(k.entries[0].ID)
					assert.True(t, found)
					assert.Equal(t, k.entries[0], e)
				}
			}
			for _, k := range old {
				assert.True(t, slices.Equal(k.entries, all(k.list)), "revision %d", k.state.Rev)
				assert.Equal(t, k.state, k.list.State)
				assert.Equal(t, k.open, k.list.Open())
				assert.Equal(t, len(k.entries), k.list.Len())
			}
		})
	}
	d := many(t, 1000).Draft()
	var err error
	for i := 0; i < 200 && err == nil; i++ {
		list := d.Snapshot()
		snapshots <- kept{list, list.State, all(list), list.Open()}
		err = work(d, i%7, 2)
	}
	close(snapshots)
	readers.Wait()
	require.NoError(t, err)
}

func TestTwoDraftsOfOneList(t *testing.T) {
	list := many(t, 1000)
	entries := all(list)
	var alone, together [2]todo.List
	for i := range alone {
		d := list.Draft()
		require.NoError(t, work(d, i+1, 200))
		alone[i] = d.Snapshot()
	}
	var errs [2]error
	var writers sync.WaitGroup
	for i := range together {
		writers.Go(func() {
			d := list.Draft()
			errs[i] = work(d, i+1, 200)
			together[i] = d.Snapshot()
		})
	}
	writers.Wait()
	for i := range alone {
		require.NoError(t, errs[i])
		assert.Equal(t, all(alone[i]), all(together[i]))
		assert.Equal(t, alone[i].State, together[i].State)
	}
	assert.Equal(t, entries, all(list))
	assert.Zero(t, list.Rev)
}

func TestDraftOfADraft(t *testing.T) {
	a := many(t, 100).Draft()
	require.NoError(t, work(a, 1, 1))
	b := a.Draft()
	before := all(a.List)
	require.NoError(t, work(a, 2, 50))
	assert.Equal(t, before, all(b.List))
	after := all(a.List)
	require.NoError(t, work(b, 3, 50))
	assert.Equal(t, after, all(a.List))
}
