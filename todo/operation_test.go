package todo_test

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

func operation(key, request uint64) *todo.Operation {
	var o todo.Operation
	binary.BigEndian.PutUint64(o.Key[:], key)
	binary.BigEndian.PutUint64(o.Request[:], request)
	return &o
}

// A book is a list with its journal, as a log would keep it.
type book struct {
	list    todo.List
	journal []todo.Change
}

// once adds an entry as an operation, and returns the change that was made for
// it now or earlier.
func (b *book) once(o *todo.Operation, f func(*todo.Draft) error) (made *todo.Change, err error) {
	d := b.list.Draft()
	d.Time = time.Unix(1, 0)
	d.Past = func(rev uint64) (todo.Change, error) { return b.journal[rev-1], nil }
	made, err = d.Once(o, func() error { return f(d) })
	b.list, b.journal = d.Snapshot(), append(b.journal, d.Changes...)
	return made, err
}

func adding(title string) func(*todo.Draft) error {
	return func(d *todo.Draft) error { _, err := d.Add(0, title); return err }
}

func TestOnce(t *testing.T) {
	var b book
	for range 3 {
		made, err := b.once(operation(1, 7), adding("one"))
		require.NoError(t, err)
		if made != nil {
			assert.Equal(t, b.journal[0], *made)
		}
		assert.Equal(t, 1, b.list.Len())
	}
	_, err := b.once(operation(1, 8), adding("another"))
	require.ErrorIs(t, err, &todo.Error{Code: todo.KeyReused})
	for range 2 {
		_, err = b.once(nil, adding("without a name"))
		require.NoError(t, err)
	}
	assert.Equal(t, 3, b.list.Len())
	assert.Nil(t, b.journal[1].Operation)
}

// What changed nothing is judged anew.
func TestOnceThatFails(t *testing.T) {
	var b book
	finish := func(d *todo.Draft) error { _, err := d.Finish(1); return err }
	_, err := b.once(operation(1, 1), finish)
	require.ErrorIs(t, err, &todo.Error{Code: todo.UnknownID})
	_, err = b.once(operation(2, 2), adding("one"))
	require.NoError(t, err)
	made, err := b.once(operation(1, 1), finish)
	require.NoError(t, err)
	assert.Nil(t, made)
	assert.Zero(t, b.list.Open())
}

// A change is remembered through a drop, which would else bring a list back or
// drop the next one.
func TestOnceAndDrop(t *testing.T) {
	var b book
	drop := func(d *todo.Draft) error { return d.Drop() }
	_, err := b.once(operation(1, 1), adding("one"))
	require.NoError(t, err)
	_, err = b.once(operation(2, 2), drop)
	require.NoError(t, err)
	again := func() {
		_, err = b.once(operation(1, 1), adding("one"))
		require.ErrorIs(t, err, &todo.Error{Code: todo.UnknownList})
		made, failed := b.once(operation(2, 2), drop)
		require.NoError(t, failed)
		assert.Equal(t, todo.Drop, made.Kind)
		assert.Equal(t, uint64(2), made.Rev)
	}
	again()
	assert.Zero(t, b.list.Len())
	b.journal = nil
	_, err = b.once(nil, adding("two"))
	require.NoError(t, err)
	again()
	assert.Equal(t, 1, b.list.Len())
}

// The latest operations are remembered, and bounded is how many; a list that is
// put together again remembers the same.
func TestRemembered(t *testing.T) {
	var b book
	for n := range uint64(5 * todo.Remembered) {
		_, err := b.once(operation(n, n), adding("one"))
		require.NoError(t, err)
		if n%1000 == 0 {
			assert.Equal(t, keys(b.list), keys(todo.List{}.Remembering(b.list.Memories())))
		}
		assert.LessOrEqual(t, len(b.list.Memories()), 2*todo.Remembered)
	}
	entries := b.list.Len()
	for n := range uint64(todo.Remembered) {
		n = 5*todo.Remembered - 1 - n
		made, err := b.once(operation(n, n), adding("again"))
		require.NoError(t, err)
		assert.Equal(t, n+1, made.Rev)
	}
	assert.Equal(t, entries, b.list.Len())
}

func keys(l todo.List) (keys [][16]byte) {
	for _, m := range l.Memories() {
		keys = append(keys, m.Key)
	}
	return keys
}

func TestRefuse(t *testing.T) {
	d := todo.List{}.Draft()
	d.Refuse = &todo.Error{Code: todo.ReadOnly}
	_, err := d.Add(0, "one")
	require.ErrorIs(t, err, d.Refuse)
	assert.Zero(t, d.Len())
	assert.Empty(t, d.Changes)
}

// A patch is one change, of the kind that the shell's commands make.
func TestPatch(t *testing.T) {
	var l todo.List
	d := l.Draft()
	_, err := d.Add(0, "one")
	require.NoError(t, err)
	date, title, done, open := todo.MinDate, "two", todo.Done, todo.Open
	e, err := d.Patch(1, todo.Patch{Date: &date, Title: &title, Status: &done})
	require.NoError(t, err)
	assert.Equal(t, todo.Entry{ID: 1, Date: date, Title: title, Status: done}, e)
	_, err = d.Patch(1, todo.Patch{Status: &open})
	require.NoError(t, err)
	_, err = d.Patch(1, todo.Patch{Status: &done})
	require.NoError(t, err)
	_, err = d.Patch(1, todo.Patch{})
	require.NoError(t, err)
	var kinds []todo.Kind
	for _, c := range d.Changes {
		kinds = append(kinds, c.Kind)
	}
	assert.Equal(t, []todo.Kind{todo.Add, todo.Update, todo.Reopen, todo.Finish}, kinds)
	empty := ""
	_, err = d.Patch(1, todo.Patch{Title: &empty})
	require.ErrorIs(t, err, &todo.Error{Code: todo.BadTitle})
}
