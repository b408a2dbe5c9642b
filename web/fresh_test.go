package web

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/access"
	"todoshell/cache"
	"todoshell/server"
	"todoshell/store"
	"todoshell/todo"
)

// A behind log is a replica on another machine, which has what was appended at the origin only
// when it is asked for it.
type behind struct {
	*store.Store
	mu      sync.Mutex
	waiting []store.Update
	cut     error // why the origin can't be asked
	asked   []string
}

// told has the replica know of an append at the origin later.
func (b *behind) told(a todo.Append) {
	b.mu.Lock()
	defer b.mu.Unlock()
	u := store.Update{Append: a}
	u.Changes = append([]todo.Change(nil), a.Changes...)
	for i, c := range u.Changes {
		u.Changes[i].Edits = append([]todo.Edit(nil), c.Edits...)
	}
	b.waiting = append(b.waiting, u)
}

func (b *behind) Fresh(ctx context.Context, name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.asked = append(b.asked, name); b.cut != nil {
		return b.cut
	}
	waiting := b.waiting
	b.waiting = nil
	if len(waiting) == 0 {
		return nil
	}
	return b.Apply(ctx, waiting, todo.Position{waiting[len(waiting)-1].Version})
}

// isolate says why the origin can't be asked from now on, or nil.
func (b *behind) isolate(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cut = err
}

var errAlone = &todo.Error{Code: todo.ClusterUnavailable, Message: "10.0.0.1 can't be reached", Hint: "try again"}

// names returns of which lists it was asked since the last call.
func (b *behind) names() (asked []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	asked, b.asked = b.asked, nil
	return asked
}

// openTwo opens a place, and another machine that is behind it. They have a secret in common.
func openTwo(t *testing.T) (origin, other *place, b *behind) {
	t.Helper()
	origin = openPlace(t)
	replica, err := store.OpenReplica(t.TempDir(), store.Source{ID: "origin", Partitions: 1}, func(string) {})
	require.NoError(t, err)
	b = &behind{Store: replica}
	stop, err := origin.data.Follow(t.Context(), nil, b.told)
	require.NoError(t, err)
	other = &place{T: t, data: replica, lists: cache.New(&server.System{Now: noon}, b, 1000)}
	tokens := access.Open(access.Folder(""))
	other.web = New(Options{Cache: other.lists, Tokens: tokens, Local: true, Now: noon})
	t.Cleanup(func() {
		stop()
		tokens.Close()
		other.lists.Close()
		require.NoError(t, replica.Close())
	})
	other.serve()
	return origin, other, b
}

// What is asked for with fresh=1 is as new as what anybody has been answered.
func TestFresh(t *testing.T) {
	origin, other, b := openTwo(t)
	for _, look := range []struct{ path, list string }{
		{"/v1/lists?limit=1000", ""},
		{"/v1/lists/Bob", "Bob"},
		{"/v1/lists/Bob/entries?limit=1000", "Bob"},
		{"/v1/lists/Bob/entries/1?", "Bob"},
		{"/v1/lists/Bob/log?limit=1000", "Bob"},
		{"/v1/lists/Bob/export?format=csv", "Bob"},
		{"/v1/agenda?when=2024-01-01", ""},
		{"/v1/find?text=x", ""},
		{"/entries?list=Bob", "Bob"},
	} {
		fresh := look.path + "?fresh=1"
		if strings.Contains(look.path, "?") {
			fresh = look.path + "&fresh=1"
		}
		origin.add("Bob", "x")
		origin.do("PATCH", "/v1/lists/Bob/entries/1", fmt.Sprintf(`{"title":"x %s","date":"2024-01-01"}`, look.path))
		want := origin.do("GET", look.path, "").text
		assert.NotEqual(t, want, other.do("GET", look.path, "").text, "it is behind")
		assert.Empty(t, b.names())
		other.do("GET", fresh, "").is(other, 200, want)
		assert.Equal(t, []string{look.list}, b.names())
		origin.do("GET", fresh, "").is(origin, 200, want)

		b.isolate(errAlone)
		failed := other.do("GET", fresh, "").fails(other, 503, todo.ClusterUnavailable)
		assert.Equal(t, "1", failed.Header.Get("Retry-After"))
		assert.NotContains(t, failed.text, "10.0.0.1", "it gives nothing away")
		other.do("GET", look.path, "").is(other, 200, want)
		b.isolate(nil)
		b.names()
		other.do("GET", strings.Replace(fresh, "fresh=1", "fresh=yes", 1), "").fails(other, 422, todo.BadRequest)
		assert.Empty(t, b.names())
	}
	other.do("GET", "/v1/whoami?fresh=1", "").fails(other, 422, todo.BadRequest)
}

