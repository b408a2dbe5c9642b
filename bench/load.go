//go:build unix

package main

import "fmt"

// The works here run inside processes: cache/load_test.go, peer/load.go.

func (b *bench) callers() work {
	w := work{name: "callers", title: "concurrent callers that add, each to a list of its own"}
	for _, m := range [][3]string{
		{"ns/op", "time per add", "Time per add, all callers together"},
		{"p99-ns", "p99 of an add", "p99 of an add, as a caller sees it"},
	} {
		for _, n := range []int{1, 4, 16, 64} {
			w.rows = append(w.rows, row{key: fmt.Sprintf("callers=%d %s", n, m[0]), title: fmt.Sprintf("callers: %d, %s", n, m[1]),
				curve: m[2], axis: "callers", x: float64(n)})
		}
	}
	w.contestants = []contestant{
		b.gotest("todoshell, durable", "cache", "^BenchmarkCallers$", "1s"),
		b.peer(channels, "callers", "channels"),
		b.peer(batch, "callers", "bbolt"),
	}
	return w
}

const hotCalls, slowCalls = "2000x", "1000x" // as many as the peers make

func (b *bench) hotList() work {
	w := work{name: "hot", title: "one hot list beside a thousand quiet ones"}
	for _, percent := range []string{"p50", "p99"} {
		for _, hot := range []struct {
			callers int
			title   string
		}{{0, "without a hot one"}, {64, "beside a hot one with 64 callers"}} {
			w.rows = append(w.rows, row{key: fmt.Sprintf("hot=%d quiet-%s-ns", hot.callers, percent),
				title: fmt.Sprintf("an add to a quiet list, %s: %s", hot.title, percent)})
		}
	}
	w.contestants = []contestant{
		b.gotest("todoshell, durable", "cache", "^BenchmarkHotList$", hotCalls),
		b.peer(channels, "hot", "channels"),
		b.peer(batch, "hot", "bbolt"),
		b.elixir("not durable", "hot"),
	}
	return w
}

// slowDisk has no bbolt: its fsync can't be delayed from outside.
func (b *bench) slowDisk() work {
	w := work{name: "slow", title: "reading on a slow disk, whose fsync is 10 ms late, while others write"}
	for _, list := range [][2]string{{"quiet", "that is only read"}, {"written", "that is also written"}} {
		for _, disk := range []struct {
			late, title string
			writers     int
		}{
			{"0s", "64 writers", 64}, {"10ms", "64 writers, fsync 10 ms late", 64},
			{"0s", "2,000 writers", 2000}, {"10ms", "2,000 writers, fsync 10 ms late", 2000},
		} {
			w.rows = append(w.rows, row{key: fmt.Sprintf("late=%s/writers=%d %s-p99-ns", disk.late, disk.writers, list[0]),
				title: fmt.Sprintf("a read of a list %s, %s: p99", list[1], disk.title)})
		}
	}
	w.contestants = []contestant{
		b.gotest("todoshell, in the mailbox's turn", "cache", "^BenchmarkSlowDisk$/^mailbox$", slowCalls),
		b.gotest("todoshell, the published list", "cache", "^BenchmarkSlowDisk$/^view$", slowCalls),
		b.peer("goroutines behind channels", "slow", "channels"),
	}
	return w
}

func (b *bench) wide() work {
	lines, lists := 10*b.lines, b.lines
	title := fmt.Sprintf("%s adds at random over %s lists", count(lines), count(lists))
	bounded := durable(b.shell("wide", wide(lines, lists), "--max-live", fmt.Sprint(lists/10)))
	bounded.name = fmt.Sprintf("todoshell --max-live %d, durable", lists/10)
	all := durable(b.shell("wide", wide(lines, lists), "--max-live", fmt.Sprint(lists)))
	all.name = fmt.Sprintf("todoshell --max-live %d, durable", lists)
	return work{name: "wide", title: title, long: true, memory: true, rows: one(title), contestants: []contestant{bounded, all}}
}
