package todo_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

// What each command does and answers, one after another on one list; and what the
// change that it made answers to whoever asks for it again.
func TestCommands(t *testing.T) {
	date, one, two := day("2024-01-01"), "one", "two"
	first := todo.Entry{ID: 1, Date: date, Title: "one"}
	second := todo.Entry{ID: 2, Title: "two"}
	done := first
	done.Status = todo.Done
	second2 := todo.Entry{ID: 2, Date: date, Title: "two"}

	d := todo.List{}.Draft()
	for _, step := range []struct {
		todo.Command
		answer []todo.Entry
	}{
		{todo.Command{Kind: todo.Add, Patch: todo.Patch{Date: &date, Title: &one}}, []todo.Entry{first}},
		{todo.Command{Kind: todo.Add, Patch: todo.Patch{Title: &two}}, []todo.Entry{second}},
		{todo.Command{Kind: todo.Update, IDs: []uint64{2}, Patch: todo.Patch{Date: &date}}, []todo.Entry{second2}},
		{todo.Command{Kind: todo.Finish, IDs: []uint64{1}}, []todo.Entry{done}},
		{todo.Command{Kind: todo.Reopen, IDs: []uint64{1}}, []todo.Entry{first}},
		{todo.Command{Kind: todo.Delete, IDs: []uint64{2, 1}}, []todo.Entry{second2, first}},
		{todo.Command{Kind: todo.Undo}, []todo.Entry{second2, first}},
		{todo.Command{Kind: todo.Redo}, nil},
		{todo.Command{Kind: todo.Import, Entries: []todo.Entry{first}}, nil},
		{todo.Command{Kind: todo.Drop}, nil},
	} {
		answer, err := step.Run(d, nil)
		require.NoError(t, err, step.Kind)
		assert.Equal(t, step.answer, answer, step.Kind)
		made := d.Changes[len(d.Changes)-1]
		assert.Equal(t, step.Kind, made.Kind)
		assert.Equal(t, step.answer, made.Answer(), step.Kind)
		assert.Equal(t, step.Kind, todo.KindOf(step.Kind.String()))
	}
	assert.Zero(t, todo.KindOf("frobnicate"))
	assert.Zero(t, todo.KindOf(""))
}

func TestCommandsAppendTheirAnswers(t *testing.T) {
	title := "one"
	d := todo.List{}.Draft()
	var answers []todo.Entry
	var err error
	for _, c := range []todo.Command{
		{Kind: todo.Add, Patch: todo.Patch{Title: &title}},
		{Kind: todo.Finish, IDs: []uint64{1}},
		{Kind: todo.Undo},
	} {
		answers, err = c.Run(d, answers)
		require.NoError(t, err)
	}
	open := todo.Entry{ID: 1, Title: "one"}
	assert.Equal(t, []todo.Entry{open, {ID: 1, Status: todo.Done, Title: "one"}, open}, answers)
}

func TestCommandsNameSomeEntries(t *testing.T) {
	title := "one"
	d := todo.List{}.Draft()
	_, err := d.Add(0, title)
	require.NoError(t, err)
	ones := make([]uint64, todo.MaxIDs+1)
	for i := range ones {
		ones[i] = 1
	}
	for _, kind := range []todo.Kind{todo.Update, todo.Finish, todo.Reopen, todo.Delete} {
		for _, ids := range [][]uint64{nil, ones} {
			_, err = (&todo.Command{Kind: kind, IDs: ids}).Run(d, nil)
			require.ErrorIs(t, err, &todo.Error{Code: todo.BadRequest}, "%v of %d", kind, len(ids))
		}
	}
	_, err = (&todo.Command{Kind: todo.Update, IDs: ones[:2]}).Run(d, nil)
	require.ErrorIs(t, err, &todo.Error{Code: todo.BadRequest})
	_, err = (&todo.Command{Kind: todo.Finish, IDs: ones[:todo.MaxIDs]}).Run(d, nil)
	require.NoError(t, err)
	_, err = (&todo.Command{Kind: todo.Add}).Run(d, nil)
	require.ErrorIs(t, err, &todo.Error{Code: todo.BadTitle})
}
