package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

// Heads tell what lists hold, in the order of the names.
func heads(b *bench) {
	t := b.t
	want := map[string]todo.Head{}
	for i, name := range []string{"Bob", "alice", "Bobby", "Bo", "Ärger", "\U0001F33B", "Bob's", "zoo", "Bo\u00ffb"} {
		for n := range i + 1 {
			b.change(name, add(todo.Date(100*n), "one"))
		}
		b.change(name, finish(1, uint64(i/2+1)))
		want[name] = todo.HeadOf(name, b.load(name))
	}
	b.change("zoo", (*todo.Draft).Drop)
	want["zoo"] = todo.Head{Name: "zoo", Version: b.load("zoo").Version}
	totals := todo.Totals{}
	for _, h := range want {
		if totals.Open += h.Open; h.Rev > 0 {
			totals.Lists++
		}
	}
	for range 2 {
		for _, prefix := range []string{"", "Bo", "Bob", "Bob'", "B\u00f6", "z", "nobody"} {
			for _, from := range []string{"", "Bob", "Bobb", "a", "\U0001F33B", "\U0001F33C"} {
				got := all(t, b.Heads(t.Context(), prefix, from))
				for i := range got {
					got[i].Partition = 0 // is the engine's affair
				}
				assert.Equal(t, named(want, prefix, from), got, "%q from %q", prefix, from)
			}
		}
		got, err := b.Totals(t.Context())
		require.NoError(t, err)
		assert.Equal(t, totals, got)
		b.reopen()
	}
}

// named returns the heads that Heads must go through.
func named(want map[string]todo.Head, prefix, from string) []todo.Head {
	found := []todo.Head{}
	for name, h := range want {
		if len(name) >= len(prefix) && name[:len(prefix)] == prefix && name >= from {
			found = append(found, h)
		}
	}
	slices.SortFunc(found, func(a, b todo.Head) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return found
}

// Lists are found by their first open day.
func due(b *bench) {
	t := b.t
	day := func(names []string, prefix string, until todo.Date) {
		t.Helper()
		assert.Equal(t, names, all(t, b.Due(t.Context(), prefix, until)), "%q until %v", prefix, until)
	}
	b.change("late", add(todo.MaxDate, "one"))
	b.change("early", add(todo.MinDate, "one"))
	b.change("a middle", add(20_000, "one"), add(20_001, "two"))
	b.change("b middle", add(20_000, "one"), add(0, "undated"))
	b.change("undated", add(0, "one"))
	b.change("empty", add(19_000, "one"), finish(1))
	for range 2 {
		day([]string{"early", "a middle", "b middle", "late"}, "", todo.MaxDate)
		day([]string{"early", "a middle", "b middle"}, "", 20_000)
		day([]string{"early"}, "", 19_999)
		day([]string{"b middle"}, "b", todo.MaxDate)
		day([]string{}, "undated", todo.MaxDate)
		b.reopen()
	}
	b.change("a middle", finish(1))
	b.change("b middle", finish(1))
	b.change("early", (*todo.Draft).Drop)
	day([]string{"a middle", "late"}, "", todo.MaxDate)
	day([]string{}, "", 20_000)
	b.change("a middle", undo)
	b.change("early", add(5, "anew"))
	for range 2 {
		day([]string{"early", "a middle"}, "", 20_000)
		b.reopen()
	}
}

// Whatever is done to lists, heads, totals and days are those of the lists, and the lists
// those of their changes.
func random(b *bench) {
	t := b.t
	seed := rand.Uint64()
	t.Log("seed", seed)
	draw := rand.New(rand.NewPCG(seed, 0))
	lists := map[string]todo.List{}
	for i := range 300 {
		name := fmt.Sprint("list ", draw.IntN(5))
		list := lists[name]
		var commands []func(*todo.Draft) error
		for range 1 + draw.IntN(4) {
			commands = append(commands, command(draw))
		}
		if draw.IntN(12) == 0 {
			commands = append(commands, quiet((*todo.Draft).Drop))
		}
		made, next, err := b.batch(name, list, commands...)
		require.NoError(t, err)
		if len(made.Changes) == 0 {
			continue
		}
		v, err := b.Append(t.Context(), name, list.Version, next, made)
		require.NoError(t, err)
		next.Version = v
		lists[name] = next
		if i%100 == 99 {
			b.reopen()
		}
	}
	totals, days := todo.Totals{}, []string{}
	for name, list := range lists {
		same(t, list, b.load(name))
		h := all(t, b.Heads(t.Context(), name, name))[0]
		h.Partition = 0
		want := todo.HeadOf(name, list)
		assert.Equal(t, want, h)
		if totals.Open += list.Open(); list.Rev > 0 {
			totals.Lists++
		}
		if list.FirstOpen() > 0 {
			days = append(days, fmt.Sprintf("%07d %s", list.FirstOpen(), name))
		}
	}
	got, err := b.Totals(t.Context())
	require.NoError(t, err)
	assert.Equal(t, totals, got)
	slices.Sort(days)
	for i := range days {
		days[i] = days[i][8:]
	}
	assert.Equal(t, days, all(t, b.Due(t.Context(), "", todo.MaxDate)))
}

// quiet makes a command's failure one that changes nothing.
func quiet(command func(*todo.Draft) error) func(*todo.Draft) error {
	return func(d *todo.Draft) error {
		_ = command(d)
		return nil
	}
}

// command draws a command.
func command(draw *rand.Rand) func(*todo.Draft) error {
	id, date := uint64(1+draw.IntN(8)), todo.Date(draw.IntN(4)*1000)
	return quiet([]func(*todo.Draft) error{
		add(date, "one"), add(date, "two"), finish(id), undo, redo,
		func(d *todo.Draft) error { _, err := d.Reopen(id); return err },
		func(d *todo.Draft) error { _, err := d.Delete(id); return err },
		func(d *todo.Draft) error { _, err := d.SetDate(id, date); return err },
		func(d *todo.Draft) error {
			return d.Import([]todo.Entry{{Date: date, Title: "three"}, {Title: "four"}})
		},
	}[draw.IntN(9)])
}
