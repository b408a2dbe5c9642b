package todo_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"todoshell/todo"
)

// model is a list as one would write it without a tree and without a journal:
// it keeps a copy of everything for each step back and forward.
type model struct {
	entries      map[uint64]todo.Entry
	lastID, rev  uint64
	past, future []map[uint64]todo.Entry
}

func (m *model) change(f func(entries map[uint64]todo.Entry)) {
	next := maps.Clone(m.entries)
	f(next)
	if maps.Equal(next, m.entries) {
		return
	}
	m.past, m.future = append(m.past, m.entries), nil
	m.become(next)
}

// become returns the entries that were not there before, in order.
func (m *model) become(next map[uint64]todo.Entry) (came []todo.Entry) {
	for id, e := range next {
		m.lastID = max(m.lastID, id)
		if m.entries[id] != e {
			came = append(came, e)
		}
	}
	m.entries = next
	m.rev++
	slices.SortFunc(came, todo.Entry.Compare)
	return came
}

func (m *model) sorted() []todo.Entry {
	return append([]todo.Entry{}, slices.SortedFunc(maps.Values(m.entries), todo.Entry.Compare)...)
}

func (m *model) importAll(entries []todo.Entry) {
	seen := map[uint64]bool{0: true}
	keep := true
	for _, e := range entries {
		keep = keep && e.ID > m.lastID && e.ID <= todo.MaxID && !seen[e.ID]
		seen[e.ID] = true
	}
	last := m.lastID
	m.change(func(all map[uint64]todo.Entry) {
		for i, e := range entries {
			if !keep {
				e.ID = last + uint64(i) + 1
			}
			all[e.ID] = e
		}
	})
}

// machine runs each command on a draft and on the model, and does with the
// draft's changes what servers and stores do.
type machine struct {
	model
	draft    *todo.Draft
	taken    int           // how many of the draft's changes are in the journal
	journal  []todo.Change // since the last drop
	replayed todo.List     // the fold of the journal
	kept     map[*todo.List][]todo.Entry
}

func (m *machine) begin(list todo.List) {
	m.draft, m.taken = list.Draft(), 0
	m.draft.Past = func(rev uint64) (todo.Change, error) { return m.journal[rev-1], nil }
}

var (
	someDate   = rapid.Map(rapid.Int32Range(0, 5), func(n int32) todo.Date { return todo.Date(n) })
	someTitle  = rapid.SampledFrom([]string{"a", "b", "c"})
	someStatus = rapid.SampledFrom([]todo.Status{todo.Open, todo.Done})
)

// some draws ids: a run of those there are, and at times one more that is
// unknown or given twice.
func (m *machine) some(t *rapid.T) []uint64 {
	ids := slices.Sorted(maps.Keys(m.entries))
	from := rapid.IntRange(0, len(ids)).Draw(t, "from")
	ids = ids[from:min(len(ids), from+rapid.IntRange(0, 100).Draw(t, "n"))]
	switch rapid.IntRange(0, 9).Draw(t, "extra") {
	case 0:
		ids = append(ids, rapid.Uint64Range(0, m.lastID+1).Draw(t, "id"))
	case 1:
		ids = append(ids, ids...)
	}
	return ids
}

func (m *machine) one(t *rapid.T) []uint64 { return append(m.some(t), m.lastID+1)[:1] }

// edit runs a command on entries; f does the same to the model, entry by entry,
// and returns what the command should answer.
func (m *machine) edit(t *rapid.T, ids []uint64, command func(...uint64) ([]todo.Entry, error), f func(all map[uint64]todo.Entry, e todo.Entry) todo.Entry) {
	got, err := command(ids...)
	unknown := slices.ContainsFunc(ids, func(id uint64) bool { return m.entries[id].ID == 0 })
	if unknown {
		require.ErrorIs(t, err, unknownID)
		return
	}
	require.NoError(t, err)
	var want []todo.Entry
	m.change(func(all map[uint64]todo.Entry) {
		for i, id := range ids {
			if !slices.Contains(ids[:i], id) {
				want = append(want, f(all, all[id]))
			}
		}
	})
	require.Equal(t, want, got)
}

