//go:build unix

package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A report is all that a run has found out.
type report struct {
	machine string
	lines   []line
	failed  []string
}

// table writes the lines as Markdown.
func (r *report) table() string {
	var t strings.Builder
	t.WriteString("| work | contestant | median | min | max | peak MiB | ratio |\n| --- | --- | ---: | ---: | ---: | ---: | ---: |\n")
	for _, l := range r.lines {
		peak := "–"
		if l.work.memory && l.peak > 0 {
			peak = fmt.Sprintf("%.0f", float64(l.peak)/(1<<20))
		}
		show := l.row.unit.show
		fmt.Fprintf(&t, "| %s | %s | %s | %s | %s | %s | %s |\n", l.row.title, l.contestant, show(l.median()),
			show(l.values[0]), show(l.values[len(l.values)-1]), peak, ratio(l.ratio))
	}
	for _, f := range r.failed {
		fmt.Fprintf(&t, "\nfailed: %s\n", f)
	}
	return t.String()
}

func (u unit) show(value float64) string {
	switch u {
	case inBytes:
		return bytesText(value)
	case inRate:
		return count(int(math.Round(value))) + "/s"
	case inRatio:
		return ratio(value) + " ×"
	}
	return timeText(value)
}

func timeText(nanoseconds float64) string {
	return scaled(nanoseconds, 1000, "ns", "µs", "ms", "s")
}

func bytesText(n float64) string { return scaled(n, 1024, "B", "KiB", "MiB", "GiB") }

// scaled shows three digits with the unit that fits.
func scaled(value, step float64, units ...string) string {
	i := 0
	for ; i < len(units)-1 && value >= step*0.9995; i++ {
		value /= step
	}
	return digits(value) + " " + units[i]
}

func digits(value float64) string {
	decimals := 0
	if value > 0 {
		decimals = max(0, 2-int(math.Floor(math.Log10(value*1.0005))))
	}
	return strconv.FormatFloat(value, 'f', min(decimals, 3), 64)
}

func ratio(value float64) string {
	if value >= 100 {
		return count(int(math.Round(value)))
	}
	return strconv.FormatFloat(value, 'f', 2, 64)
}

// count writes 1000 as 1,000.
func count(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
