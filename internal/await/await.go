// Package await lets tests wait for something as long as it takes, so that none fails
// because the machine is busy. The one limit is that of the test binary (go test
// -timeout), a little before which a test gives up, to tell what it waited for.
package await

import (
	"context"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

const (
	toTell  = 15 * time.Second // before the end of -timeout, for a test to report what it waited for
	noLimit = 10 * time.Minute // for one thing, under -timeout 0
	pause   = time.Millisecond
)

// Left returns how long a test may wait for one thing. A test that has given up may still
// wait for what explains the failure, for a part of the time that is kept for reporting.
func Left(tb testing.TB) time.Duration {
	tb.Helper()
	limited, ok := tb.(interface{ Deadline() (time.Time, bool) }) // a benchmark is not
	if !ok {
		return noLimit
	}
	end, ok := limited.Deadline()
	if !ok {
		return noLimit
	}
	left := time.Until(end)
	if left > toTell {
		return left - toTell
	}
	return left / 2
}

// Context returns a context that ends when the test has to give up.
func Context(parent context.Context, tb testing.TB) (context.Context, context.CancelFunc) {
	tb.Helper()
	return context.WithTimeout(parent, Left(tb))
}

// Until waits until something is so, or returns false when the test has to give up.
func Until(tb testing.TB, isSo func() bool) bool {
	tb.Helper()
	for late := time.After(Left(tb)); !isSo(); {
		select {
		case <-late:
			return false
		case <-time.After(pause):
		}
	}
	return true
}

// End waits until f returns. Where the test has to give up, the process ends with
// the stacks of all goroutines.
func End(t *testing.T, what string, f func()) {
	t.Helper()
	late := time.AfterFunc(Left(t), func() {
		debug.SetTraceback("all")
		panic(what + " does not end")
	})
	defer late.Stop()
	f()
}

// Gone waits until no goroutine runs a function whose name has this in it.
func Gone(t *testing.T, name string) {
	t.Helper()
	var running string
	if !Until(t, func() bool { running = Stacks(); return !strings.Contains(running, name) }) {
		t.Fatalf("%s goes on:\n%s", name, running)
	}
}

// Stacks returns the stacks of all goroutines.
func Stacks() string {
	for b := make([]byte, 1<<20); ; b = make([]byte, 2*len(b)) {
		if n := runtime.Stack(b, true); n < len(b) {
			return string(b[:n])
		}
	}
}
