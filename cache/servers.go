package cache

import (
	"cmp"
	"iter"
	"slices"

	"todoshell/server"
)

// Live goes through the names of the live servers, in no order.
func (c *Cache) Live() iter.Seq[string] {
	return func(yield func(string) bool) {
		for name := range c.live.All() {
			if c.grant.Covers(name) && !yield(name) {
				return
			}
		}
	}
}

// Servers describes the live servers, in the order in which they were started.
func (c *Cache) Servers() []server.Info {
	var infos []server.Info
	for name, s := range c.live.All() {
		if c.grant.Covers(name) {
			infos = append(infos, s.Info())
		}
	}
	slices.SortFunc(infos, func(a, b server.Info) int { return cmp.Compare(a.Number, b.Number) })
	return infos
}

// Stats are counts of the servers.
type Stats struct {
	Live      int
	Waiting   int // requests in mailboxes
	Started   uint64
	Evicted   uint64 // to make room
	Restarted uint64 // after a panic
}

// Stats counts the servers, whoever may use them.
func (c *Cache) Stats() Stats {
	s := Stats{Evicted: c.evicted.Load()}
	s.Started, s.Restarted = c.system.Started()
	for _, one := range c.live.All() {
		s.Live++
		s.Waiting += one.Waiting()
	}
	return s
}
