package cluster_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/cluster"
	"todoshell/cluster/clustertest"
	"todoshell/store"
	"todoshell/todo"
)

// change appends a command to a list as it is on a node, again where another node was first.
func change(t *testing.T, l *cluster.Log, name string, command func(*todo.Draft) error) todo.Version {
	t.Helper()
	for {
		list, err := l.Load(t.Context(), name)
		require.NoError(t, err)
		d := list.Draft()
		d.Time = time.Unix(1_700_000_000, 0).UTC()
		require.NoError(t, command(d))
		v, err := l.Append(t.Context(), name, list.Version, d.Snapshot(), todo.NewBatch(slices.Clone(d.Changes)))
		if errors.Is(err, todo.ErrConflict) {
			continue
		}
		require.NoError(t, err)
		return v
	}
}

func add(title string) func(*todo.Draft) error {
	return func(d *todo.Draft) error {
		_, err := d.Add(0, title)
		return err
	}
}

func titles(t *testing.T, l *cluster.Log, name string) (all []string) {
	t.Helper()
	require.NoError(t, l.Fresh(t.Context(), name))
	list, err := l.Load(t.Context(), name)
	require.NoError(t, err)
	for e := range list.Entries(todo.Always) {
		all = append(all, e.Title)
	}
	return all
}

// Nodes that change the same lists at the same time lose nothing and double nothing, also while one
// server after the other ends and comes back.
func TestNodes(t *testing.T) {
	servers := clustertest.Start(t, 3)
	c := newConfig(servers)
	nodes := []*cluster.Log{open(t, t.TempDir(), c), open(t, t.TempDir(), c)}
	const lists, each = 3, 60
	var writers sync.WaitGroup
	for n, node := range nodes {
		for l := range lists {
			writers.Go(func() {
				for i := range each {
					change(t, node, fmt.Sprint("list ", l), add(fmt.Sprint(n, " ", i)))
				}
			})
		}
	}
	for i := range 3 {
		servers.Stop(i)
		servers.Restart(i)
		servers.Ready()
	}
	writers.Wait()
	for l := range lists {
		name := fmt.Sprint("list ", l)
		got := titles(t, nodes[0], name)
		assert.Len(t, got, len(nodes)*each)
		assert.Len(t, slices.Compact(slices.Sorted(slices.Values(got))), len(nodes)*each, "each once")
		assert.Equal(t, got, titles(t, nodes[1], name))
	}
}

// A change that is larger than a message may be comes in parts, and so does a drop that remembers much.
func TestLargeChanges(t *testing.T) {
	servers := clustertest.Start(t, 1, func(_ int, o *server.Options) { o.MaxPayload = 32 << 10 })
	c := newConfig(servers)
	c.Replicas = 1
	one, other := open(t, t.TempDir(), c), open(t, t.TempDir(), c)
	many := func(d *todo.Draft) error {
		for range 2000 {
			if _, err := d.Add(0, strings.Repeat("x", 100)); err != nil {
				return err
			}
		}
		return nil
	}
	change(t, one, "Bob", many)
	assert.Len(t, titles(t, other, "Bob"), 2000)
	change(t, other, "Bob", (*todo.Draft).Drop)
	assert.Empty(t, titles(t, one, "Bob"))
	change(t, one, "Bob", add("anew"))
	assert.Equal(t, []string{"anew"}, titles(t, open(t, t.TempDir(), c), "Bob"))
}

