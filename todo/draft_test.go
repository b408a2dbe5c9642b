package todo_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

var (
	unknownID     = &todo.Error{Code: todo.UnknownID}
	nothingToUndo = &todo.Error{Code: todo.NothingToUndo}
	nothingToRedo = &todo.Error{Code: todo.NothingToRedo}
)

var someDay = day("2024-01-01")

// three is a draft with the open entries 1, 2 and 3, all of one day.
func three(t *testing.T) *todo.Draft {
	t.Helper()
	var list todo.List
	d := list.Draft()
	add(t, d, "one", "two", "three")
	return d
}

func add(t *testing.T, d *todo.Draft, titles ...string) {
	t.Helper()
	for _, title := range titles {
		_, err := d.Add(someDay, title)
		require.NoError(t, err)
	}
}

func undo(t *testing.T, d *todo.Draft) []todo.Entry {
	t.Helper()
	entries, err := d.Undo()
	require.NoError(t, err)
	return entries
}

func redo(t *testing.T, d *todo.Draft) []todo.Entry {
	t.Helper()
	entries, err := d.Redo()
	require.NoError(t, err)
	return entries
}

func titles(l todo.List) (titles []string) {
	for e := range l.Entries(todo.Always) {
		titles = append(titles, e.Title)
	}
	return titles
}

// unchanged runs f and checks that it left the draft alone.
func unchanged(t *testing.T, d *todo.Draft, f func()) {
	t.Helper()
	changes, state, entries, open := len(d.Changes), d.State, all(d.List), d.Open()
	f()
	assert.Len(t, d.Changes, changes)
	assert.Equal(t, state, d.State)
	assert.Equal(t, entries, all(d.List))
	assert.Equal(t, open, d.Open())
}

func TestAdd(t *testing.T) {
	var list todo.List
	d := list.Draft()
	d.Time = time.Unix(1700000000, 0)
	for i, title := range []string{"one", "two"} {
		e, err := d.Add(someDay, title)
		require.NoError(t, err)
		want := todo.Entry{ID: uint64(i + 1), Date: someDay, Title: title}
		assert.Equal(t, want, e)
		assert.Equal(t, todo.Change{
			Rev: uint64(i + 1), Time: d.Time, Kind: todo.Add, Edits: []todo.Edit{{After: want}}, Earlier: uint64(i),
		}, d.Changes[i])
	}
	assert.Equal(t, todo.State{Rev: 2, LastID: 2, UndoRev: 2}, d.State)
	assert.Equal(t, 2, d.Len())
	assert.Equal(t, 2, d.Open())
	assert.Zero(t, list.Len())
	for title, code := range badTitles {
		unchanged(t, d, func() {
			_, err := d.Add(someDay, title)
			require.ErrorIs(t, err, &todo.Error{Code: code})
		})
	}
}

func TestUpdate(t *testing.T) {
	d := three(t)
	e, err := d.SetDate(2, 0)
	require.NoError(t, err)
	assert.Equal(t, todo.Entry{ID: 2, Title: "two"}, e)
	assert.Equal(t, []string{"one", "three", "two"}, titles(d.List))

	e, err = d.SetTitle(2, "second")
	require.NoError(t, err)
	assert.Equal(t, todo.Entry{ID: 2, Title: "second"}, e)
	assert.Equal(t, []string{"one", "three", "second"}, titles(d.List))
	assert.Equal(t, todo.Update, d.Changes[4].Kind)

	unchanged(t, d, func() {
		_, err = d.SetDate(4, 0)
		require.ErrorIs(t, err, unknownID)
		_, err = d.SetTitle(0, "none")
		require.ErrorIs(t, err, unknownID)
		for title, code := range badTitles {
			_, err = d.SetTitle(2, title)
			require.ErrorIs(t, err, &todo.Error{Code: code})
		}
		same, err := d.SetDate(2, 0)
		require.NoError(t, err)
		assert.Equal(t, e, same)
		same, err = d.SetTitle(2, "second")
		require.NoError(t, err)
		assert.Equal(t, e, same)
	})
}

