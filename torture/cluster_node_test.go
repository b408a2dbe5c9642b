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

// What a child does that an ordinary one does not. All but those of the clock are wrong, so that a
// check must find them.
const (
	dayAhead  = "day-ahead" // the node's clock
	dayBehind = "day-behind"

	syncLate       = "sync-late"       // the servers answer before they fsync
	conflictsFinal = "conflicts-final" // a conflict means that nothing was stored, also where that was one's own append
	conflictsMine  = "conflicts-mine"  // a conflict means that one's own append was stored: appends have no ids
	neverFresh     = "never-fresh"     // commands that change nothing are not verified, nor looks
	eventsAside    = "events-aside"    // some events are told aside from the order of the stream
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
			log, err := cluster.Open(context.Background(), dir, c, tell)
			if err != nil {
				return nil, err
			}
			return &wrongLog{Log: log, has: has}, nil
		},
	}
}
