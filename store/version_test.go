package store

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

var writeV1 = flag.Bool("write-v1", false, "write the data folders of version 1 to testdata, where there are none")

// Data folders that the first release has written, and beside each a listing of
// what is in it. They stay as they are: every later release must read them.
const (
	v1         = "testdata/v1"          // as a store leaves it that was closed
	v1Unclosed = "testdata/v1-unclosed" // the same, after more changes and kill -9
)

func TestOldVersions(t *testing.T) {
	if *writeV1 {
		writeOldVersions(t)
	}
	for _, dir := range []string{v1, v1Unclosed} {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			want, err := os.ReadFile(dir + ".txt")
			require.NoError(t, err, "the data is missing; write it with: go test ./store -run '^TestOldVersions$' -write-v1")
			data := filepath.Join(t.TempDir(), "data")
			require.NoError(t, os.CopyFS(data, os.DirFS(dir)))
			s := openOnDisk(t, data)
			// A checkout may have put in Windows line ends.
			assert.Equal(t, strings.ReplaceAll(string(want), "\r\n", "\n"), listing(t, s))
			checkClean(t, s)
			goOn(t, s)
		})
	}
}

// goOn changes each list of an old folder, and looks at it once more.
func goOn(t *testing.T, s *Store) {
	t.Helper()
	names := namesOf(t, s, "")
	require.NotEmpty(t, names)
	var want []todo.List
	for _, name := range names {
		list := add(t, s, name, "of today")
		list, err := run(s, name, list, undoing)
		require.NoError(t, err)
		list, err = run(s, name, list, undoing) // a change of then
		require.NoError(t, err)
		want = append(want, list)
	}
	require.NoError(t, drop(s, names[0]))
	want[0] = add(t, s, names[0], "anew")
	s = reopen(t, s)
	for i, name := range names {
		assertSame(t, want[i], loaded(t, s, name))
	}
	checkClean(t, s)
}

func undoing(d *todo.Draft) error {
	_, err := d.Undo()
	return err
}

// listing says all there is to know of what a store holds.
func listing(tb testing.TB, s *Store) string {
	tb.Helper()
	var b strings.Builder
	for _, name := range namesOf(tb, s, "") {
		describe(tb, &b, name, loaded(tb, s, name), func(yield func(todo.Change)) {
			for c, err := range s.History(ctx, name, 1) {
				require.NoError(tb, err)
				yield(c)
			}
		})
	}
	return b.String()
}

// describe puts a list and its journal into words.
func describe(tb testing.TB, b *strings.Builder, name string, list todo.List, journal func(func(todo.Change))) {
	tb.Helper()
	fmt.Fprintf(b, "list %q: revision %d, last id %d, undo %d, redo %d, %d entries, %d open\n",
		name, list.Rev, list.LastID, list.UndoRev, list.RedoRev, list.Len(), list.Open())
	for e := range list.Entries(todo.Always) {
		fmt.Fprintf(b, "  %d %v %v %q\n", e.ID, e.Date, e.Status, e.Title)
	}
	journal(func(c todo.Change) {
		fmt.Fprintf(b, "  revision %d at %s: %v, %d edits, of %d, before %d, after %d\n",
			c.Rev, c.Time.Format(time.RFC3339Nano), c.Kind, len(c.Edits), c.Of, c.Earlier, c.Later)
	})
}

// writeOldVersions writes both folders, unless they are there, and their
// listings as the commands, not the store, say.
func writeOldVersions(t *testing.T) {
	t.Helper()
	require.NoDirExists(t, "testdata/v1", "what a release has written is never written again")
	require.NoDirExists(t, "testdata/v1-unclosed")
	require.NoError(t, os.MkdirAll("testdata", 0o750))
	require.NoError(t, os.WriteFile("testdata/.gitattributes", []byte("* -text\n"), 0o600))
	data := filepath.Join(t.TempDir(), "data")
	w := &oldWriter{TB: t, lists: map[string]*oldList{}}

	s, err := open(data, private{vfs.Default})
	require.NoError(t, err)
	w.first(s)
	require.NoError(t, s.Close())
	w.keep(data, v1)

	s, err = open(data, private{vfs.Default})
	require.NoError(t, err)
	w.second(s)
	w.keep(data, v1Unclosed) // all that was answered is in the files
	require.NoError(t, s.Close())
}

// An oldWriter writes what every release must read.
type oldWriter struct {
	testing.TB
	lists map[string]*oldList
	clock int
}

type oldList struct {
	todo.List
	journal []todo.Change
}

// append appends one record, of one change or more.
func (w *oldWriter) append(s *Store, name string, commands ...func(*todo.Draft) error) {
	w.Helper()
	l := w.lists[name]
	if l == nil {
		l = &oldList{}
		w.lists[name] = l
	}
	d := l.Draft()
	w.clock++
	d.Time = someTime.Add(time.Duration(w.clock) * time.Hour)
	d.Past = func(rev uint64) (todo.Change, error) { return l.journal[rev-1], nil }
	for _, command := range commands {
		require.NoError(w, command(d))
	}
	l.List = d.Snapshot()
	require.NoError(w, s.Append(ctx, name, l.List, d.Changes))
	for _, c := range d.Changes {
		if l.journal = append(l.journal, c); c.Kind == todo.Drop {
			l.journal = nil
		}
	}
}

