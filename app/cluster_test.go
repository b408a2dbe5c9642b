package app

import (
	"maps"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/rogpeppe/go-internal/testscript"

	"todoshell/cluster/clustertest"
)

// Scripts that run as a node of a cluster does.
func TestClusterScript(t *testing.T) {
	servers := clustertest.Start(t, 1)
	withCluster := maps.Clone(commands)
	// publish SUBJECT BODY sends what another program might.
	withCluster["publish"] = func(ts *testscript.TestScript, _ bool, args []string) {
		conn, err := nats.Connect(servers.URL())
		ts.Check(err)
		defer conn.Close()
		ts.Check(conn.Publish(args[0], []byte(args[1])))
		ts.Check(conn.Flush())
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/cluster",
		Setup: func(e *testscript.Env) error {
			e.Setenv("NATS", servers.URL())
			e.Setenv("TODOSHELL_NATS_URL", servers.URL())
			e.Setenv("TODOSHELL_NATS_REPLICAS", "1")
			return setup(e)
		},
		Cmds:                withCluster,
		Condition:           condition,
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}