func TestFinishAndReopen(t *testing.T) {
	d := three(t)
	entries, err := d.Finish(3, 1, 3)
	require.NoError(t, err)
	assert.Equal(t, []todo.Entry{
		{ID: 3, Date: someDay, Title: "three", Status: todo.Done}, {ID: 1, Date: someDay, Title: "one", Status: todo.Done},
	}, entries)
	assert.Equal(t, 1, d.Open())
	assert.Equal(t, todo.Finish, d.Changes[3].Kind)
	assert.Equal(t, entries, d.Changes[3].Entries())

	unchanged(t, d, func() {
		var same, none []todo.Entry
		same, err = d.Finish(3, 1)
		require.NoError(t, err)
		assert.Equal(t, entries, same)
		none, err = d.Finish()
		require.NoError(t, err)
		assert.Empty(t, none)
	})

	entries, err = d.Reopen(1, 2)
	require.NoError(t, err)
	assert.Len(t, entries, 2, "2 was open, and is told of")
	assert.Len(t, d.Changes[4].Edits, 1)
	assert.Equal(t, todo.Reopen, d.Changes[4].Kind)
	assert.Equal(t, 2, d.Open())
}

func TestDelete(t *testing.T) {
	d := three(t)
	_, err := d.Finish(1)
	require.NoError(t, err)
	entries, err := d.Delete(2, 1, 2)
	require.NoError(t, err)
	want := []todo.Entry{{ID: 2, Date: someDay, Title: "two"}, {ID: 1, Date: someDay, Title: "one", Status: todo.Done}}
	assert.Equal(t, want, entries, "as they were")
	assert.Equal(t, want, d.Changes[4].Entries())
	assert.Empty(t, d.Changes[4].EntriesAfter())
	assert.Equal(t, []string{"three"}, titles(d.List))
	assert.Equal(t, 1, d.Open())
	unchanged(t, d, func() {
		_, err = d.Delete(2)
		require.ErrorIs(t, err, unknownID)
	})
}

func TestAllOrNoneOfTheIDs(t *testing.T) {
	d := three(t)
	_, err := d.Finish(2)
	require.NoError(t, err)
	for name, command := range map[string]func(...uint64) ([]todo.Entry, error){
		"finish": d.Finish, "reopen": d.Reopen, "delete": d.Delete,
	} {
		for _, ids := range [][]uint64{{4}, {1, 2, 3, 4}, {4, 1}, {1, 0, 2}} {
			unchanged(t, d, func() {
				entries, err := command(ids...)
				require.ErrorIs(t, err, unknownID, name)
				assert.Empty(t, entries)
			})
		}
	}
}

func TestIDsAreNeverReused(t *testing.T) {
	for name, c := range map[string]struct {
		run  func(d *todo.Draft)
		next uint64
	}{
		"undo of add":              {func(d *todo.Draft) { undo(t, d) }, 4},
		"undo of all":              {func(d *todo.Draft) { undo(t, d); undo(t, d); undo(t, d) }, 4},
		"undo and redo of add":     {func(d *todo.Draft) { undo(t, d); redo(t, d) }, 4},
		"delete of the last":       {func(d *todo.Draft) { _, _ = d.Delete(3) }, 4},
		"delete of all":            {func(d *todo.Draft) { _, _ = d.Delete(1, 2, 3) }, 4},
		"undo of delete":           {func(d *todo.Draft) { _, _ = d.Delete(3); undo(t, d) }, 4},
		"redo of delete":           {func(d *todo.Draft) { _, _ = d.Delete(3); undo(t, d); redo(t, d) }, 4},
		"undo of import":           {func(d *todo.Draft) { _ = d.Import([]todo.Entry{{ID: 70, Title: "x"}}); undo(t, d) }, 71},
		"an import of known ids":   {func(d *todo.Draft) { _ = d.Import(all(d.List)) }, 7},
		"a refused command":        {func(d *todo.Draft) { _, _ = d.Add(0, "") }, 4},
		"drop, for it is new then": {func(d *todo.Draft) { _ = d.Drop() }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			d := three(t)
			c.run(d)
			e, err := d.Add(0, "next")
			require.NoError(t, err)
			assert.Equal(t, c.next, e.ID)
		})
	}
	list, err := todo.NewList(todo.State{LastID: 12}, []todo.Entry{{ID: 5}})
	require.NoError(t, err)
	e, err := list.Draft().Add(0, "next")
	require.NoError(t, err)
	assert.Equal(t, uint64(13), e.ID)
}

