//go:build linux

package torture

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"

	"github.com/stretchr/testify/require"
)

// A dropper adds a few entries to a list, drops it, and begins it anew, each time on another node.
// Where it is not told what has become of a change, it goes on with another list.
type dropper struct {
	*load
	random *rand.Rand
	number int
	lists  int    // that it has left
	last   uint64 // the latest id; 0: the list is not there
}

func (d *dropper) list() string { return fmt.Sprintf("dropped %d.%d", d.number, d.lists) }

func (d *dropper) step() {
	near := d.near(d.random.IntN(3))
	if len(near) == 0 {
		return
	}
	method, path, body, right := http.MethodPost, "/entries", `{"title":"d"}`, http.StatusCreated
	if d.last > 0 && d.random.IntN(3) == 0 {
		method, path, body, right = http.MethodDelete, "", "", http.StatusNoContent
	}
	a := near[0].ask(method, d.list(), path, body)
	switch {
	case a.none():
		if a.sent {
			d.lists, d.last = d.lists+1, 0
		}
		return
	case a.status != right:
		d.err("%s of %q, which has %d entries, is answered %d on node %d: %s", method, d.list(), d.last, a.status, near[0].number, a.body)
		return
	}
	d.operations.Add(1)
	if method == http.MethodDelete {
		d.last = 0
		return
	}
	var e struct{ ID uint64 }
	require.NoError(d, json.Unmarshal([]byte(a.body), &e))
	if d.last++; e.ID != d.last {
		d.err("entry %d is added to %q, which had %d entries", e.ID, d.list(), d.last-1)
	}
}
