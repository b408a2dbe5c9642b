package cluster_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/cluster"
	"todoshell/cluster/clustertest"
	"todoshell/store"
	"todoshell/store/codec"
	"todoshell/todo"
)

// edit changes a data folder that nobody has open, behind its back.
func edit(t *testing.T, dir string, f func(db *pebble.DB)) {
	t.Helper()
	db, err := pebble.Open(dir, &pebble.Options{FormatMajorVersion: pebble.FormatNewest})
	require.NoError(t, err)
	f(db)
	require.NoError(t, db.Close())
}

func valueOf(t *testing.T, db *pebble.DB, key []byte) []byte {
	t.Helper()
	value, closer, err := db.Get(key)
	require.NoError(t, err)
	defer closer.Close()
	return append([]byte(nil), value...)
}

func recordKey(name string, rev uint64) []byte {
	return binary.BigEndian.AppendUint64(append([]byte("j"+name), 0), rev)
}

// checked returns what a check says: of the replica, and of the streams.
func checked(t *testing.T, l *cluster.Log) (replica, streams []string) {
	t.Helper()
	sum, err := l.Check(t.Context(), func(err error) {
		if errors.Is(err, &todo.Error{Code: cluster.Unfit}) {
			streams = append(streams, err.Error())
		} else {
			require.ErrorIs(t, err, &todo.Error{Code: todo.Damaged})
			replica = append(replica, err.Error())
		}
	})
	require.NoError(t, err)
	assert.Equal(t, sum.Problems, len(replica)+len(streams))
	return replica, streams
}

// A check compares all of a replica with the streams, whatever was done to the lists, and also while other nodes go on.
func TestCheck(t *testing.T) {
	servers := clustertest.Start(t, 3)
	c := newConfig(servers)
	one, other := open(t, t.TempDir(), c), open(t, t.TempDir(), c)
	from, err := store.OpenMemory()
	require.NoError(t, err)
	defer from.Close()
	for i := range 600 {
		appendTo(t, from, "long", add(fmt.Sprint(i)))
	}
	_, err = one.Upload(t.Context(), from, func(err error) { require.NoError(t, err) })
	require.NoError(t, err)
	for i := range 40 {
		name := fmt.Sprint("list ", i)
		change(t, one, name, add("one"))
		change(t, other, name, add("two"))
		if i%4 == 0 {
			change(t, one, name, (*todo.Draft).Drop)
		}
		if i%8 == 0 {
			change(t, other, name, add("anew"))
		}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 5 {
			_, err := one.Check(t.Context(), func(err error) { assert.NoError(t, err) })
			assert.NoError(t, err)
		}
	}()
	for i := 0; ; i++ {
		select {
		case <-done:
			return
		default:
		}
		name := fmt.Sprint("busy ", i%5)
		change(t, other, name, add("x"))
		if i%7 == 0 {
			change(t, other, name, (*todo.Draft).Drop)
		}
	}
}

