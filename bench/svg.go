//go:build unix

package main

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
)

// A drawing is an SVG picture on a white card, to be read on dark pages, too.
type drawing struct {
	strings.Builder
	labels []point
}

const (
	width = 860.0
	ink   = "#1f2937"
	pale  = "#6b7280"
	rule  = "#e5e7eb"
)

func newDrawing(title string, height float64) *drawing {
	d := &drawing{}
	fmt.Fprintf(d, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" width="%g" height="%g" role="img" `+
		`font-family="system-ui, -apple-system, 'Segoe UI', sans-serif" font-size="12"><title>%s</title>`+"\n",
		width, height, width, height, html.EscapeString(title))
	fmt.Fprintf(d, `<rect x="0.5" y="0.5" width="%g" height="%g" rx="8" fill="#ffffff" stroke="#d1d5db"/>`+"\n", width-1, height-1)
	d.text(20, 30, "start", ink, `font-size="16" font-weight="600"`, title)
	return d
}

func (d *drawing) text(x, y float64, anchor, colour, more, text string) {
	fmt.Fprintf(d, `<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s" %s>%s</text>`+"\n", x, y, anchor, colour, more, html.EscapeString(text))
}

func (d *drawing) line(x1, y1, x2, y2 float64, colour string) {
	fmt.Fprintf(d, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s"/>`+"\n", x1, y1, x2, y2, colour)
}

func (d *drawing) rect(x, y, w, h float64, colour string) {
	fmt.Fprintf(d, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="2" fill="%s"/>`+"\n", x, y, w, h, colour)
}

func (d *drawing) end() string { return d.String() + "</svg>\n" }

// A group of bars has a scale of its own.
type group struct {
	title string
	show  func(float64) string
	bars  []bar
}

type bar struct {
	name             string
	value            float64
	fastest, slowest float64
}

// bars draws groups below each other: the medians, with a line from the fastest
// round to the slowest.
func bars(title string, groups []group) string {
	const left, right, step = 400.0, width - 110.0, 24.0
	height := 50.0
	for _, g := range groups {
		height += 36 + step*float64(len(g.bars))
	}
	d := newDrawing(title, height)
	y := 50.0
	for _, g := range groups {
		scale, note := g.scale(left, right)
		heading := g.title
		if heading == title {
			heading = "time"
		}
		d.text(20, y+16, "start", pale, `font-weight="600"`, heading+note)
		y += 26
		d.line(left, y, left, y+step*float64(len(g.bars)), pale)
		mine, others := 0, 0
		for _, b := range g.bars {
			d.text(left-8, y+16, "end", ink, "", b.name)
			d.rect(left, y+4, max(scale(b.value)-left, 1), step-8, colour(b.name, &mine, &others))
			if b.slowest > b.fastest {
				d.line(scale(b.fastest), y+step/2, scale(b.slowest), y+step/2, ink)
			}
			d.text(max(scale(b.value), scale(b.slowest))+6, y+16, "start", ink, "", g.show(b.value))
			y += step
		}
		y += 10
	}
	return d.end()
}

// scale is linear, unless short bars would vanish.
func (g group) scale(left, right float64) (scale func(float64) float64, note string) {
	least, most := math.Inf(1), 0.0
	for _, b := range g.bars {
		least, most = min(least, b.fastest), max(most, b.slowest)
	}
	if most < 50*least || least <= 0 {
		return func(v float64) float64 { return left + v/most*(right-left) }, ""
	}
	low := math.Floor(math.Log10(least)) - 0.3
	high := math.Log10(most)
	return func(v float64) float64 { return left + (math.Log10(v)-low)/(high-low)*(right-left) }, " (logarithmic)"
}

type point struct{ x, y float64 }

// Curves are drawn on logarithmic axes, unless they are linear.
type curves struct {
	title, axis string
	show        func(float64) string
	unit        unit
	linear      bool
	names       []string
	points      map[string][]point
}

func newCurves(title, axis string, u unit) curves {
	return curves{title: title, axis: axis, show: u.show, unit: u, points: map[string][]point{}}
}

func (c *curves) add(name string, p point) {
	if !slices.Contains(c.names, name) {
		c.names = append(c.names, name)
	}
	c.points[name] = append(c.points[name], p)
}

func (c *curves) draw() string {
	const left, right, top, deep = 90.0, width - 90.0, 60.0, 320.0
	bottom := top + deep
	d := newDrawing(c.title, bottom+60+20*float64(len(c.names)))
	var xs, ys []float64
	for _, points := range c.points {
		for _, p := range points {
			xs, ys = append(xs, p.x), append(ys, p.y)
		}
	}
	x, xTicks := axis(xs, left, right, 1, c.linear)
	y, yTicks := axis(ys, bottom, top, c.step(ys), c.linear)
	for _, t := range yTicks {
		d.line(left, y(t), right, y(t), rule)
		d.text(left-8, y(t)+4, "end", pale, "", c.show(t))
	}
	for _, t := range xTicks {
		d.line(x(t), bottom, x(t), bottom+5, pale)
		d.text(x(t), bottom+20, "middle", pale, "", tickText(t))
	}
	d.line(left, bottom, right, bottom, pale)
	note := c.axis
	if !c.linear {
		note += ", both axes logarithmic"
	}
	d.text((left+right)/2, bottom+38, "middle", pale, "", note)
	mine, others := 0, 0
	for i, name := range c.names {
		colour := colour(name, &mine, &others)
		c.curve(d, name, colour, x, y)
		at := bottom + 58 + 20*float64(i)
		d.rect(left, at-9, 18, 8, colour)
		d.text(left+26, at, "start", ink, "", name)
	}
	return d.end()
}

// step is the unit of the axis that goes up.
func (c *curves) step(values []float64) float64 {
	switch most := slices.Max(values); {
	case c.unit != inBytes || most < 10<<10:
		return 1
	case c.linear && most > 10<<20:
		return 1 << 20
	}
	return 1 << 10
}

func tickText(t float64) string {
	if t == math.Trunc(t) {
		return count(int(t))
	}
	return fmt.Sprintf("%g", t)
}

// curve draws one, with the values at the points where there are few.
func (c *curves) curve(d *drawing, name, colour string, x, y func(float64) float64) {
	var path []string
	points := c.points[name]
	for _, p := range points {
		path = append(path, fmt.Sprintf("%.1f,%.1f", x(p.x), y(p.y)))
	}
	fmt.Fprintf(d, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", strings.Join(path, " "), colour)
	if len(points) > 10 {
		return
	}
	for _, p := range points {
		fmt.Fprintf(d, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`+"\n", x(p.x), y(p.y), colour)
		d.label(x(p.x)+5, y(p.y)-6, colour, c.show(p.y))
	}
}