// Whoever brings an entity tag that they have got elsewhere is not answered with anything that is older.
func TestNeverOlderThanATag(t *testing.T) {
	origin, other, b := openTwo(t)
	for _, path := range []string{"/v1/lists/Bob", "/v1/lists/Bob/entries", "/v1/lists/Bob/entries?when=2024-01-01", "/v1/lists/Bob/entries/1", "/v1/lists/Bob/export"} {
		older := other.do("GET", path, "").Header.Get("ETag")
		origin.add("Bob", "x")
		origin.do("PATCH", "/v1/lists/Bob/entries/1", fmt.Sprintf(`{"title":"x %s","date":"2024-01-01"}`, path))
		want := origin.do("GET", path, "")
		newest := want.Header.Get("ETag")
		require.NotEmpty(t, newest, path)

		b.names()
		if older != "" && !strings.HasSuffix(path, "/1") {
			other.do("GET", path, "", "If-None-Match", older).is(other, 304, "")
			assert.Empty(t, b.names(), path)
		}
		for _, header := range []string{"If-None-Match", "If-Match"} {
			b.isolate(errAlone)
			other.do("GET", path, "", header, newest).fails(other, 503, todo.ClusterUnavailable)
			b.isolate(nil)
		}
		b.names()
		other.do("GET", path, "", "If-None-Match", older+", W/"+newest).is(other, 304, "")
		assert.Equal(t, []string{"Bob"}, b.names(), path)
		other.do("GET", path, "", "If-Match", newest).is(other, 200, want.text)
		other.do("GET", path, "", "If-None-Match", newest).is(other, 304, "")
		assert.Empty(t, b.names(), "%s is as new as the tag", path)
		other.do("GET", path, "", "If-Match", `"another"`).fails(other, 412, "changed")
	}
	// The tag of an entry says that the list has it.
	added := origin.do("POST", "/v1/lists/Bob/entries", `{"title":"just added"}`)
	all := other.do("GET", "/v1/lists/Bob/entries", "", "If-None-Match", added.Header.Get("ETag"))
	assert.Contains(t, all.text, "just added")
	added = origin.do("POST", "/v1/lists/Bob/entries", `{"title":"one more"}`)
	other.do("GET", added.Header.Get("Location"), "").fails(other, 404, todo.UnknownID)
	other.do("GET", added.Header.Get("Location"), "", "If-None-Match", added.Header.Get("ETag")).is(other, 304, "")
}

// Whoever has followed events on one machine goes on with them on another one that is behind.
func TestResumeElsewhere(t *testing.T) {
	origin, other, b := openTwo(t)
	for _, path := range []string{"/v1/lists/Bob/events", "/v1/events"} {
		here := origin.follow(path)
		origin.add("Bob", "seen")
		here.changes(1)
		origin.add("Bob", "missed")
		b.isolate(errAlone)
		failed := other.do("GET", path, "", "Last-Event-ID", here.id).fails(other, 503, todo.ClusterUnavailable)
		assert.Equal(t, "1", failed.Header.Get("Retry-After"))
		b.isolate(nil)
		there := other.follow(path, "Last-Event-ID", here.id)
		missed := there.changes(1)
		assert.Contains(t, missed[0], "missed")
		origin.add("Bob", "late")
		require.NoError(t, b.Fresh(t.Context(), ""))
		late := there.changes(1)
		assert.Contains(t, late[0], "late")
		assert.Equal(t, append(missed, late...), here.changes(2), "each once, in their order")
	}
}