// What is wrong with a replica, and what with the streams, is told apart.
func TestCheckFinds(t *testing.T) {
	servers := clustertest.Start(t, 1)
	conn, err := nats.Connect(servers.URL())
	require.NoError(t, err)
	defer conn.Close()
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	for name, one := range map[string]struct {
		damage           func(t *testing.T, c cluster.Config, dir string)
		replica, streams string
	}{
		"a record with other words": {func(t *testing.T, _ cluster.Config, dir string) {
			t.Helper()
			edit(t, dir, func(db *pebble.DB) {
				key := recordKey("Bob", 2)
				a, err := codec.DecodeRecord(valueOf(t, db, key))
				require.NoError(t, err)
				a.Changes[0].Edits[0].After.Title = "other"
				require.NoError(t, db.Set(key, codec.EncodeRecord(a.After, a.Batch).Value(a.Version), pebble.Sync))
			})
		}, `list "Bob": version \d+ is damaged: its source has another one`, ""},
		"a lost record": {func(t *testing.T, _ cluster.Config, dir string) {
			t.Helper()
			edit(t, dir, func(db *pebble.DB) { require.NoError(t, db.Delete(recordKey("Bob", 2), pebble.Sync)) })
		}, `list "Bob": revision 2 is damaged`, ""},
		"a lost list": {func(t *testing.T, _ cluster.Config, dir string) {
			t.Helper()
			edit(t, dir, func(db *pebble.DB) {
				for _, key := range [][]byte{[]byte("nBob"), recordKey("Bob", 1), recordKey("Bob", 2), recordKey("Bob", 3), []byte("t")} {
					require.NoError(t, db.Delete(key, pebble.Sync))
				}
			})
		}, `list "Bob": version \d+ is damaged: it is not there`, ""},
		"messages that are lost": {func(t *testing.T, c cluster.Config, _ string) {
			t.Helper()
			stream, err := js.Stream(t.Context(), streamOf(c, "Bob"))
			require.NoError(t, err)
			require.NoError(t, stream.Purge(t.Context(), jetstream.WithPurgeSubject(subjectOf(c, "Bob"))))
		}, "", `list "Bob": the stream .*_0\d lacks version`},
		"a message that can't be read": {func(t *testing.T, c cluster.Config, dir string) {
			t.Helper()
			ack, err := js.Publish(t.Context(), subjectOf(c, "Bob"), []byte("?"))
			require.NoError(t, err)
			edit(t, dir, func(db *pebble.DB) { // it could be read when the replica came to it
				r, err := codec.DecodeReplica(valueOf(t, db, []byte("r")))
				require.NoError(t, err)
				r.Position[store.PartitionOf("Bob", c.Partitions)] = todo.Version(ack.Sequence)
				require.NoError(t, db.Set([]byte("r"), r.Encode(), pebble.Sync))
			})
		}, "", `message \d+ of the stream .* can't be read`},
	} {
		t.Run(name, func(t *testing.T) {
			c := newConfig(servers)
			c.Replicas = 1
			dir := t.TempDir()
			l, err := cluster.Open(t.Context(), dir, c, func(string) {})
			require.NoError(t, err)
			for i := range 3 {
				change(t, l, "Bob", add(fmt.Sprint(i)))
				change(t, l, "Ann", add(fmt.Sprint(i)))
			}
			require.NoError(t, l.Close())
			one.damage(t, c, dir)
			replica, streams := checked(t, open(t, dir, c))
			for _, found := range []struct {
				want string
				got  []string
			}{{one.replica, replica}, {one.streams, streams}} {
				if found.want == "" {
					assert.Empty(t, found.got)
				} else if assert.NotEmpty(t, found.got) {
					assert.Regexp(t, found.want, found.got[0])
				}
			}
		})
	}
}

// A stream that can't be followed from its beginning is not the replica's fault.
func TestBrokenStream(t *testing.T) {
	servers := clustertest.Start(t, 1)
	conn, err := nats.Connect(servers.URL())
	require.NoError(t, err)
	defer conn.Close()
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	c := newConfig(servers)
	c.Replicas = 1
	l := open(t, t.TempDir(), c)
	change(t, l, "Bob", add("one"))
	v := change(t, l, "Bob", add("two"))
	stream, err := js.Stream(t.Context(), streamOf(c, "Bob"))
	require.NoError(t, err)
	require.NoError(t, stream.Purge(t.Context(), jetstream.WithPurgeSubject(subjectOf(c, "Bob")), jetstream.WithPurgeSequence(uint64(v))))
	_, streams := checked(t, l)
	assert.Len(t, streams, 1)
	_, err = cluster.Open(t.Context(), t.TempDir(), c, func(string) {})
	require.ErrorIs(t, err, &todo.Error{Code: cluster.Unfit})
	require.ErrorContains(t, err, `"Bob"`)
}

func streamOf(c cluster.Config, name string) string {
	return fmt.Sprintf("%s_%02d", strings.ToUpper(c.Space), store.PartitionOf(name, c.Partitions))
}

func subjectOf(c cluster.Config, name string) string {
	return fmt.Sprintf("%s.%02d.l.%s", c.Space, store.PartitionOf(name, c.Partitions), name)
}
