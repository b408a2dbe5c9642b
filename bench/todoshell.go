//go:build unix

package main

import (
	"bufio"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// shell is todoshell, with a script.
func (b *bench) shell(script string, write func(*bufio.Writer), flags ...string) contestant {
	data := b.path("data")
	return contestant{name: "todoshell", run: b.timed(process{
		command: append([]string{b.path("todoshell"), "--data", data}, flags...),
		script:  script, write: write, fresh: []string{data},
	})}
}

// gotest is a benchmark of a package of todoshell.
func (b *bench) gotest(name, pkg, benchmark, time string) contestant {
	return contestant{name: name, run: b.measured(process{
		command: []string{b.path(pkg + ".test"), "-test.run", "^$", "-test.bench", benchmark, "-test.benchtime", time},
	})}
}

// each runs a work of each size, and tells the time and the memory of each list.
func (b *bench) each(name, tool string, run func(n int) func(context.Context) ([]sample, error)) contestant {
	return contestant{name: name, tool: tool, run: func(ctx context.Context) (all []sample, err error) {
		for _, n := range b.sizes() {
			samples, err := run(n)(ctx)
			if err != nil {
				return nil, err
			}
			for _, s := range samples {
				all = append(all,
					sample{key: fmt.Sprintf("lists=%d ns/op", n), value: s.value / float64(n), peak: s.peak},
					sample{key: fmt.Sprintf("lists=%d B/list", n), value: float64(s.peak) / float64(n), peak: s.peak})
			}
		}
		return all, nil
	}}
}

// sizes are how many lists there are while they grow in number.
func (b *bench) sizes() (sizes []int) {
	for n := 1000; n <= b.lines; n *= 10 {
		sizes = append(sizes, n)
	}
	return sizes
}

// A command is what someone types: a process each time.
type command struct {
	key     string
	process process
	of      int // how many things it goes through, for a rate
	lines   int // of the answer, where that is checked
}

// What is typed is measured so often, but not for much longer than this.
const (
	typedTimes = 21
	typedFor   = 3 * time.Second
)

// typed runs commands on data that fill makes once, and tells the medians.
func (b *bench) typed(name, tool string, fill process, commands ...command) contestant {
	filled := false
	return contestant{name: name, tool: tool, run: func(ctx context.Context) (samples []sample, err error) {
		if !filled {
			if _, err := b.start(ctx, fill); err != nil {
				return nil, err
			}
			if err := b.checkAnswers(ctx, commands); err != nil {
				return nil, err
			}
			filled = true
		}
		for _, c := range commands {
			s := sample{key: c.key}
			var times []time.Duration
			for begun := time.Now(); len(times) == 0 || len(times) < typedTimes && time.Since(begun) < typedFor; {
				o, err := b.start(ctx, c.process)
				if err != nil {
					return nil, err
				}
				times, s.peak = append(times, o.elapsed), max(s.peak, o.peak)
			}
			slices.Sort(times)
			s.value = float64(times[len(times)/2])
			if c.of > 0 {
				s.value = float64(c.of) / times[len(times)/2].Seconds()
			}
			samples = append(samples, s)
		}
		return samples, nil
	}}
}

// checkAnswers runs the commands whose answers are known once.
func (b *bench) checkAnswers(ctx context.Context, commands []command) error {
	for _, c := range commands {
		if c.lines == 0 {
			continue
		}
		c.process.capture = true
		o, err := b.start(ctx, c.process)
		if err != nil {
			return err
		}
		if n := strings.Count(o.out, "\n"); n != c.lines {
			return fmt.Errorf("%s: %d lines, want %d", strings.Join(c.process.command, " "), n, c.lines)
		}
	}
	return nil
}

// typedShell has the list Bob among many others.
func (b *bench) typedShell() contestant {
	data := b.path("data-of-all")
	run := func(command string) process {
		return process{command: []string{b.path("todoshell"), "--data", data, "-c", command}}
	}
	fill := process{command: []string{b.path("todoshell"), "--data", data}, script: "add-each", write: func(w *bufio.Writer) {
		fmt.Fprintln(w, "add Bob 2026-01-01 Dentist")
		adds(b.lines, func(i int) int { return i })(w)
	}}
	return b.typed("todoshell -c", "", fill,
		command{key: "entries", process: run("entries Bob")}, command{key: "add", process: run("add Bob 2026-01-01 Dentist")})
}
