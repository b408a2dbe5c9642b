package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// The loads here are those of cache/load_test.go, for the peers.

const (
	today = "2026-01-01"
	// So many calls are made, one a millisecond.
	hotCalls, slowCalls = 2000, 1000
)

func cores() int { return runtime.GOMAXPROCS(0) }

// A load is lists and what goes wrong with them.
type load struct {
	lists
	failed atomic.Pointer[error]
}

func (l *load) add(list string) {
	if _, err := l.lists.add(list, today, "something to do"); err != nil {
		l.failed.Store(&err)
	}
}

func (l *load) read(list string) {
	if _, err := l.day(list, "none"); err != nil {
		l.failed.Store(&err)
	}
}

// measureLoad measures each size of a load with new lists.
func measureLoad(what, who, file string) error {
	with := func(late time.Duration, f func(*load)) error {
		if err := os.RemoveAll(file); err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return err
		}
		opened, err := openLists(who, file, late)
		if err != nil {
			return err
		}
		l := &load{lists: opened}
		f(l)
		err = opened.close()
		if failed := l.failed.Load(); failed != nil {
			err = errors.Join(err, *failed)
		}
		return err
	}
	var errs []error
	switch what {
	case "callers":
		for _, n := range []int{1, 4, 16, 64} {
			errs = append(errs, with(0, func(l *load) { l.callers(n) }))
		}
	case "hot":
		for _, n := range []int{0, 64} {
			errs = append(errs, with(0, func(l *load) { l.hot(n) }))
		}
	case "slow":
		for _, late := range []time.Duration{0, 10 * time.Millisecond} {
			for _, writers := range []int{64, 2000} {
				errs = append(errs, with(late, func(l *load) { l.slow(late, writers) }))
			}
		}
	}
	return errors.Join(errs...)
}

// callers adds from n goroutines for a second, each to a list of its own.
func (l *load) callers(n int) {
	each := make([][]time.Duration, n)
	var group sync.WaitGroup
	begun := time.Now()
	for i := range each {
		group.Go(func() {
			for time.Since(begun) < time.Second {
				called := time.Now()
				l.add(fmt.Sprint("list_", i))
				each[i] = append(each[i], time.Since(called))
			}
		})
	}
	group.Wait()
	elapsed, all := time.Since(begun), slices.Concat(each...)
	p50, p99 := percentiles(all)
	report(fmt.Sprintf("Callers/callers=%d", n), len(all), float64(elapsed)/float64(len(all)), "ns/op", p50, "p50-ns", p99, "p99-ns")
}

func (l *load) hot(callers int) {
	quiet := names("list_", 1000)
	all(quiet, l.add)
	stop := always(slices.Repeat([]string{"hot"}, callers), l.add)
	p50, p99 := percentiles(calls(hotCalls, quiet, l.add))
	stop()
	report(fmt.Sprintf("HotList/hot=%d", callers), hotCalls, p50, "quiet-p50-ns", p99, "quiet-p99-ns")
}

func (l *load) slow(late time.Duration, writers int) {
	quiet, written := names("list_", 1000), names("written_", writers)
	all(quiet, l.add)
	stop := always(written, l.add)
	p50, p99 := percentiles(calls(slowCalls, quiet, l.read))
	busy50, busy99 := percentiles(calls(slowCalls, written, l.read))
	stop()
	report(fmt.Sprintf("SlowDisk/late=%s/writers=%d", late, writers), slowCalls, p50, "quiet-p50-ns", p99, "quiet-p99-ns",
		busy50, "written-p50-ns", busy99, "written-p99-ns")
}

func names(prefix string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprint(prefix, i)
	}
	return all
}

// all runs do for all names at the same time.
func all(names []string, do func(list string)) {
	var group sync.WaitGroup
	for _, name := range names {
		group.Go(func() { do(name) })
	}
	group.Wait()
}

// always runs do for each name, again and again, until stop is called.
func always(names []string, do func(list string)) (stop func()) {
	var end atomic.Bool
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		all(names, func(name string) {
			for !end.Load() {
				do(name)
			}
		})
	}()
	return func() { end.Store(true); <-ended }
}

// calls starts n calls, one a millisecond, whether or not those before it have
// ended, and returns how long each took from the time it was due.
func calls(n int, names []string, do func(list string)) []time.Duration {
	took := make([]time.Duration, n)
	var group sync.WaitGroup
	begun := time.Now()
	for i := range took {
		due := begun.Add(time.Duration(i) * time.Millisecond)
		<-time.After(time.Until(due))
		group.Go(func() {
			do(names[i%len(names)])
			took[i] = time.Since(due)
		})
	}
	group.Wait()
	return took
}

func percentiles(took []time.Duration) (p50, p99 int64) {
	slices.Sort(took)
	return int64(took[len(took)/2]), int64(took[len(took)*99/100])
}
