package cache

import (
	"cmp"
	"slices"

	"todoshell/server"
)

// makeRoom ends the least recently used idle servers, a sixteenth of the bound
// at once: so going through all servers costs little for each. Where too many
// are busy for that, it tries again when a sixteenth more have been started.
func (c *Cache) makeRoom() {
	if !c.sweep.TryLock() {
		return // another goroutine is making room
	}
	defer c.sweep.Unlock()
	now, n := c.clock.Load(), c.live.Size()
	if n <= c.bound || now-c.swept < uint32(n/16) {
		return
	}
	c.swept = now
	type aged struct {
		*server.Server
		age int32 // since it was last used, below 0: used meanwhile; the clock itself may wrap around
	}
	all := make([]aged, 0, n)
	for _, s := range c.live.All() {
		all = append(all, aged{s.Server, int32(now - s.used.Load())})
	}
	excess := len(all) - (c.bound - c.bound/16)
	if excess <= 0 {
		return // others have ended meanwhile
	}
	// The map has no order, so that its first servers are a sample of all: it tells
	// how old the oldest are. To sort all would take longer than all the rest.
	sample := all[:min(len(all), 1024)]
	slices.SortFunc(sample, func(a, b aged) int { return cmp.Compare(b.age, a.age) })
	youngest := sample[min(excess*len(sample)/len(all)*5/4, len(sample)-1)].age

	for _, s := range all {
		if excess <= 0 {
			break
		}
		if s.age >= max(youngest, 1) && s.StopIdle() { // whoever just asked for a server must find it
			c.end(s.Server)
			c.evicted.Add(1)
			excess--
		}
	}
}
