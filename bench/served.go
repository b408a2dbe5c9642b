//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"
)

// The works here are of the server, over HTTP on this machine.

const (
	users       = 28 // connections
	streams     = 10_000
	hammerers   = 100
	servedLists = 1000
	bulkLines   = 300_000
	wrkTime     = 5 * time.Second
	streamTime  = 10 * time.Second
	crowdTime   = 2 * time.Second
	useTime     = 3 * time.Second
)

// part is that part of something which the lines of the scripts are of those in
// full size.
func (b *bench) part(n int) int { return n * b.lines / fullSize }

// seconds is that part of a time, in whole seconds.
func (b *bench) seconds(full time.Duration) int {
	return max(b.part(int(full/time.Second)), 1)
}

func (b *bench) served() []work {
	return []work{
		b.requests(), b.bulk(),
		b.watched("streams", servedLists, "1,000 lists", streamTime), b.watched("crowd", 1, "one list", crowdTime),
		b.hammered("hammer", "ceaseless", "without pause"),
		b.hammered("calm", "ordinary", "one a millisecond"),
	}
}

func (b *bench) requests() work {
	what := fmt.Sprintf("80 %% GET entries, 20 %% POST add_entry, %d connections: ", users)
	todoshell := b.loaded(b.wrk)
	empty := b.emptyHandler(b.wrk)
	todoshell.tool, empty.tool = "wrk", "wrk"
	return work{name: "requests", title: "HTTP requests over 1,000 lists, from wrk", memory: true,
		rows: []row{
			{key: "requests/s", title: what + "requests", unit: inRate},
			{key: "p50-ns", title: what + "p50"},
			{key: "p99-ns", title: what + "p99"},
		},
		contestants: []contestant{todoshell, empty}}
}

// wrk has one thread: where there are two processors, it needs less than one to
// keep a server busy with the other, and a second thread only takes turns with it.
func (b *bench) wrk(ctx context.Context, url string) ([]sample, error) {
	samples, err := b.measured(process{command: []string{"wrk", "-t", "1", "-c", fmt.Sprint(users),
		"-d", fmt.Sprint(b.seconds(wrkTime), "s"), "-s", "requests.lua", url}})(ctx)
	for _, s := range samples {
		if s.key == "errors" && s.value > 0 {
			err = errors.Join(err, fmt.Errorf("%.0f requests failed", s.value))
		}
	}
	return samples, err
}

func (b *bench) bulk() work {
	n := b.part(bulkLines)
	piped := durable(b.shell("bulk", adds(n, modulo(servedLists))))
	piped.name += ", a script, the whole process"
	run := piped.run
	piped.run = func(ctx context.Context) ([]sample, error) {
		samples, err := run(ctx)
		for i := range samples {
			samples[i].key, samples[i].value = "lines/s", float64(n)/(samples[i].value/float64(time.Second))
		}
		return samples, err
	}
	title := fmt.Sprintf("%s adds over 1,000 lists in one POST to /v1/bulk", count(n))
	return work{name: "bulk", title: title, memory: true,
		rows:        []row{{key: "lines/s", title: title + ": lines", unit: inRate}},
		contestants: []contestant{b.loaded(b.client("bulk", n, servedLists)), piped}}
}

// watched opens streams of events of so many lists.
func (b *bench) watched(name string, lists int, over string, full time.Duration) work {
	n := b.part(streams)
	what := fmt.Sprintf("%s streams of events of %s, 100 changes a second", count(n), over)
	return work{name: name, title: what, memory: true,
		rows: []row{
			{key: "delivery-p50-ns", title: what + ": from change to delivery, p50"},
			{key: "delivery-p99-ns", title: what + ": from change to delivery, p99"},
		},
		contestants: []contestant{b.loaded(func(ctx context.Context, url string) ([]sample, error) {
			if err := openFiles(n); err != nil {
				return nil, err
			}
			return b.client("streams", n, lists, b.seconds(full))(ctx, url)
		})}}
}

// openFiles fails where not so many can be open. Go raises the limit of its
// programs, the client's and the server's, as far as they may.
func openFiles(n int) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	if need := uint64(n + 200); limit.Max < need {
		return fmt.Errorf("%s streams need a limit of open files of %d: ulimit -Hn %d", count(n), need, need)
	}
	return nil
}

// hammered measures the use of a thousand lists alone, and then beside another
// list. What the empty handler's clients see is the wait for a processor.
func (b *bench) hammered(name, use, how string) work {
	use1000 := func(ctx context.Context, url string) ([]sample, error) { return b.hammer(ctx, url, use) }
	what := "requests of 16 connections to 1,000 lists, " + how
	beside := fmt.Sprintf("%s, beside a list that %d connections hammer", what, hammerers)
	return work{name: name, title: "1,000 lists over HTTP beside a hammered one, requests " + how, memory: true,
		rows: []row{
			{key: "alone p50-ns", title: what + ": p50"},
			{key: "beside p50-ns", title: beside + ": p50"},
			{key: "alone p99-ns", title: what + ": p99"},
			{key: "beside p99-ns", title: beside + ": p99"},
			{key: "times", title: beside + ": p99, of that alone", unit: inRatio},
			{key: "adds/s", title: beside + ": adds to it", unit: inRate},
		},
		contestants: []contestant{b.loaded(use1000), b.emptyHandler(use1000)}}
}

func (b *bench) hammer(ctx context.Context, url, use string) ([]sample, error) {
	used := b.client(use, b.seconds(useTime))
	alone, err := used(ctx, url)
	if err != nil {
		return nil, err
	}
	hammer, err := b.serve(ctx, b.path("peer"), "hammer", url, fmt.Sprint(hammerers))
	if err != nil {
		return nil, err
	}
	beside, err := used(ctx, url)
	out, ended := hammer.end()
	if err = errors.Join(err, ended); err != nil {
		return nil, err
	}
	samples := parse(out, 0)
	for i, s := range alone {
		samples = append(samples, sample{key: "alone " + s.key, value: s.value}, sample{key: "beside " + s.key, value: beside[i].value})
		if s.key == "p99-ns" {
			samples = append(samples, sample{key: "times", value: beside[i].value / s.value})
		}
	}
	return samples, nil
}
