package store

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"todoshell/todo"
)

// A slowDisk takes a while for each fsync, and counts them.
type slowDisk struct {
	groups
	lock   sync.Mutex
	fsyncs int
	put    todo.Version
	synced []todo.Version
}

const slowSync = 700 * time.Microsecond

// appends has n appends wait at the same time, and returns how long the last took.
func (d *slowDisk) appends(n int) time.Duration {
	began := time.Now()
	var group sync.WaitGroup
	for range n {
		group.Go(func() {
			d.lock.Lock()
			d.put++
			g, leads := d.join(todo.Append{Version: d.put})
			d.lock.Unlock()
			if leads {
				d.gather(g, &d.lock)
				d.fsyncs++
				<-time.After(slowSync)
				for _, a := range g.appends {
					d.synced = append(d.synced, a.Version)
				}
				close(g.done)
			}
			<-g.done
		})
	}
	group.Wait()
	return time.Since(began)
}

func TestFsyncsAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d slowDisk
		go d.appends(1)
		synctest.Wait() // its fsync is under way, and has come too early for the others
		assert.Equal(t, 2*slowSync, d.appends(20))
		assert.Equal(t, 2, d.fsyncs)
		assert.Len(t, d.synced, 21)
		assert.IsIncreasing(t, d.synced)
	})
}

func TestFsyncsAwaitThoseWhoComeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d slowDisk
		d.appends(20)
		d.latest.size = 20
		for i := range 5 {
			assert.Equal(t, slowSync, d.appends(20), "round %d", i)
		}
		assert.Equal(t, 20, d.latest.size)

		assert.Equal(t, gatherFor+slowSync, d.appends(1), "the others do not come again")
		assert.Equal(t, slowSync, d.appends(1), "nobody else was there the last time")
		assert.IsIncreasing(t, d.synced)
	})
}
