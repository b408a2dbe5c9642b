package store

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A slowDisk takes a while for each fsync, and counts them.
type slowDisk struct {
	syncs
	fsyncs int
	err    error
}

const slowSync = 700 * time.Microsecond

// appends has n appends wait at the same time, and returns how long the last took.
func (d *slowDisk) appends(t *testing.T, n int) time.Duration {
	t.Helper()
	began := time.Now()
	var group sync.WaitGroup
	for range n {
		group.Go(func() {
			assert.ErrorIs(t, d.wait(func() error {
				d.fsyncs++
				<-time.After(slowSync)
				return d.err
			}), d.err)
		})
	}
	group.Wait()
	return time.Since(began)
}

func TestFsyncsAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d slowDisk
		go d.appends(t, 1)
		synctest.Wait() // its fsync is under way, and has come too early for the others
		assert.Equal(t, 2*slowSync, d.appends(t, 20))
		assert.Equal(t, 2, d.fsyncs)
	})
}

func TestFsyncsAwaitThoseWhoComeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d slowDisk
		d.appends(t, 20)
		d.latest.size = 20
		for i := range 5 {
			assert.Equal(t, slowSync, d.appends(t, 20), "round %d", i)
		}
		assert.Equal(t, 20, d.latest.size)

		assert.Equal(t, gatherFor+slowSync, d.appends(t, 1), "the others do not come again")
		assert.Equal(t, slowSync, d.appends(t, 1), "nobody else was there the last time")
	})
}

func TestFsyncsFailForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := slowDisk{err: errors.New("input/output error")}
		d.appends(t, 20)
		require.NotZero(t, d.fsyncs)
	})
}
