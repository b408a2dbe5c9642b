//go:build linux

package torture

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"todoshell/internal/await"
)

// Three machines, with clients on all of them, while processes, networks and disks fail. What was
// answered is there, once, whatever fails; all nodes show the same; and those who watch are told
// of each change once, in order.
func TestCluster(t *testing.T) {
	if testing.Short() {
		t.Skip("clusters take their time")
	}
	without := []string{}
	kinds := []struct {
		own      int
		troubles []trouble
		can      func() error
	}{
		{plain, processTroubles, func() error { return nil }},
		{networks, networkTroubles, canConnect},
		{disks, diskTroubles, canMount},
	}
	run(t, 1, func(p *part) {
		without = without[:0]
		var tooLong []string
		for _, k := range kinds {
			if err := k.can(); err != nil {
				without = append(without, fmt.Sprintf("%d troubles left out: %v", len(k.troubles), err))
				continue
			}
			all := slices.DeleteFunc(slices.Clone(k.troubles), func(f trouble) bool { return !chosen(t, f) })
			if len(all) > 0 && !p.Failed() {
				tooLong = append(tooLong, p.onMachines(k.own, all)...)
			}
		}
		for _, why := range tooLong {
			if long(t) > 0 {
				p.err("%s", why)
			}
		}
	})
	for _, why := range without {
		fmt.Fprintln(os.Stdout, "  SKIPPED:", why)
	}
}

// chosen tells whether a trouble is to happen: TORTURE_TROUBLES names some by parts of their names,
// separated by commas.
func chosen(t *testing.T, f trouble) bool {
	t.Helper()
	if names := os.Getenv("TORTURE_TROUBLES"); names != "" {
		return slices.ContainsFunc(strings.Split(names, ","), func(name string) bool { return strings.Contains(f.name, name) })
	}
	return f.short || long(t) > 0
}

// onMachines lets troubles happen one after the other, and returns which changes took longer than
// they may.
func (p *part) onMachines(own int, all []trouble) (tooLong []string) {
	c := newClients(newTrio(p, own, strings.Fields(os.Getenv(childControls))...))
	defer func() {
		c.stop()
		c.unfollow()
		c.close()
	}()
	c.begin()
	c.wait(2 * time.Second) // so that there is something to lose
	for _, f := range all {
		if !p.Failed() {
			c.suffer(f)
		}
	}
	c.end()
	return c.tooLong
}

// clients are all that work on the machines at the same time.
type clients struct {
	*load
	keyed    []*keyed
	tagged   []*taggedClient
	spreads  []*spreads
	typists  []*typist
	droppers []*dropper
	watchers []*watcher
	unwatch  context.CancelFunc
	watching sync.WaitGroup
	tooLong  []string // which changes took longer than they may
}

func newClients(t *trio) *clients {
	c := &clients{load: &load{trio: t}, unwatch: func() {}}
	for i := range 9 {
		c.keyed = append(c.keyed, &keyed{load: c.load, random: split(t.random), number: i, list: fmt.Sprintf("keyed %d", i%4)})
	}
	for i := range 3 {
		c.tagged = append(c.tagged, &taggedClient{load: c.load, random: split(t.random), number: i, list: fmt.Sprintf("tagged %d", i)})
		c.typists = append(c.typists, &typist{load: c.load, random: split(t.random), number: i, list: fmt.Sprintf("typed%d", i), answered: make(map[int]uint64)})
		c.watchers = append(c.watchers, newWatcher(c.load, i))
	}
	for i := range 2 {
		c.droppers = append(c.droppers, &dropper{load: c.load, random: split(t.random), number: i})
		c.spreads = append(c.spreads, &spreads{load: c.load, prefix: fmt.Sprintf("spread %d", i), length: 200})
	}
	return c
}

// begin lets all watch and work.
func (c *clients) begin() {
	ctx, cancel := context.WithCancel(c.Context())
	c.unwatch = cancel
	for _, w := range c.watchers {
		c.watching.Go(func() { w.run(ctx) })
	}
	for _, w := range c.watchers {
		require.True(c, await.Until(c.T, w.follows), "nobody can watch")
	}
	for _, k := range c.keyed {
		c.keeps(split(c.random), 10*time.Millisecond, k.step)
	}
	for _, k := range c.tagged {
		c.keeps(split(c.random), 20*time.Millisecond, k.step)
	}
	for _, y := range c.typists {
		c.keeps(split(c.random), 50*time.Millisecond, y.step)
	}
	for _, d := range c.droppers {
		c.keeps(split(c.random), 20*time.Millisecond, d.step)
	}
	for _, s := range c.spreads {
		for i := range 4 {
			own := split(c.random)
			c.keeps(split(c.random), 10*time.Millisecond, func() { s.step(own, i) })
		}
	}
}

// unfollow ends the watching.
func (c *clients) unfollow() {
	c.unwatch()
	c.watching.Wait()
}

// end stops the work and checks all that must hold.
func (c *clients) end() {
	c.Helper()
	c.stop()
	c.equalize(5 * time.Second)
	all := c.finals(func(string) bool { return true })
	if c.Failed() {
		c.unfollow()
		return
	}
	there := make(map[string]map[string]int)
	of := func(name string) (*final, map[string]int) {
		f := all[name]
		if f == nil {
			f = &final{trio: c.trio, name: name}
		}
		if there[name] == nil {
			there[name] = f.titles()
			f.ids()
		}
		return f, there[name]
	}
	for _, k := range c.keyed {
		k.compare(of(k.list))
	}
	for _, y := range c.typists {
		y.compare(of(y.list))
	}
	for name, titles := range there {
		for title := range titles {
			c.err("%q is in list %q, and nobody was told so", title, name)
		}
	}
	for _, ss := range c.spreads {
		for _, s := range ss.all {
			if f := all[s.list]; f != nil && !s.check(f) {
				c.Logf("the history of %q took too long to check", s.list)
			}
		}
	}
	for _, w := range c.watchers {
		for name, f := range all {
			w.compare(name, f.log)
		}
	}
	c.unfollow()
	for partition := range partitions {
		c.chain(partition)
	}
}
