package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

// Data folders that earlier releases have written, and beside each a listing of what is
// in it, which they have written, too. They stay as they are: every later release must read
// them.
var oldVersions = []string{
	"v1",          // as a store leaves it that was closed
	"v1-unclosed", // the same, after more changes and kill -9
	"v2",          // with operations, after kill -9
}

func TestOldVersions(t *testing.T) {
	for _, version := range oldVersions {
		t.Run(version, func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data")
			require.NoError(t, os.CopyFS(data, os.DirFS(filepath.Join("testdata", version))))
			s := openOnDisk(t, data)
			want := listingOf(t, version)
			for range 2 {
				assert.Equal(t, want, listing(t, s))
				checkClean(t, s)
				s = reopen(t, s)
			}
			goOn(t, s)
		})
	}
}

// listingOf returns what was in the folder of an old version.
func listingOf(tb testing.TB, version string) string {
	tb.Helper()
	want, err := os.ReadFile(filepath.Join("testdata", version+".txt"))
	require.NoError(tb, err)
	return strings.ReplaceAll(string(want), "\r\n", "\n") // a checkout may have put in Windows line ends
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
	assert.Greater(t, loaded(t, s, names[0]).Version, want[0].Version)
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
	for h, err := range s.Heads(ctx, "", "") {
		require.NoError(tb, err)
		list := loaded(tb, s, h.Name)
		assert.EqualValues(tb, list.Rev, list.Version, "the revision has become the version")
		assert.Equal(tb, todo.HeadOf(h.Name, list), h)
		fmt.Fprintf(&b, "list %q: revision %d, last id %d, undo %d, redo %d, %d entries, %d open\n",
			h.Name, list.Rev, list.LastID, list.UndoRev, list.RedoRev, list.Len(), list.Open())
		for e := range list.Entries(todo.Always) {
			fmt.Fprintf(&b, "  %d %v %v %q\n", e.ID, e.Date, e.Status, e.Title)
		}
		for c, err := range s.History(ctx, h.Name, 1) {
			require.NoError(tb, err)
			fmt.Fprintf(&b, "  revision %d at %s: %v, %d edits, of %d, before %d, after %d\n",
				c.Rev, c.Time.Format(time.RFC3339Nano), c.Kind, len(c.Edits), c.Of, c.Earlier, c.Later)
		}
		for _, m := range list.Memories() {
			assert.Equal(tb, m.Rev == 0, m.Gone)
			fmt.Fprintf(&b, "  operation %x, request %x: revision %d\n", m.Key, m.Request, m.Rev)
		}
	}
	return b.String()
}