// Without most of the servers, nothing can be changed, which is said; it can once they are back.
func TestAlone(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes as long as a node is patient")
	}
	servers := clustertest.Start(t, 3)
	node := open(t, t.TempDir(), newConfig(servers))
	change(t, node, "Bob", add("before"))
	servers.Stop(0)
	servers.Stop(1)
	list, err := node.Load(t.Context(), "Bob")
	require.NoError(t, err)
	d := list.Draft()
	d.Time = time.Now()
	require.NoError(t, add("alone")(d))
	_, err = node.Append(t.Context(), "Bob", list.Version, d.Snapshot(), todo.NewBatch(d.Changes))
	code := todo.Code("")
	if e, ok := errors.AsType[*todo.Error](err); ok {
		code = e.Code
	}
	assert.Contains(t, []todo.Code{cluster.Unavailable, todo.OutcomeUnknown}, code, "%v", err)
	require.ErrorIs(t, node.Fresh(t.Context(), "Bob"), &todo.Error{Code: cluster.Unavailable})
	require.ErrorIs(t, node.Ready(), &todo.Error{Code: cluster.Unavailable})
	servers.Restart(0)
	servers.Restart(1)
	servers.Ready()
	change(t, node, "Bob", add("after"))
	got := titles(t, node, "Bob")
	assert.Subset(t, got, []string{"before", "after"})
}

// A start says what is wrong with the cluster.
func TestUnfit(t *testing.T) {
	open := func(c cluster.Config) error {
		l, err := cluster.Open(t.Context(), t.TempDir(), c, func(string) {})
		if err == nil {
			require.NoError(t, l.Close())
		}
		return err
	}
	err := open(cluster.Config{URL: "nats://127.0.0.1:1", Space: "todo", Replicas: 3, Partitions: 1})
	require.ErrorIs(t, err, &todo.Error{Code: cluster.Unavailable})
	require.ErrorContains(t, err, "nats://127.0.0.1:1")

	servers := clustertest.Start(t, 1)
	c := newConfig(servers)
	err = open(c)
	require.ErrorIs(t, err, &todo.Error{Code: cluster.Unfit})
	require.ErrorContains(t, err, "not 3 NATS servers")

	c.URL = clustertest.Older(t, c.URL, "2.9.10")
	err = open(c)
	require.ErrorIs(t, err, &todo.Error{Code: cluster.Unfit})
	require.ErrorContains(t, err, "2.9.10")

	ports, err := clustertest.Free(2)
	require.NoError(t, err)
	options := clustertest.Options(t.TempDir(), 0, []clustertest.Ports{{Clients: ports[0], Routes: ports[1]}})
	options.JetStream = false
	plain, err := clustertest.Run(options)
	require.NoError(t, err)
	defer plain.Shutdown()
	c.URL = plain.ClientURL()
	err = open(c)
	require.ErrorIs(t, err, &todo.Error{Code: cluster.Unavailable})
	require.ErrorContains(t, err, "not configured to keep streams")
}

// Servers that may acknowledge what is not on disk are refused.
func TestUntagged(t *testing.T) {
	servers := clustertest.Start(t, 3, func(_ int, o *server.Options) { o.Tags = nil })
	_, err := cluster.Open(t.Context(), t.TempDir(), newConfig(servers), func(string) {})
	require.ErrorIs(t, err, &todo.Error{Code: cluster.Unfit})
	require.ErrorContains(t, err, "on disk")
}

// The replica of a space is not that of another one, and no folder of its own.
func TestFolders(t *testing.T) {
	servers := clustertest.Start(t, 1)
	c := newConfig(servers)
	c.Replicas = 1
	dir := t.TempDir()
	l, err := cluster.Open(t.Context(), dir, c, func(string) {})
	require.NoError(t, err)
	change(t, l, "Bob", add("one"))
	back := t.TempDir() + "/back"
	require.NoError(t, l.Backup(back))
	require.NoError(t, l.Close())

	_, err = store.Open(dir)
	require.ErrorContains(t, err, "is a replica")
	other := newConfig(servers)
	other.Replicas = 1
	_, err = cluster.Open(t.Context(), dir, other, func(string) {})
	require.ErrorContains(t, err, "another cluster")
	_, err = cluster.Open(t.Context(), back, c, func(string) {})
	require.ErrorContains(t, err, "lists of its own")
}
