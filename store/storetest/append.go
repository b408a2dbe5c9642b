package storetest

import (
	"errors"
	"fmt"
	"sync"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

// A list has a version that grows with each append and is never given twice, also after a
// drop and a start.
func versions(b *bench) {
	t := b.t
	assert.Zero(t, b.load("Bob").Version)
	given := map[todo.Version]bool{}
	latest := todo.Version(0)
	for i := range 20 {
		a := b.change("Bob", add(0, "one"), add(0, "two"))
		if i%5 == 4 {
			a = b.change("Bob", add(0, "last"), (*todo.Draft).Drop)
		}
		assert.Greater(t, a.Version, latest)
		assert.False(t, given[a.Version])
		given[a.Version], latest = true, a.Version
		if i%7 == 6 {
			b.reopen()
		}
		assert.Equal(t, latest, b.load("Bob").Version)
	}
}

// An append needs the version that the list has.
func conflicts(b *bench) {
	t := b.t
	first := b.change("Bob", add(0, "first"))
	before := b.load("Bob")
	made, next, err := batch(before, add(0, "too late"))
	require.NoError(t, err)
	b.change("Bob", add(0, "second"))
	for range 2 {
		for _, after := range []todo.Version{0, first.After, first.Version, b.load("Bob").Version + 1} {
			_, err = b.Append(t.Context(), "Bob", after, next, made)
			require.ErrorIs(t, err, todo.ErrConflict, "after %d", after)
		}
		assert.Equal(t, 2, b.load("Bob").Len())
		assert.Len(t, all(t, b.Since(t.Context(), "Bob", 0)), 2)
		b.reopen()
	}
	_, err = b.Append(t.Context(), "Alice", first.Version, next, made)
	require.ErrorIs(t, err, todo.ErrConflict, "a list that never was has the version 0")

	b.change("Bob", (*todo.Draft).Drop)
	for _, after := range []todo.Version{0, before.Version} {
		made, next, err = batch(todo.List{}, add(0, "of another list of the name"))
		require.NoError(t, err)
		_, err = b.Append(t.Context(), "Bob", after, next, made)
		require.ErrorIs(t, err, todo.ErrConflict, "a dropped list keeps its version")
	}
	b.change("Bob", add(0, "anew"))
}

// Whoever does not know whether an append was made can look for its batch, and can append
// it again: it is there once.
func repeated(b *bench) {
	t := b.t
	b.change("Bob", add(0, "first"))
	list := b.load("Bob")
	made, next, err := batch(list, add(0, "second"))
	require.NoError(t, err)
	v, err := b.Append(t.Context(), "Bob", list.Version, next, made)
	require.NoError(t, err)
	for range 2 {
		again, err := b.Append(t.Context(), "Bob", list.Version, next, made)
		if err == nil {
			require.Equal(t, v, again)
		} else {
			require.ErrorIs(t, err, todo.ErrConflict)
		}
		found := all(t, b.Since(t.Context(), "Bob", list.Version))
		require.Len(t, found, 1)
		assert.Equal(t, made.ID, found[0].ID)
		assert.Equal(t, v, found[0].Version)
		assert.Equal(t, list.Version, found[0].After)
		b.reopen()
	}
	assert.Empty(t, all(t, b.Since(t.Context(), "Bob", v)))
}

// Of those who append to one list at the same time, one succeeds for each version, and
// all that were answered are there.
func racing(b *bench) {
	t := b.t
	const writers, each = 8, 20
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				err := b.tryAdd("Bob", fmt.Sprint(w, " ", i))
				for errors.Is(err, todo.ErrConflict) {
					err = b.tryAdd("Bob", fmt.Sprint(w, " ", i))
				}
				assert.NoError(t, err)
			}
		})
	}
	wg.Wait()
	titles := map[string]bool{}
	for e := range b.load("Bob").Entries(todo.Always) {
		titles[e.Title] = true
	}
	assert.Len(t, titles, writers*each)
	assert.Equal(t, writers*each, b.load("Bob").Len())
	after := todo.Version(0)
	for _, a := range all(t, b.Since(t.Context(), "Bob", 0)) {
		assert.Equal(t, after, a.After)
		after = a.Version
	}
}

// tryAdd adds an entry to the list as it is now, if nobody else changes it meanwhile.
func (b *bench) tryAdd(name, title string) error {
	list, err := b.Load(b.t.Context(), name)
	if err != nil {
		return err
	}
	made, next, err := batch(list, add(0, title))
	if err != nil {
		return err
	}
	_, err = b.Append(b.t.Context(), name, list.Version, next, made)
	return err
}

// A drop empties the list and its history. Its name, its version and what it was asked
// to do are kept.
func drop(b *bench) {
	t := b.t
	b.change("Bob", add(0, "one"))
	b.change("Bob", func(d *todo.Draft) error {
		_, err := d.Once(&todo.Operation{Key: [16]byte{1}}, func() error { return add(0, "two")(d) })
		return err
	})
	gone := b.change("Bob", func(d *todo.Draft) error {
		_, err := d.Once(&todo.Operation{Key: [16]byte{2}}, d.Drop)
		return err
	})
	for range 2 {
		list := b.load("Bob")
		assert.Zero(t, list.Len())
		assert.Zero(t, list.Rev)
		assert.Equal(t, gone.Version, list.Version)
		assert.Len(t, list.Memories(), 2)
		assert.Empty(t, all(t, b.History(t.Context(), "Bob", 1)))
		b.reopen()
	}
	b.change("Bob", add(0, "anew"))
	for range 2 {
		list := b.load("Bob")
		assert.Equal(t, uint64(1), list.Rev)
		assert.Len(t, list.Memories(), 2)
		assert.Len(t, all(t, b.History(t.Context(), "Bob", 1)), 1)
		b.reopen()
	}
}
