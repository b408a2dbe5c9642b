package storetest

import (
	"fmt"
	"slices"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

// A journal keeps all that its changes say, in their order.
func history(b *bench) {
	t := b.t
	var want []todo.Change
	for i := range 12 {
		by := ""
		if i%3 > 0 {
			by = fmt.Sprint("token ", i%3)
		}
		a := b.change("Bob", as(by, add(todo.Date(20_000+i), fmt.Sprint("title ", i))), as("other", finish(uint64(i+1))), undo)
		want = append(want, a.Changes...)
	}
	want = append(want, b.change("Bob", redo).Changes...)
	for range 2 {
		for _, from := range []uint64{1, 2, 17, uint64(len(want)), uint64(len(want)) + 1} {
			assert.Equal(t, want[from-1:], all(t, b.History(t.Context(), "Bob", from)), "from %d", from)
		}
		assert.Empty(t, all(t, b.History(t.Context(), "nobody", 1)))
		b.reopen()
	}
}

// as makes a command's change one that somebody has made.
func as(by string, command func(*todo.Draft) error) func(*todo.Draft) error {
	return func(d *todo.Draft) error {
		d.By = by
		defer func() { d.By = "" }()
		return command(d)
	}
}

// What a list was asked to do under a key is remembered.
func operations(b *bench) {
	t := b.t
	for i := range 30 {
		b.change("Bob", func(d *todo.Draft) error {
			_, err := d.Once(&todo.Operation{Key: [16]byte{byte(i)}, Request: [8]byte{byte(i)}}, func() error { return add(0, "one")(d) })
			return err
		}, add(0, "without a key"))
		if i%10 == 9 {
			b.reopen()
		}
	}
	list := b.load("Bob")
	require.Len(t, list.Memories(), 30)
	for i, m := range list.Memories() {
		assert.Equal(t, byte(i), m.Key[0])
		assert.Equal(t, uint64(2*i+1), m.Rev)
		c := all(t, b.History(t.Context(), "Bob", m.Rev))[0]
		require.NotNil(t, c.Operation)
		assert.Equal(t, m.Operation, *c.Operation)
	}
}

// A list that has had very many changes is the one that they lead to.
func snapshots(b *bench) {
	t := b.t
	list := todo.List{}
	for i := range 12 {
		var commands []func(*todo.Draft) error
		for j := range 1000 {
			commands = append(commands, add(todo.Date(1+j), fmt.Sprint(i, " ", j)))
		}
		first := uint64(1000*i + 1)
		commands = append(commands, finish(first, first+1, first+500), undo, redo)
		a := b.change("Bob", commands...)
		next, err := list.Appended(a)
		require.NoError(t, err)
		list = next
		if i%4 == 3 {
			b.reopen()
		}
		same(t, list, b.load("Bob"))
	}
	assert.Len(t, all(t, b.Since(t.Context(), "Bob", 0)), 12)
}

// Whoever knows a version of a list learns of all that was appended since.
func since(b *bench) {
	t := b.t
	told := []todo.Append{}
	for i := range 5 {
		told = append(told, b.change("Bob", add(0, fmt.Sprint("one ", i)), as("ann", add(0, fmt.Sprint("two ", i)))))
		b.change("Bobby", add(0, "of another list"))
	}
	check := func() {
		t.Helper()
		after := todo.Version(0)
		for i := range len(told) + 1 {
			got := all(t, b.Since(t.Context(), "Bob", after))
			assert.Equal(t, told[i:], got, "after %d", after)
			if i < len(told) {
				after = told[i].Version
			}
		}
		assert.Empty(t, all(t, b.Since(t.Context(), "nobody", 0)))
	}
	check()
	b.reopen()
	check()
	if told[1].After == 0 || told[1].Version-1 > told[0].Version { // not each number is a version
		assert.Equal(t, told[1:], all(t, b.Since(t.Context(), "Bob", told[1].Version-1)))
	}

	// What was before a drop is gone, but for the drop itself.
	dropped := b.change("Bob", add(0, "last"), as("ann", (*todo.Draft).Drop))
	dropped.Changes = dropped.Changes[1:]
	for _, known := range []todo.Version{0, told[2].Version, told[4].Version} {
		got := all(t, b.Since(t.Context(), "Bob", known))
		require.Len(t, got, 1)
		assert.Equal(t, dropped.Version, got[0].Version)
		assert.Equal(t, dropped.ID, got[0].ID)
		assert.Equal(t, dropped.Changes[0], got[0].Changes[len(got[0].Changes)-1])
	}
	assert.Empty(t, all(t, b.Since(t.Context(), "Bob", dropped.Version)))
	anew := b.change("Bob", add(0, "anew"))
	for range 2 {
		got := all(t, b.Since(t.Context(), "Bob", told[1].Version))
		require.Len(t, got, 2)
		assert.Equal(t, todo.Drop, got[0].Changes[len(got[0].Changes)-1].Kind)
		assert.Equal(t, anew, got[1])
		assert.Equal(t, []todo.Append{anew}, all(t, b.Since(t.Context(), "Bob", dropped.Version)))
		b.reopen()
	}
}

// clone copies an append that a feed has told: its changes are used again.
func clone(a todo.Append) todo.Append {
	a.Changes = slices.Clone(a.Changes)
	return a
}
