package storetest

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/todo"
)

// An Engine is what is tested.
type Engine struct {
	// Open opens a new, empty store, which is closed when the test ends.
	Open func(t *testing.T) cache.Log
	// Reopen ends a store that Open returned, and opens what it has kept. Nil: it
	// keeps nothing when it ends.
	Reopen func(t *testing.T, log cache.Log) cache.Log
}

// Run runs all tests of the suite.
func Run(t *testing.T, e Engine) {
	t.Helper()
	for name, test := range map[string]func(*bench){
		"Versions":   versions,
		"Conflicts":  conflicts,
		"Repeated":   repeated,
		"Racing":     racing,
		"Drop":       drop,
		"History":    history,
		"Operations": operations,
		"Snapshots":  snapshots,
		"Since":      since,
		"Fresh":      fresh,
		"Feed":       feed,
		"FeedOfMany": feedOfMany,
		"Heads":      heads,
		"Due":        due,
		"Find":       find,
		"Random":     random,
	} {
		t.Run(name, func(t *testing.T) {
			test(&bench{t: t, engine: e, Log: e.Open(t)})
		})
	}
}

// A bench is a store that is being tested.
type bench struct {
	cache.Log
	t      *testing.T
	engine Engine
}

// reopen goes on with the store as it is after an end and a start, if it can.
func (b *bench) reopen() {
	if b.engine.Reopen != nil {
		b.Log = b.engine.Reopen(b.t, b.Log)
	}
}

func (b *bench) load(name string) todo.List {
	b.t.Helper()
	list, err := b.Load(b.t.Context(), name)
	require.NoError(b.t, err)
	return list
}

// batch makes a batch of commands on a list, and what it leads to.
func batch(list todo.List, commands ...func(*todo.Draft) error) (todo.Batch, todo.List, error) {
	d := list.Draft()
	d.Time = time.Unix(1_700_000_000, 0).UTC()
	for _, command := range commands {
		if err := command(d); err != nil {
			return todo.Batch{}, list, err
		}
	}
	return todo.NewBatch(slices.Clone(d.Changes)), d.Snapshot(), nil
}

// change appends commands to a list as one batch.
func (b *bench) change(name string, commands ...func(*todo.Draft) error) todo.Append {
	b.t.Helper()
	list := b.load(name)
	made, next, err := b.batch(name, list, commands...)
	require.NoError(b.t, err)
	v, err := b.Append(b.t.Context(), name, list.Version, next, made)
	require.NoError(b.t, err)
	require.Greater(b.t, v, list.Version)
	return todo.Append{List: name, Partition: b.partition(name), After: list.Version, Version: v, Batch: made}
}

// partition returns the partition of a list.
func (b *bench) partition(name string) int {
	for head, err := range b.Heads(b.t.Context(), name, name) {
		require.NoError(b.t, err)
		return head.Partition
	}
	return 0
}

// batch is the function above for commands that look into the past.
func (b *bench) batch(name string, list todo.List, commands ...func(*todo.Draft) error) (todo.Batch, todo.List, error) {
	return batch(list, slices.Concat([]func(*todo.Draft) error{func(d *todo.Draft) error {
		d.Past = func(rev uint64) (todo.Change, error) {
			for c, err := range b.History(b.t.Context(), name, rev) {
				return c, err
			}
			return todo.Change{}, errors.New("it is not there")
		}
		return nil
	}}, commands)...)
}

func add(date todo.Date, title string) func(*todo.Draft) error {
	return func(d *todo.Draft) error {
		_, err := d.Add(date, title)
		return err
	}
}

func finish(ids ...uint64) func(*todo.Draft) error {
	return func(d *todo.Draft) error {
		_, err := d.Finish(ids...)
		return err
	}
}

func undo(d *todo.Draft) error { _, err := d.Undo(); return err }

func redo(d *todo.Draft) error { _, err := d.Redo(); return err }

// all collects what an iterator yields until it ends without an error.
func all[T any](t *testing.T, values iter.Seq2[T, error]) []T {
	t.Helper()
	collected := []T{}
	for value, err := range values {
		require.NoError(t, err)
		collected = append(collected, value)
	}
	return collected
}

// same tells whether two lists are the same to whoever uses them.
func same(t *testing.T, want, got todo.List) {
	t.Helper()
	require.Equal(t, want.Version, got.Version)
	require.Equal(t, want.State, got.State)
	require.Equal(t, slices.Collect(want.Entries(todo.Always)), slices.Collect(got.Entries(todo.Always)))
	require.Equal(t, want.Open(), got.Open())
	require.Equal(t, want.FirstOpen(), got.FirstOpen())
	require.Equal(t, memories(want), memories(got))
}

// memories returns what a list remembers, as text.
func memories(l todo.List) (all []string) {
	for _, m := range l.Memories() {
		all = append(all, fmt.Sprint(m.Operation, m.Rev, m.Drop, m.Gone))
	}
	return all
}
