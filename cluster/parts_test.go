package cluster

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"todoshell/cluster/clustertest"
	"todoshell/todo"
)

// Parts of appends come one after the other, and nothing between them: a node that took what another
// program writes for parts would go on where one of its appends began, or hold what never ends.
func TestStrangeParts(t *testing.T) {
	bob, alice, bar := listSubject+"Bob", listSubject+"Alice", barrierSubject
	for name, messages := range map[string][][2]string{
		"a barrier between": {{bob, "1/2"}, {bar, ""}},
		"a whole between":   {{bob, "1/2"}, {bob, ""}},
		"another list":      {{bob, "1/2"}, {alice, "2/2"}},
		"one left out":      {{bob, "1/3"}, {bob, "3/3"}},
		"another number":    {{bob, "1/3"}, {bob, "2/4"}},
		"not the first":     {{bob, "2/2"}},
		"after the last":    {{bob, "1/0"}},
		"too many":          {{bob, "1/1000000"}},
		"no number":         {{bob, "many"}},
	} {
		t.Run(name, func(t *testing.T) {
			l := openOne(t, clustertest.Start(t, 1))
			for _, one := range messages {
				m := nats.NewMsg("todo.00." + one[0])
				if one[1] != "" {
					m.Header.Set(partHeader, one[1])
				}
				_, err := l.js.PublishMsg(t.Context(), m)
				require.NoError(t, err)
			}
			require.ErrorIs(t, l.Fresh(t.Context(), ""), &todo.Error{Code: Unfit})
			require.ErrorIs(t, l.Ready(), &todo.Error{Code: Unfit})
		})
	}
}

// An append in parts that comes too late is a conflict at once, and is published anew with another batch.
func TestConflictOfParts(t *testing.T) {
	servers := clustertest.Start(t, 1, func(_ int, o *server.Options) { o.MaxPayload = 16 << 10 })
	l := openOne(t, servers)
	large := func(d *todo.Draft) {
		for range 500 {
			_, err := d.Add(0, strings.Repeat("x", 100))
			require.NoError(t, err)
		}
	}
	list, err := l.Load(t.Context(), "Bob")
	require.NoError(t, err)
	d := list.Draft()
	d.Time = time.Unix(1_700_000_000, 0).UTC()
	large(d)
	v, err := l.Append(t.Context(), "Bob", 0, d.Snapshot(), todo.NewBatch(slices.Clone(d.Changes)))
	require.NoError(t, err)
	require.Greater(t, v, todo.Version(4), "in parts")
	began := time.Now()
	_, err = l.Append(t.Context(), "Bob", 0, d.Snapshot(), todo.NewBatch(slices.Clone(d.Changes)))
	require.ErrorIs(t, err, todo.ErrConflict)
	require.Less(t, time.Since(began), patience/2)
}