// label writes where no other label is: higher up, if need be.
func (d *drawing) label(x, y float64, colour, text string) {
	for slices.ContainsFunc(d.labels, func(p point) bool { return math.Abs(p.x-x) < 45 && math.Abs(p.y-y) < 10 }) {
		y--
	}
	d.labels = append(d.labels, point{x, y})
	d.text(x, y, "start", colour, `font-size="10"`, text)
}

// axis maps values to a range, and returns those to be named, in units of so
// much.
func axis(values []float64, from, to, unit float64, linear bool) (place func(float64) float64, ticks []float64) {
	least, most := slices.Min(values)/unit, slices.Max(values)/unit
	if linear {
		most = max(most, 1)
		step := math.Pow(10, math.Floor(math.Log10(most)))
		if most/step < 4 {
			step /= 2
		}
		for t := 0.0; t <= most; t += step {
			ticks = append(ticks, t*unit)
		}
		return func(v float64) float64 { return from + v/unit/most*(to-from) }, ticks
	}
	low, high := math.Floor(math.Log10(least)), math.Ceil(math.Log10(most))
	high = max(high, low+1)
	for t := low; t <= high; t++ {
		ticks = append(ticks, unit*math.Pow(10, t))
	}
	return func(v float64) float64 { return from + (math.Log10(v/unit)-low)/(high-low)*(to-from) }, ticks
}
