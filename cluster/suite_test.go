package cluster_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/cluster"
	"todoshell/cluster/clustertest"
	"todoshell/store/storetest"
)

// spaces counts the spaces of the tests, which share the servers.
var spaces atomic.Int64

func newConfig(s *clustertest.Servers) cluster.Config {
	return cluster.Config{URL: s.URL(), Space: fmt.Sprint("space", spaces.Add(1)), Replicas: 3, Partitions: 2}
}

func open(t *testing.T, dir string, c cluster.Config) *cluster.Log {
	t.Helper()
	l, err := cluster.Open(t.Context(), dir, c, func(why string) { t.Log(why) })
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return l
}

func TestSuite(t *testing.T) {
	servers := clustertest.Start(t, 3)
	type place struct {
		dir string
		cluster.Config
	}
	places := map[cache.Log]place{}
	storetest.Run(t, storetest.Engine{
		Open: func(t *testing.T) cache.Log {
			t.Helper()
			p := place{t.TempDir(), newConfig(servers)}
			l := open(t, p.dir, p.Config)
			places[l] = p
			return l
		},
		Reopen: func(t *testing.T, log cache.Log) cache.Log {
			t.Helper()
			require.NoError(t, log.(*cluster.Log).Close()) //nolint:errcheck // Open returns nothing else
			p := places[log]
			l := open(t, p.dir, p.Config)
			places[l] = p
			return l
		},
	})
}