func set(all map[uint64]todo.Entry, e todo.Entry) todo.Entry {
	all[e.ID] = e
	return e
}

func (m *machine) Add(t *rapid.T) {
	date, title := someDate.Draw(t, "date"), someTitle.Draw(t, "title")
	got, err := m.draft.Add(date, title)
	require.NoError(t, err)
	want := todo.Entry{ID: m.lastID + 1, Date: date, Title: title}
	require.Equal(t, want, got)
	m.change(func(all map[uint64]todo.Entry) { set(all, want) })
}

// Import brings enough entries for trees of some levels.
func (m *machine) Import(t *rapid.T) {
	n := rapid.IntRange(0, 150).Draw(t, "n")
	first := rapid.SampledFrom([]uint64{0, m.lastID, m.lastID + 1, m.lastID + 40}).Draw(t, "first id")
	stride := rapid.Uint64Range(0, 5).Draw(t, "stride")
	date, title, status := someDate.Draw(t, "date"), someTitle.Draw(t, "title"), someStatus.Draw(t, "status")
	entries := make([]todo.Entry, n)
	for i := range entries {
		entries[i] = todo.Entry{ID: first + uint64(i)*stride, Date: (date + todo.Date(i)) % 6, Title: title, Status: status}
	}
	if rapid.Bool().Draw(t, "backwards") {
		slices.Reverse(entries)
	}
	require.NoError(t, m.draft.Import(entries))
	m.importAll(entries)
}

func (m *machine) SetDate(t *rapid.T) {
	date := someDate.Draw(t, "date")
	command := func(ids ...uint64) ([]todo.Entry, error) {
		e, err := m.draft.SetDate(ids[0], date)
		return []todo.Entry{e}, err
	}
	m.edit(t, m.one(t), command, func(all map[uint64]todo.Entry, e todo.Entry) todo.Entry {
		e.Date = date
		return set(all, e)
	})
}

func (m *machine) SetTitle(t *rapid.T) {
	title := someTitle.Draw(t, "title")
	command := func(ids ...uint64) ([]todo.Entry, error) {
		e, err := m.draft.SetTitle(ids[0], title)
		return []todo.Entry{e}, err
	}
	m.edit(t, m.one(t), command, func(all map[uint64]todo.Entry, e todo.Entry) todo.Entry {
		e.Title = title
		return set(all, e)
	})
}

func (m *machine) Finish(t *rapid.T) {
	m.edit(t, m.some(t), m.draft.Finish, func(all map[uint64]todo.Entry, e todo.Entry) todo.Entry {
		e.Status = todo.Done
		return set(all, e)
	})
}

func (m *machine) Reopen(t *rapid.T) {
	m.edit(t, m.some(t), m.draft.Reopen, func(all map[uint64]todo.Entry, e todo.Entry) todo.Entry {
		e.Status = todo.Open
		return set(all, e)
	})
}

func (m *machine) Delete(t *rapid.T) {
	m.edit(t, m.some(t), m.draft.Delete, func(all map[uint64]todo.Entry, e todo.Entry) todo.Entry {
		delete(all, e.ID)
		return e
	})
}

func (m *machine) Undo(t *rapid.T) { m.back(t, m.draft.Undo, &m.past, &m.future, nothingToUndo) }
func (m *machine) Redo(t *rapid.T) { m.back(t, m.draft.Redo, &m.future, &m.past, nothingToRedo) }

func (m *machine) back(t *rapid.T, command func() ([]todo.Entry, error), from, to *[]map[uint64]todo.Entry, nothing error) {
	for range rapid.IntRange(1, 4).Draw(t, "times") {
		got, err := command()
		n := len(*from)
		if n == 0 {
			require.ErrorIs(t, err, nothing)
			return
		}
		require.NoError(t, err)
		*to = append(*to, m.entries)
		want := m.become((*from)[n-1])
		*from = (*from)[:n-1]
		slices.SortFunc(got, todo.Entry.Compare)
		require.Equal(t, want, got)
	}
}

