package cluster_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/cluster/clustertest"
	"todoshell/server"
	"todoshell/todo"
)

// Whoever was answered on one node can go on on another one at once: what has been added is there
// to be changed, and a condition that holds of the newest list holds.
func TestGoingOnElsewhere(t *testing.T) {
	c := newConfig(clustertest.Start(t, 3))
	var nodes []*cache.Cache
	for range 2 {
		lists := cache.New(&server.System{Now: time.Now}, open(t, t.TempDir(), c), 100)
		t.Cleanup(lists.Close)
		nodes = append(nodes, lists)
	}
	const each = 20
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			name := fmt.Sprint("list ", i/2) // two change the same list
			for n := range each {
				here, there := nodes[n%2], nodes[(n+1)%2]
				var e todo.Entry
				assert.NoError(t, here.Call(t.Context(), name, func(d *todo.Draft) (err error) { e, err = d.Add(0, fmt.Sprint(i)); return err }))
				assert.NoError(t, there.Call(t.Context(), name, func(d *todo.Draft) error { _, err := d.Finish(e.ID); return err }))
				assert.NoError(t, here.Call(t.Context(), name, func(d *todo.Draft) error {
					if done, _ := d.Entry(e.ID); done.Status != todo.Done {
						d.Verify = true
						return errors.New("it is not done")
					}
					_, err := d.Delete(e.ID)
					return err
				}))
			}
		})
	}
	wg.Wait()
	for _, lists := range nodes {
		for i := range 2 {
			require.NoError(t, lists.Fresh(t.Context(), fmt.Sprint("list ", i)))
			list, err := lists.List(t.Context(), fmt.Sprint("list ", i))
			require.NoError(t, err)
			assert.Zero(t, list.Len())
			assert.Equal(t, uint64(2*each), list.LastID)
		}
	}
}