func TestUndoAndRedo(t *testing.T) {
	d := three(t)
	unchanged(t, d, func() {
		_, err := d.Redo()
		require.ErrorIs(t, err, nothingToRedo)
	})
	assert.Empty(t, undo(t, d))
	assert.Equal(t, []string{"one", "two"}, titles(d.List))
	assert.Empty(t, undo(t, d))
	assert.Equal(t, []string{"one"}, titles(d.List))

	assert.Equal(t, []todo.Entry{{ID: 2, Date: someDay, Title: "two"}}, redo(t, d))
	assert.Equal(t, []string{"one", "two"}, titles(d.List))
	undo(t, d)
	undo(t, d)
	assert.Empty(t, titles(d.List))
	unchanged(t, d, func() {
		_, err := d.Undo()
		require.ErrorIs(t, err, nothingToUndo)
	})
	for range 3 {
		redo(t, d)
	}
	assert.Equal(t, []string{"one", "two", "three"}, titles(d.List))
	unchanged(t, d, func() {
		_, err := d.Redo()
		require.ErrorIs(t, err, nothingToRedo)
	})

	undo(t, d)
	undo(t, d)
	add(t, d, "other")
	unchanged(t, d, func() {
		_, err := d.Redo()
		require.ErrorIs(t, err, nothingToRedo, "a new change ends what could be redone")
	})
	undo(t, d)
	undo(t, d)
	assert.Empty(t, titles(d.List))
	redo(t, d)
	redo(t, d)
	assert.Equal(t, []string{"one", "other"}, titles(d.List))
}

func TestUndoChains(t *testing.T) {
	d := three(t)
	undo(t, d) // 4 takes back 3
	undo(t, d) // 5 takes back 2
	redo(t, d) // 6 brings 2 again
	undo(t, d) // 7 takes back 6
	redo(t, d) // 8
	redo(t, d) // 9 brings 3 again
	type links struct {
		Kind               todo.Kind
		Of, Earlier, Later uint64
	}
	var got []links
	for i, c := range d.Changes {
		assert.Equal(t, uint64(i+1), c.Rev)
		got = append(got, links{c.Kind, c.Of, c.Earlier, c.Later})
	}
	assert.Equal(t, []links{
		{todo.Add, 0, 0, 0},
		{todo.Add, 0, 1, 0},
		{todo.Add, 0, 2, 0},
		{todo.Undo, 3, 2, 0},
		{todo.Undo, 2, 1, 4},
		{todo.Redo, 2, 1, 4},
		{todo.Undo, 6, 1, 4},
		{todo.Redo, 6, 1, 4},
		{todo.Redo, 3, 8, 0},
	}, got)
	assert.Equal(t, todo.State{Rev: 9, LastID: 3, UndoRev: 9}, d.State)
}