// keep copies the folder as it is, but for what any release makes anew.
func (w *oldWriter) keep(data, dir string) {
	w.Helper()
	require.NoError(w, os.CopyFS(dir, os.DirFS(data)))
	require.NoError(w, os.Remove(filepath.Join(dir, ballastFile)))
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(w.lists)) {
		if l := w.lists[name]; l.Rev > 0 {
			describe(w, &b, name, l.List, func(yield func(todo.Change)) {
				for _, c := range l.journal {
					yield(c)
				}
			})
		}
	}
	require.NoError(w, os.WriteFile(dir+".txt", []byte(b.String()), 0o600))
}

// The commands of the lists.

func adds(date todo.Date, title string) func(*todo.Draft) error {
	return func(d *todo.Draft) error { _, err := d.Add(date, title); return err }
}

func imports(entries ...todo.Entry) func(*todo.Draft) error {
	return func(d *todo.Draft) error { return d.Import(entries) }
}

func sets(id uint64, date todo.Date, title string) func(*todo.Draft) error {
	return func(d *todo.Draft) error {
		if _, err := d.SetDate(id, date); err != nil {
			return err
		}
		_, err := d.SetTitle(id, title)
		return err
	}
}

func on(f func(*todo.Draft, ...uint64) ([]todo.Entry, error), ids ...uint64) func(*todo.Draft) error {
	return func(d *todo.Draft) error { _, err := f(d, ids...); return err }
}

func redoing(d *todo.Draft) error {
	_, err := d.Redo()
	return err
}

func upTo(n int) []uint64 {
	ids := make([]uint64, n)
	for i := range ids {
		ids[i] = uint64(i) + 1
	}
	return ids
}

// first is the first run: everything that can be in a journal.
func (w *oldWriter) first(s *Store) {
	finish, reopen, remove := (*todo.Draft).Finish, (*todo.Draft).Reopen, (*todo.Draft).Delete
	w.append(s, "Bob", adds(738_886, "Dentist"))
	w.append(s, "Bob", adds(0, "no date"), adds(todo.MaxDate, "last day"), adds(todo.MinDate, "first day"))
	w.append(s, "Bob", imports(todo.Entry{ID: 40, Title: "keeps its id", Status: todo.Done}, todo.Entry{ID: 41, Date: 738_887, Title: "a\tb\nc\\"}))
	w.append(s, "Bob", sets(1, 738_900, "Dentist, with X-rays"), on(finish, 1, 2), on(reopen, 2))
	w.append(s, "Bob", sets(2, 738_901, strings.Repeat("long ", 100)), sets(3, 0, "dated no more"), on(remove, 4, 40))
	w.append(s, "Bob", undoing, undoing, redoing)

	w.append(s, "gone", adds(0, "nobody sees this"))
	w.append(s, "gone", (*todo.Draft).Drop)
	w.append(s, "dropped and begun anew", adds(1, "first life"), adds(2, "first life"))
	w.append(s, "dropped and begun anew", adds(3, "first life"), (*todo.Draft).Drop, adds(0, "second life"))

	w.append(s, "买东西", adds(738_890, "牛奶和面包"), adds(0, "鸡蛋"))
	w.append(s, "买东西", on(finish, 1))
	w.append(s, "مرحبا", adds(738_891, "اشتر الحليب"))
	w.append(s, "🎉 party", adds(738_892, "🎂 👩‍👩‍👧‍👦 e\u0301"), adds(0, "\"quotes\" #5 C:\\temp"))

	many := make([]todo.Entry, 512)
	for i := range many {
		many[i] = todo.Entry{Title: string(rune('a' + i%26)), Date: todo.Date(i % 3)}
	}
	w.append(s, "large", imports(many...))
	for i := range snapshotEvery/len(many) - 1 { // the last one makes a snapshot
		w.append(s, "large", on([]func(*todo.Draft, ...uint64) ([]todo.Entry, error){finish, reopen}[i%2], upTo(len(many))...))
	}
	w.append(s, "large", on(remove, upTo(len(many)-30)...))
	w.append(s, "large", on(reopen, uint64(len(many))))
}

// second is the run that is cut off: it goes on with some lists, and makes a
// snapshot that is in the log alone.
func (w *oldWriter) second(s *Store) {
	finish, reopen := (*todo.Draft).Finish, (*todo.Draft).Reopen
	w.append(s, "Bob", adds(738_999, "in the log"), undoing)
	w.append(s, "Bob", redoing)
	w.append(s, "large", undoing)
	w.append(s, "مرحبا", (*todo.Draft).Drop)
	w.append(s, "gone", adds(0, "back again"))
	few := make([]todo.Entry, 64)
	for i := range few {
		few[i].Title = string(rune('A' + i%26))
	}
	w.append(s, "long log", imports(few...))
	for range snapshotEvery / 64 / 2 {
		w.append(s, "long log", on(finish, upTo(64)...), on(reopen, upTo(64)...))
	}
	w.append(s, "long log", on(finish, 7))
}
