package cluster_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/cluster/clustertest"
	"todoshell/store"
	"todoshell/todo"
)

func appendTo(t *testing.T, l cache.Log, name string, commands ...func(*todo.Draft) error) {
	t.Helper()
	list, err := l.Load(t.Context(), name)
	require.NoError(t, err)
	d := list.Draft()
	d.Time = time.Unix(1_700_000_000, 0).UTC()
	for _, command := range commands {
		require.NoError(t, command(d))
	}
	_, err = l.Append(t.Context(), name, list.Version, d.Snapshot(), todo.NewBatch(d.Changes))
	require.NoError(t, err)
}

// history is what people see of a list's past.
func history(t *testing.T, l cache.Log, name string) (all []todo.Change) {
	t.Helper()
	for c, err := range l.History(t.Context(), name, 1) {
		require.NoError(t, err)
		all = append(all, c)
	}
	return all
}

// What an embedded folder has comes into the cluster with its history, once, and out of it again.
func TestUpload(t *testing.T) {
	servers := clustertest.Start(t, 1)
	c := newConfig(servers)
	c.Replicas = 1
	from, err := store.OpenMemory()
	require.NoError(t, err)
	defer from.Close()
	for i := range 1200 {
		appendTo(t, from, "long", add(fmt.Sprint(i)))
	}
	for i := range 50 {
		appendTo(t, from, fmt.Sprint("list ", i), add("one"), add("two"))
	}
	appendTo(t, from, "dropped", add("gone"))
	appendTo(t, from, "dropped", (*todo.Draft).Drop)
	appendTo(t, from, "again", add("gone"))
	appendTo(t, from, "again", (*todo.Draft).Drop)
	appendTo(t, from, "again", add("anew"))

	l := open(t, t.TempDir(), c)
	appendTo(t, l, "list 7", add("another"))
	var problems []error
	sum, err := l.Upload(t.Context(), from, func(err error) { problems = append(problems, err) })
	require.NoError(t, err)
	require.Len(t, problems, 1)
	require.ErrorContains(t, problems[0], `"list 7"`)
	assert.Equal(t, 52, sum.Lists)
	assert.Equal(t, 1200+49+1+2, sum.Appends)

	sum, err = l.Upload(t.Context(), from, func(error) {})
	require.NoError(t, err)
	assert.Zero(t, sum.Lists)
	assert.Equal(t, 52, sum.There)

	back := t.TempDir() + "/back"
	require.NoError(t, l.Backup(back))
	embedded, err := store.Open(back)
	require.NoError(t, err)
	defer embedded.Close()
	for _, log := range []cache.Log{l, embedded, open(t, t.TempDir(), c)} {
		for _, name := range []string{"long", "list 3", "dropped", "again"} {
			want, err := from.Load(t.Context(), name)
			require.NoError(t, err)
			got, err := log.Load(t.Context(), name)
			require.NoError(t, err)
			assert.Equal(t, want.State, got.State, name)
			assert.Equal(t, want.Memories(), got.Memories(), name)
			assert.Equal(t, history(t, from, name), history(t, log, name), name)
		}
	}
}
