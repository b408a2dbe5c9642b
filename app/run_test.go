package app

import (
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// A signal ends the program within two seconds, whatever it is at.
func TestSignalEndsWork(t *testing.T) {
	const code = exitSignal + int(syscall.SIGTERM)
	for _, test := range []struct {
		what    string
		takes   time.Duration // after the signal; below 0: it had ended before
		code    int
		ends    time.Duration
		cancels int
	}{
		{"it had ended", -1, 7, 0, 0},
		{"it ends at once", 0, code, 0, 1},
		{"it ends in time", grace - 1, code, grace - 1, 1},
		{"it hangs", time.Hour, code, grace, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			signals, finished, cancels := make(chan os.Signal, 1), make(chan int, 1), 0
			signal := func() { signals <- syscall.SIGTERM }
			if test.takes < 0 {
				signal = func() {}
				finished <- 7
			}
			began := time.Now()
			signal()
			got := codeOf(finished, signals, func() {
				cancels++
				time.AfterFunc(test.takes, func() { finished <- 0 })
			})
			assert.Equal(t, test.code, got, test.what)
			assert.Equal(t, test.ends, time.Since(began), test.what)
			assert.Equal(t, test.cancels, cancels, test.what)
		})
	}
	assert.Less(t, grace, 2*time.Second)
	assert.Less(t, serveGrace, 5*time.Second)
}

func TestNoonZone(t *testing.T) {
	for hour := range 24 {
		now := time.Date(2026, 3, 29, hour, 59, 0, 0, time.UTC)
		zone, err := time.LoadLocation(noonZone(now))
		if assert.NoError(t, err) {
			assert.Equal(t, 12, now.In(zone).Hour(), "at %d", hour)
		}
	}
}
