package cluster

import (
	"errors"
	"sync/atomic"
	"time"

	"todoshell/todo"
)

// counts are what has happened since the log was opened.
type counts struct {
	appends, conflicts, doubts, unknown, remade atomic.Uint64
	barriers, failedBarriers                    atomic.Uint64
	barrierTime                                 atomic.Int64 // nanoseconds
}

func (c *counts) appended(err error) {
	switch {
	case err == nil:
		c.appends.Add(1)
	case errors.Is(err, todo.ErrOutcomeUnknown):
		c.unknown.Add(1)
	}
}

func (c *counts) barrier(took time.Duration, err error) {
	if err != nil {
		c.failedBarriers.Add(1)
		return
	}
	c.barriers.Add(1)
	c.barrierTime.Add(int64(took))
}

// Stats tell an operator how the cluster does.
type Stats struct {
	Appends        uint64 // acknowledged
	Conflicts      uint64 // appends that came after one of another node
	Doubts         uint64 // acknowledgements that did not come in time, so that a barrier had to tell
	Unknown        uint64 // appends of which it is not known what became of them
	Barriers       uint64 // answered
	BarrierSeconds float64
	FailedBarriers uint64
	Remade         uint64  // consumers that had to be made anew
	ProofAge       float64 // seconds since all partitions were last known to be up to date
}

// Stats tells what has happened since the log was opened.
func (l *Log) Stats() Stats {
	c := &l.counts
	return Stats{Appends: c.appends.Load(), Conflicts: c.conflicts.Load(), Doubts: c.doubts.Load(), Unknown: c.unknown.Load(),
		Barriers: c.barriers.Load(), BarrierSeconds: time.Duration(c.barrierTime.Load()).Seconds(),
		FailedBarriers: c.failedBarriers.Load(), Remade: c.remade.Load(), ProofAge: l.proofAge().Seconds()}
}
