//go:build unix

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// A work is something to do, and those who do it. The first is todoshell.
type work struct {
	name, title string
	long        bool // takes minutes: runs only where it is asked for, once
	memory      bool // the peak memory of the processes says something
	rows        []row
	contestants []contestant
}

// A row is one thing that is measured in a work.
type row struct {
	key   string // by which samples tell it
	title string
	unit  unit
	// A row with a curve is a point in that chart.
	curve, axis string
	x           float64
}

// A unit is what a row is measured in.
type unit int

const (
	inTime unit = iota // nanoseconds
	inBytes
	inRate // a second
	inRatio
)

// A contestant does a work.
type contestant struct {
	name string
	tool string // a program that it needs
	run  func(context.Context) ([]sample, error)
}

// A sample is what one run tells of a row.
type sample struct {
	key   string
	value float64
	peak  int64   // bytes
	trace []point // memory over time
}

const whole = "ns/op" // the key where a work has one row

// A line is what all rounds say about a row and a contestant.
type line struct {
	work       *work
	row        row
	contestant string
	values     []float64 // by round, and then sorted
	peak       int64
	trace      []point
	ratio      float64 // to the row's first contestant, in the same round
}

func (l line) median() float64 { return median(l.values) }

func median(sorted []float64) float64 {
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// compare runs the works, in each round all contestants in turn.
func (b *bench) compare(ctx context.Context, r *report, works []work) error {
	for i := range works {
		w := &works[i]
		rounds := b.rounds
		if w.long {
			rounds = 1
		}
		samples := make([][]sample, len(w.contestants))
		out := make([]bool, len(w.contestants)) // failed, or can't run
		for round := range rounds {
			for i, c := range w.contestants {
				if _, err := exec.LookPath(c.tool); c.tool != "" && err != nil || out[i] {
					continue
				}
				fmt.Fprintf(os.Stderr, "%s, round %d of %d: %s\n", w.name, round+1, rounds, c.name)
				s, err := c.run(ctx)
				if ctx.Err() != nil {
					return ctx.Err()
				}
				if err != nil {
					out[i] = true
					text := strings.ReplaceAll(err.Error(), b.dir, "")
					r.failed = append(r.failed, fmt.Sprintf("%s, %s: %s", w.name, c.name, text))
				}
				samples[i] = append(samples[i], s...)
			}
		}
		r.lines = append(r.lines, w.lines(samples)...)
	}
	return nil
}

// lines gathers the samples by row and contestant.
func (w *work) lines(samples [][]sample) (lines []line) {
	for _, row := range w.rows {
		var first []float64
		for i, c := range w.contestants {
			l := line{work: w, row: row, contestant: c.name}
			for _, s := range samples[i] {
				if s.key == row.key {
					l.values = append(l.values, s.value)
					l.peak = max(l.peak, s.peak)
					l.trace = s.trace
				}
			}
			if len(l.values) == 0 {
				continue
			}
			if first == nil {
				first = slices.Clone(l.values)
			}
			l.ratio = row.unit.ratio(l.values, first)
			slices.Sort(l.values)
			lines = append(lines, l)
		}
	}
	return lines
}

// ratio tells how many times as long something takes as the first contestant, or
// how many times as much: the median of the rounds that both have done.
func (u unit) ratio(values, first []float64) float64 {
	var ratios []float64
	for i := range min(len(values), len(first)) {
		r := values[i] / first[i]
		if u == inRate {
			r = 1 / r
		}
		ratios = append(ratios, r)
	}
	slices.Sort(ratios)
	return median(ratios)
}
