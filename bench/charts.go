//go:build unix

package main

import (
	"fmt"
	"strings"
)

// A chart is a file of its own.
type chart struct{ name, title, svg string }

// charts draws bars of each work, a group for each row, and lines for rows that
// are points of a curve.
func (r *report) charts() (charts []chart) {
	for i := 0; i < len(r.lines); {
		w, first := r.lines[i].work, i
		for i < len(r.lines) && r.lines[i].work == w {
			i++
		}
		charts = append(charts, w.charts(r.lines[first:i])...)
	}
	return charts
}

func (w *work) charts(lines []line) (charts []chart) {
	var groups []group
	var curves []curves
	for _, l := range lines {
		show := l.row.unit.show
		if l.row.curve == "" {
			bar := bar{l.contestant, l.median(), l.values[0], l.values[len(l.values)-1]}
			groups = addBar(groups, l.row.title, show, bar)
			continue
		}
		if len(curves) == 0 || curves[len(curves)-1].title != l.row.curve {
			curves = append(curves, newCurves(l.row.curve, l.row.axis, l.row.unit))
		}
		curves[len(curves)-1].add(l.contestant, point{l.row.x, l.median()})
	}
	for _, l := range lines {
		if w.memory && l.peak > 0 && l.row.key == lines[0].row.key {
			groups = addBar(groups, "peak memory", bytesText, bar{l.contestant, float64(l.peak), float64(l.peak), float64(l.peak)})
		}
	}
	if len(groups) > 0 {
		charts = append(charts, chart{w.name, w.title, bars(w.title, groups)})
	}
	for i, c := range curves {
		charts = append(charts, chart{fmt.Sprintf("%s-%d", w.name, i+1), c.title, c.draw()})
	}
	if trace := w.trace(lines); trace != nil {
		charts = append(charts, chart{w.name + "-memory", trace.title, trace.draw()})
	}
	return charts
}

func addBar(groups []group, title string, show func(float64) string, b bar) []group {
	if len(groups) == 0 || groups[len(groups)-1].title != title {
		groups = append(groups, group{title: title, show: show})
	}
	last := &groups[len(groups)-1]
	last.bars = append(last.bars, b)
	return groups
}

// trace is the memory of the contestants of a long work over time.
func (w *work) trace(lines []line) *curves {
	if !w.long {
		return nil
	}
	c := newCurves("Memory while it runs: "+w.title, "seconds", inBytes)
	c.linear = true
	for _, l := range lines {
		step := max(len(l.trace)/100, 1)
		for i := 0; i < len(l.trace); i += step {
			c.add(l.contestant, l.trace[i])
		}
	}
	if len(c.points) == 0 {
		return nil // the system does not tell it
	}
	return &c
}

// ours are the colours of todoshell, theirs those of the others.
var (
	ours   = []string{"#0f766e", "#5eaaa4"}
	theirs = []string{"#c2410c", "#4f46e5", "#a16207", "#be185d", "#475569", "#0369a1", "#7e22ce"}
)

// colour gives the i-th contestant one; mine and others count those before it.
func colour(name string, mine, others *int) string {
	if strings.HasPrefix(name, "todoshell") {
		*mine++
		return ours[(*mine-1)%len(ours)]
	}
	*others++
	return theirs[(*others-1)%len(theirs)]
}
