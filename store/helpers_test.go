package store

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

// Cleanups use it, after a test's own has ended.
var ctx = context.Background()

var someTime = time.Unix(1_700_000_000, 123_456_789).UTC()

// openIn opens a store that is closed at the end of the test.
func openIn(tb testing.TB, dir string, fs vfs.FS) *Store {
	tb.Helper()
	s, err := open(dir, fs)
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = s.Close() })
	return s
}

// openMemory opens a store in memory whose check must find nothing at the end.
func openMemory(tb testing.TB) *Store {
	tb.Helper()
	s := openIn(tb, "data", vfs.NewMem())
	tb.Cleanup(func() { checkClean(tb, s) })
	return s
}

func checkClean(tb testing.TB, s *Store) Summary {
	tb.Helper()
	sum, err := s.Check(ctx, func(err error) { tb.Errorf("check: %v", err) })
	require.NoError(tb, err)
	return sum
}

// draft begins a draft that finds earlier changes in the store.
func draft(s *Store, name string, list todo.List) *todo.Draft {
	d := list.Draft()
	d.Time = someTime
	d.Past = func(rev uint64) (todo.Change, error) { return past(s, name, rev) }
	return d
}

// past returns a change of a list.
func past(s *Store, name string, rev uint64) (todo.Change, error) {
	for c, err := range s.History(ctx, name, rev) {
		return c, err
	}
	return todo.Change{}, errMissing
}

// run appends what f does to a list.
func run(s *Store, name string, list todo.List, f func(d *todo.Draft) error) (todo.List, error) {
	d := draft(s, name, list)
	if err := f(d); err != nil {
		return list, err
	}
	return appendTo(s, name, list, d.Snapshot(), d.Changes)
}

// appendTo appends changes to a list, which lead to another.
func appendTo(s *Store, name string, list, next todo.List, changes []todo.Change) (todo.List, error) {
	version, err := s.Append(ctx, name, list.Version, next, todo.NewBatch(changes))
	if err != nil {
		return list, err
	}
	next.Version = version
	return next, nil
}

func adding(titles ...string) func(*todo.Draft) error {
	return func(d *todo.Draft) error {
		for _, title := range titles {
			if _, err := d.Add(todo.Date(738_000+len(title)), title); err != nil {
				return err
			}
		}
		return nil
	}
}

// add appends entries to a list as it is in the store, one change each.
func add(tb testing.TB, s *Store, name string, titles ...string) todo.List {
	tb.Helper()
	list, err := s.Load(ctx, name)
	require.NoError(tb, err)
	list, err = run(s, name, list, adding(titles...))
	require.NoError(tb, err)
	return list
}

// addMany imports n entries in one change.
func addMany(tb testing.TB, s *Store, name string, n int) todo.List {
	tb.Helper()
	list, err := s.Load(ctx, name)
	require.NoError(tb, err)
	list, err = run(s, name, list, func(d *todo.Draft) error { return d.Import(entries(n)) })
	require.NoError(tb, err)
	return list
}

func entries(n int) []todo.Entry {
	all := make([]todo.Entry, n)
	for i := range all {
		all[i] = todo.Entry{Date: todo.Date(738_000 + i%365), Status: todo.Status(i % 2), Title: fmt.Sprintf("entry %d", i)}
	}
	return all
}

func loaded(tb testing.TB, s *Store, name string) todo.List {
	tb.Helper()
	list, err := s.Load(ctx, name)
	require.NoError(tb, err)
	return list
}

func titles(l todo.List) []string {
	var all []string
	for e := range l.Entries(todo.Always) {
		all = append(all, e.Title)
	}
	return all
}

func assertSame(tb testing.TB, want, got todo.List) {
	tb.Helper()
	assert.Equal(tb, want.State, got.State)
	assert.Equal(tb, want.Version, got.Version)
	assert.Equal(tb, want.FirstOpen(), got.FirstOpen())
	assert.True(tb, equal(want, got), "want %d entries, got %d", want.Len(), got.Len())
	assert.Equal(tb, want.Open(), got.Open())
	assert.Equal(tb, remembered(want), remembered(got))
}

func remembered(l todo.List) (all []string) {
	for _, m := range l.Memories() {
		all = append(all, fmt.Sprintf("%x %x %d %v %v", m.Key, m.Request, m.Rev, m.Drop, m.Gone))
	}
	return all
}

// replay folds a whole journal.
func replay(s *Store, name string) (todo.List, error) {
	d := todo.List{}.Draft()
	for c, err := range s.History(ctx, name, 1) {
		if err == nil {
			err = d.Apply(c)
		}
		if err != nil {
			return todo.List{}, err
		}
	}
	h, err := s.readHead(name)
	if err != nil {
		return todo.List{}, err
	}
	d.Version = h.Version
	return d.Snapshot(), nil
}

func namesOf(tb testing.TB, s *Store, prefix string) []string {
	tb.Helper()
	var all []string
	for h, err := range s.Heads(ctx, prefix, "") {
		require.NoError(tb, err)
		if h.Rev > 0 {
			all = append(all, h.Name)
		}
	}
	return all
}

func code(c todo.Code) error { return &todo.Error{Code: c} }

// put writes a value past the store, as a broken disk or program would.
func put(tb testing.TB, s *Store, key, value []byte) {
	tb.Helper()
	require.NoError(tb, s.db.Set(key, value, pebble.Sync))
	s.heads = newHeadCache()
}

func valueOf(tb testing.TB, s *Store, key []byte) []byte {
	tb.Helper()
	v, closer, err := s.db.Get(key)
	require.NoError(tb, err)
	defer closer.Close()
	return append([]byte(nil), v...)
}

// long is a name as long as can be.
var long = strings.Repeat("長", todo.MaxName/3)

// The changes of a list on which every command was run once.
func everyKind(t *testing.T) (todo.List, []todo.Change) {
	t.Helper()
	d := todo.List{}.Draft()
	d.Time = someTime
	must := func(_ any, err error) { require.NoError(t, err) }
	must(d.Add(738_000, "milk"))
	must(d.Add(0, "買い物 🛒\nand more"))
	must(d.SetDate(1, todo.MaxDate))
	must(d.SetTitle(1, strings.Repeat("x", todo.MaxTitle)))
	must(d.Finish(1, 2))
	must(d.Reopen(1))
	must(d.Undo())
	must(d.Undo())
	must(d.Redo())
	must(d.Delete(2))
	must(nil, d.Import([]todo.Entry{{ID: todo.MaxID, Title: "last", Status: todo.Done}, {ID: 9, Date: 1, Title: "first"}}))
	return d.Snapshot(), d.Changes
}
