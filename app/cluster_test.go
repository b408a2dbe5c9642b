package app

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"todoshell/cluster/clustertest"
)

// Scripts that run as a node of a cluster does.
func TestClusterScript(t *testing.T) {
	servers := clustertest.Start(t, 1)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/cluster",
		Setup: func(e *testscript.Env) error {
			e.Setenv("NATS", servers.URL())
			e.Setenv("TODOSHELL_NATS_URL", servers.URL())
			e.Setenv("TODOSHELL_NATS_REPLICAS", "1")
			return setup(e)
		},
		Cmds:                commands,
		Condition:           condition,
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}