func TestUndoOfEachCommand(t *testing.T) {
	for name, command := range map[string]func(d *todo.Draft) error{
		"date":   func(d *todo.Draft) error { _, err := d.SetDate(1, 0); return err },
		"title":  func(d *todo.Draft) error { _, err := d.SetTitle(2, "second"); return err },
		"finish": func(d *todo.Draft) error { _, err := d.Finish(1, 2, 3); return err },
		"reopen": func(d *todo.Draft) error { _, err := d.Reopen(1, 3); return err },
		"delete": func(d *todo.Draft) error { _, err := d.Delete(3, 1); return err },
		"import": func(d *todo.Draft) error {
			return d.Import([]todo.Entry{{ID: 9, Title: "nine", Status: todo.Done}, {ID: 8, Title: "eight"}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := three(t)
			_, err := d.Finish(3)
			require.NoError(t, err)
			before, open := all(d.List), d.Open()
			require.NoError(t, command(d))
			require.Len(t, d.Changes, 5)
			after := all(d.List)
			require.NotEqual(t, before, after)

			var came []todo.Entry
			for _, e := range d.Changes[4].Edits {
				if e.Before.ID != 0 {
					came = append(came, e.Before)
				}
			}
			assert.Equal(t, came, undo(t, d))
			assert.Equal(t, before, all(d.List))
			assert.Equal(t, open, d.Open())
			assert.Equal(t, d.Changes[4].EntriesAfter(), redo(t, d))
			assert.Equal(t, after, all(d.List))
			undo(t, d)
			assert.Equal(t, before, all(d.List))
		})
	}
}

// Each draft makes one change here, and knows the others from the journal only.
func TestUndoAcrossDrafts(t *testing.T) {
	var list todo.List
	var journal []todo.Change
	step := func(run func(d *todo.Draft)) {
		d := list.Draft()
		d.Past = func(rev uint64) (todo.Change, error) { return journal[rev-1], nil }
		run(d)
		require.Len(t, d.Changes, 1)
		journal = append(journal, d.Changes...)
		list = d.Snapshot()
	}
	for _, title := range []string{"one", "two", "three"} {
		step(func(d *todo.Draft) { add(t, d, title) })
	}
	for _, want := range [][]string{{"one", "two"}, {"one"}} {
		step(func(d *todo.Draft) { undo(t, d) })
		assert.Equal(t, want, titles(list))
	}
	for _, want := range [][]string{{"one", "two"}, {"one", "two", "three"}} {
		step(func(d *todo.Draft) { redo(t, d) })
		assert.Equal(t, want, titles(list))
	}
	for range 3 {
		step(func(d *todo.Draft) { undo(t, d) })
	}
	assert.Empty(t, titles(list))
	_, err := list.Draft().Undo()
	require.ErrorIs(t, err, nothingToUndo)
}

func TestUndoWhereThePastFails(t *testing.T) {
	list := three(t).Snapshot()
	errDisk := errors.New("disk")
	one, two := all(list)[0], all(list)[1]
	for name, c := range map[string]struct {
		past func(uint64) (todo.Change, error)
		want error
	}{
		"no past":     {nil, damaged},
		"a past lost": {func(uint64) (todo.Change, error) { return todo.Change{}, errDisk }, errDisk},
		"a past at odds with the list": {func(rev uint64) (todo.Change, error) {
			return todo.Change{Rev: rev, Kind: todo.Import, Edits: []todo.Edit{{After: one}, {After: two}, {After: one}}}, nil
		}, damaged},
	} {
		t.Run(name, func(t *testing.T) {
			d := list.Draft()
			d.Past = c.past
			unchanged(t, d, func() {
				entries, err := d.Undo()
				require.ErrorIs(t, err, c.want)
				assert.Empty(t, entries)
			})
			add(t, d, "four")
			assert.Equal(t, []string{"one", "two", "three", "four"}, titles(d.List))
			assert.Equal(t, []string{"one", "two", "three"}, titles(list))
		})
	}
}

func TestDrop(t *testing.T) {
	var none todo.List
	require.ErrorIs(t, none.Draft().Drop(), &todo.Error{Code: todo.UnknownList})

	d := three(t)
	before := d.Snapshot()
	require.NoError(t, d.Drop())
	assert.Equal(t, todo.Drop, d.Changes[3].Kind)
	assert.Equal(t, uint64(4), d.Changes[3].Rev)
	assert.Zero(t, d.State)
	assert.Zero(t, d.Open())
	assert.Empty(t, titles(d.List))
	require.ErrorIs(t, d.Drop(), &todo.Error{Code: todo.UnknownList})
	_, err := d.Undo()
	require.ErrorIs(t, err, nothingToUndo)

	add(t, d, "new")
	assert.Equal(t, uint64(1), d.Changes[4].Rev)
	undo(t, d)
	assert.Empty(t, titles(d.List), "it takes the new list's first change back, not the old one's")
	_, err = d.Undo()
	require.ErrorIs(t, err, nothingToUndo)
	redo(t, d)
	assert.Equal(t, []string{"new"}, titles(d.List))
	assert.Equal(t, []string{"one", "two", "three"}, titles(before))
}

func TestImport(t *testing.T) {
	for _, c := range []struct {
		name      string
		ids, want []uint64
	}{
		{"new ids are kept", []uint64{9, 4, 6}, []uint64{9, 4, 6}},
		{"no ids", []uint64{0, 0}, []uint64{4, 5}},
		{"one without", []uint64{9, 0}, []uint64{4, 5}},
		{"one known", []uint64{9, 3}, []uint64{4, 5}},
		{"one that was deleted", []uint64{2, 9}, []uint64{4, 5}},
		{"one given twice", []uint64{9, 8, 9}, []uint64{4, 5, 6}},
		{"the highest", []uint64{todo.MaxID}, []uint64{todo.MaxID}},
		{"past the highest", []uint64{todo.MaxID, todo.MaxID + 1}, []uint64{4, 5}},
		{"the highest number", []uint64{1<<64 - 1}, []uint64{4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := three(t)
			_, err := d.Delete(2)
			require.NoError(t, err)
			entries := make([]todo.Entry, len(c.ids))
			for i, id := range c.ids {
				entries[i] = todo.Entry{ID: id, Date: someDay, Title: "imported", Status: todo.Done}
			}
			given := slices.Clone(entries)
			require.NoError(t, d.Import(entries))
			assert.Equal(t, given, entries, "the caller's entries stay as they are")
			for i, e := range d.Changes[4].EntriesAfter() {
				assert.Equal(t, todo.Entry{ID: c.want[i], Date: someDay, Title: "imported", Status: todo.Done}, e)
				got, _ := d.Entry(e.ID)
				assert.Equal(t, e, got)
			}
			assert.Equal(t, 2+len(c.ids), d.Len())
			assert.Equal(t, 2, d.Open())
			assert.Equal(t, slices.Max(c.want), d.LastID)
		})
	}
	d := three(t)
	unchanged(t, d, func() {
		require.NoError(t, d.Import(nil))
		for title, code := range badTitles {
			require.ErrorIs(t, d.Import([]todo.Entry{{Title: "good"}, {Title: title}}), &todo.Error{Code: code})
		}
	})
}

func TestImportIntoAListThatIsFull(t *testing.T) {
	d := todo.List{}.Draft()
	require.NoError(t, d.Import([]todo.Entry{{ID: todo.MaxID - 1, Title: "last but one"}}))
	unchanged(t, d, func() {
		require.ErrorIs(t, d.Import([]todo.Entry{{Title: "last"}, {Title: "too many"}}), &todo.Error{Code: todo.ListFull})
	})
	require.NoError(t, d.Import([]todo.Entry{{Title: "last"}}))
	unchanged(t, d, func() {
		require.ErrorIs(t, d.Import([]todo.Entry{{Title: "too many"}}), &todo.Error{Code: todo.ListFull})
	})
}

func TestEditsDoNotGrowIntoEachOther(t *testing.T) {
	d := three(t)
	add(t, d, "four")
	for _, c := range d.Changes {
		_ = append(c.Edits, todo.Edit{After: todo.Entry{ID: 99}})
	}
	for i, c := range d.Changes {
		assert.Equal(t, uint64(i+1), c.Edits[0].After.ID)
	}
}
