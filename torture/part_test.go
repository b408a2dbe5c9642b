package torture

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"todoshell/internal/await"
)

// parts is how many parts share the time of the long form.
const parts = 11

// A part tests one promise of the program, in rounds, each with new data.
type part struct {
	*testing.T

	seed   uint64 // of the round
	random *rand.Rand
	end    time.Time // of the part's share of the time

	operations, faults, lost, wrong atomic.Int64
}

// run runs a part: so many rounds in the short form, and as many as there is
// time for in the long one. At its end there are no more goroutines and open
// files than before.
func run(t *testing.T, short int, round func(*part)) {
	t.Helper()
	budget := long(t)
	if budget == 0 && testing.Short() {
		short = max(short/4, 1)
	}
	p := &part{T: t, seed: uint64(time.Now().UnixNano()), end: time.Now().Add(budget / parts)}
	if s := os.Getenv("TORTURE_SEED"); s != "" {
		seed, err := strconv.ParseUint(s, 10, 64)
		require.NoError(t, err, "TORTURE_SEED")
		p.seed, short, budget = seed, 1, 0
	}
	goroutines, files := runtime.NumGoroutine(), openFiles()
	rounds := 0
	for ; (rounds < short || budget > 0 && time.Now().Before(p.end)) && !t.Failed(); rounds++ {
		if rounds > 0 {
			p.seed++
		}
		p.random = rand.New(rand.NewPCG(p.seed, 0))
		round(p)
	}
	if t.Failed() {
		t.Logf("to run this round again: TORTURE_SEED=%d go test -run '^%s$' ./torture", p.seed, t.Name())
	}
	p.expectNoMore(goroutines, files)
	out := io.Discard
	if long(t) > 0 || testing.Verbose() {
		out = os.Stdout
	}
	name := strings.TrimPrefix(t.Name(), "Test")
	fmt.Fprintf(out, "%-16s %7d rounds %9d operations %7d faults %d lost %d wrong\n", name, rounds,
		p.operations.Load(), p.faults.Load(), p.lost.Load(), p.wrong.Load())
}

// expectNoMore waits until there are no more goroutines and open files than
// before, and fails the test if there stay more.
func (p *part) expectNoMore(goroutines, files int) {
	p.Helper()
	if !await.Until(p.T, func() bool { return runtime.NumGoroutine() <= goroutines && openFiles() <= files }) {
		p.err("what was begun has not ended: %d goroutines before and %d now, %d open files before and %d now\n%s",
			goroutines, runtime.NumGoroutine(), files, openFiles(), await.Stacks())
	}
}

// long returns the time of the long form, 0 for the short form.
func long(t *testing.T) time.Duration {
	t.Helper()
	s := os.Getenv("TORTURE")
	if s == "" {
		return 0
	}
	budget, err := time.ParseDuration(s)
	require.NoError(t, err, "TORTURE")
	return budget
}

// lose reports that a change that was answered is gone.
func (p *part) lose(format string, args ...any) {
	p.Helper()
	p.lost.Add(1)
	p.Errorf("lost: "+format, args...)
}

// err reports that the program has given a wrong answer.
func (p *part) err(format string, args ...any) {
	p.Helper()
	p.wrong.Add(1)
	p.Errorf("wrong: "+format, args...)
}

// openFiles returns how many files the process has open, 0 where that can't be
// told.
func openFiles() int {
	files, _ := os.ReadDir("/proc/self/fd")
	return len(files)
}
