//go:build linux

package torture

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"todoshell/app"
	"todoshell/cluster"
)

// What a child does wrong, so that a check must find it.
const (
	syncLate  = "sync-late"  // the servers answer before they fsync
	dayAhead  = "day-ahead"  // the node's clock; this is nothing that a check must find
	dayBehind = "day-behind" // as above
)

// partitions is how many streams there are.
const partitions = 4

// nodeCommand is todoshell as a node of the cluster.
func nodeCommand(controls []string) app.Command {
	c := cluster.Config{Space: "todo", Replicas: 3, Partitions: partitions}
	has := func(control string) bool { return slices.Contains(controls, control) }
	now := func() time.Time {
		switch {
		case has(dayAhead):
			return time.Now().AddDate(0, 0, 1)
		case has(dayBehind):
			return time.Now().AddDate(0, 0, -1)
		}
		return time.Now()
	}
	return app.Command{
		Name:  "todoshell",
		Now:   now,
		Flags: func(f *pflag.FlagSet) { f.StringVar(&c.URL, "nats-url", "", "") },
		Open: func(dir string, tell func(why string)) (app.Store, error) {
			return cluster.Open(context.Background(), dir, c, tell)
		},
	}
}
