package cluster_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"todoshell/cluster"
	"todoshell/cluster/clustertest"
)

// Several nodes may be the first ones, at the same time.
func TestOpenTogether(t *testing.T) {
	servers := clustertest.Start(t, 3)
	config := cluster.Config{URL: servers.URL(), Space: "todo", Replicas: 3, Partitions: 4}
	logs := make([]*cluster.Log, 3)
	var opening sync.WaitGroup
	for i := range logs {
		dir := t.TempDir()
		opening.Go(func() {
			var err error
			logs[i], err = cluster.Open(t.Context(), dir, config, func(string) {})
			assert.NoError(t, err)
		})
	}
	opening.Wait()
	for _, l := range logs {
		if l != nil {
			assert.NoError(t, l.Close())
		}
	}
}
