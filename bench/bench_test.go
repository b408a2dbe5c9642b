//go:build unix

package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	got := parse("goos: linux\nBenchmarkSlowDisk/view/late=10ms/writers=64-2 \t 500\t 12.5 ns/op\t7 quiet-p99-ns\n"+
		"BenchmarkEntries/entries=1000/day\t3\t9 B/entry\nPASS\n", 1)
	want := []sample{
		{key: "late=10ms/writers=64 ns/op", value: 12.5}, {key: "late=10ms/writers=64 quiet-p99-ns", value: 7},
		{key: "entries=1000/day B/entry", value: 9},
	}
	if len(got) != len(want) {
		t.Fatal(got)
	}
	for i, w := range want {
		if got[i].key != w.key || got[i].value != w.value || got[i].peak != 1 {
			t.Errorf("%v, want %v", got[i], w)
		}
	}
}

func TestTexts(t *testing.T) {
	for got, want := range map[string]string{
		timeText(999.9): "1.00 µs", timeText(16.52): "16.5 ns", timeText(2.5e11): "250 s", timeText(0): "0 ns",
		bytesText(1536): "1.50 KiB", count(1_234_567): "1,234,567", count(12): "12", ratio(0.069): "0.07", ratio(95982.3): "95,982",
		version("Erlang/OTP 25 [erts-13.1.5]\n\nElixir 1.14.0 (compiled with Erlang/OTP 24)"): "1.14.0",
		version("Redis server v=7.0.15 malloc=jemalloc-5.3.0"):                                "7.0.15",
		version("wrk 4.1.0 [epoll]\nUsage: wrk <options> <url>"):                              "4.1.0",
		fileSystem("Filesystem Type 1K-blocks\n/dev/vda   ext4 3"):                            "ext4",
		inRate.show(43_210.4): "43,210/s", inRatio.show(1.5): "1.50 ×", inBytes.show(10): "10.0 B", inTime.show(10): "10.0 ns",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A ratio is that of the same round; who fails in a later one has fewer.
func TestRatio(t *testing.T) {
	for _, c := range []struct {
		unit          unit
		values, first []float64
		want          float64
	}{
		{inTime, []float64{20, 30, 80}, []float64{10, 30, 20}, 2},
		{inTime, []float64{20}, []float64{10, 40}, 2},
		{inRate, []float64{200, 100}, []float64{100, 100}, 0.75},
	} {
		if got := c.unit.ratio(c.values, c.first); got != c.want {
			t.Errorf("%v of %v: %v, want %v", c.values, c.first, got, c.want)
		}
	}
}

// The works of the server run, in a small size, and measure each of their rows.
func TestServed(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes some seconds")
	}
	b := &bench{lines: 20_000, rounds: 1, dir: t.TempDir()}
	if err := b.buildPrograms(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, w := range b.served() {
		t.Run(w.name, func(t *testing.T) {
			tool := w.contestants[0].tool
			if _, err := exec.LookPath(tool); tool != "" && err != nil {
				t.Skip(tool, "is missing")
			}
			r := &report{}
			if err := b.compare(t.Context(), r, []work{w}); err != nil || len(r.failed) > 0 {
				t.Fatal(err, r.failed)
			}
			if want := len(w.rows) * len(w.contestants); len(r.lines) != want {
				t.Errorf("%d lines, want %d", len(r.lines), want)
			}
			for _, l := range r.lines {
				if l.median() <= 0 || l.peak <= 0 && runtime.GOOS == "linux" {
					t.Errorf("%s, %s: %v, at most %d bytes", l.row.title, l.contestant, l.values, l.peak)
				}
			}
		})
	}
}

// All find as much in many lists.
func TestOverview(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes some seconds")
	}
	b := &bench{lines: 1000, rounds: 1, dir: t.TempDir()}
	if err := b.buildPrograms(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := b.overviewWork()
	for _, contestant := range w.contestants {
		if _, err := exec.LookPath(contestant.tool); contestant.tool != "" && err != nil {
			t.Skip(contestant.tool, "is missing")
		}
		samples, err := contestant.run(t.Context())
		if err != nil {
			t.Error(err)
		}
		for _, s := range samples {
			if s.value <= 0 {
				t.Errorf("%s, %s: %v", contestant.name, s.key, s.value)
			}
		}
	}
}

func TestReplace(t *testing.T) {
	got, err := replace("a\n"+begin+"\nold\n"+end+"\nb\n", "new")
	if err != nil || got != "a\nnew\nb\n" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := replace("no markers", "new"); err == nil {
		t.Error("a README without markers was written")
	}
}

// Each chart is well-formed, has no place that is not a number, and shows all
// contestants.
func TestCharts(t *testing.T) {
	w := &work{name: "w", title: "a < b", long: true, memory: true}
	r := &report{}
	for _, name := range []string{"todoshell", "R&D"} {
		r.lines = append(r.lines,
			line{work: w, row: row{key: "k", title: "x"}, contestant: name, values: []float64{1, 2, 300}, peak: 1 << 20, trace: []point{{0, 1}, {1, 2}}})
	}
	for _, name := range []string{"todoshell", "R&D"} {
		r.lines = append(r.lines, line{work: w, row: row{curve: "c", axis: "n", x: 10}, contestant: name, values: []float64{5}})
	}
	charts := r.charts()
	if len(charts) != 3 {
		t.Fatal(charts)
	}
	for _, c := range charts {
		d := xml.NewDecoder(strings.NewReader(c.svg))
		for {
			_, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
		}
		for _, bad := range []string{"NaN", "Inf"} {
			if strings.Contains(c.svg, bad) {
				t.Errorf("%s: %s", c.name, bad)
			}
		}
		if !strings.Contains(c.svg, "todoshell<") || !strings.Contains(c.svg, "R&amp;D<") {
			t.Errorf("%s: a contestant is missing", c.name)
		}
	}
}