func (m *machine) Drop(t *rapid.T) {
	if rapid.IntRange(0, 3).Draw(t, "really") > 0 {
		t.Skip("a list should grow old, too")
	}
	err := m.draft.Drop()
	if m.rev == 0 {
		require.ErrorIs(t, err, &todo.Error{Code: todo.UnknownList})
		return
	}
	require.NoError(t, err)
	m.model = model{entries: map[uint64]todo.Entry{}}
}

// Snapshot goes on with a new draft, as a server does after each batch, or with
// a list that was written and read.
func (m *machine) Snapshot(t *rapid.T) {
	list := m.draft.Snapshot()
	m.kept[&list] = m.sorted()
	switch rapid.IntRange(0, 2).Draw(t, "go on with") {
	case 0:
		m.begin(list)
	case 1:
		entries := m.sorted()
		slices.Reverse(entries)
		again, err := todo.NewList(list.State, entries)
		require.NoError(t, err)
		m.begin(again)
	}
}

func (m *machine) Check(t *rapid.T) {
	entries := m.sorted()
	require.Equal(t, entries, all(m.draft.List))
	require.Equal(t, m.rev, m.draft.Rev)
	require.Equal(t, m.lastID, m.draft.LastID)

	span := todo.Span{From: someDate.Draw(t, "from"), To: someDate.Draw(t, "to")}
	if rapid.Bool().Draw(t, "of a status") {
		status := someStatus.Draw(t, "status")
		span.Status = &status
	}
	var inSpan []todo.Entry
	open, first := 0, todo.Date(0)
	for _, e := range entries {
		got, found := m.draft.Entry(e.ID)
		require.True(t, found && got == e, "%v is not %v", got, e)
		if e.Status == todo.Open {
			if open++; open == 1 {
				first = e.Date
			}
		}
		inside := e.Date.Compare(span.From) >= 0 && e.Date.Compare(span.To) <= 0
		if inside && (span.Status == nil || *span.Status == e.Status) {
			inSpan = append(inSpan, e)
		}
	}
	require.Equal(t, len(entries), m.draft.Len())
	require.Equal(t, open, m.draft.Open())
	require.Equal(t, first, m.draft.FirstOpen())
	require.Equal(t, inSpan, slices.Collect(m.draft.Entries(span)), "%v", span)
	_, found := m.draft.Entry(m.lastID + 1)
	require.False(t, found)

	for _, c := range m.draft.Changes[m.taken:] {
		require.Equal(t, m.replayed.Rev+1, c.Rev)
		m.journal = append(m.journal, c)
		var err error
		m.replayed, err = m.replayed.Apply(c)
		require.NoError(t, err)
		if c.Kind == todo.Drop {
			m.journal, m.replayed = nil, todo.List{}
		}
	}
	m.taken = len(m.draft.Changes)
	require.Equal(t, m.draft.State, m.replayed.State)
	require.Equal(t, entries, all(m.replayed))
	require.Equal(t, open, m.replayed.Open())
}

func TestDraftIsTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{model: model{entries: map[uint64]todo.Entry{}}, kept: map[*todo.List][]todo.Entry{}}
		m.begin(todo.List{})
		t.Repeat(rapid.StateMachineActions(m))
		for list, entries := range m.kept {
			require.Equal(t, entries, all(*list), "the snapshot of revision %d", list.Rev)
		}
		var again todo.List
		for _, c := range m.journal {
			var err error
			again, err = again.Apply(c)
			require.NoError(t, err, fmt.Sprint(c))
		}
		require.Equal(t, m.draft.State, again.State)
		require.Equal(t, m.sorted(), all(again))
	})
}
