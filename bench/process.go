//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A process is a command with its input.
type process struct {
	command []string
	dir     string
	env     []string
	script  string              // the name of the file on its standard input
	write   func(*bufio.Writer) // writes that file, once
	fresh   []string            // removed before
	capture bool                // its output is wanted; else it goes to /dev/null
}

// An outcome is how a process went.
type outcome struct {
	elapsed time.Duration
	peak    int64   // bytes
	trace   []point // memory over time, from time to time
	out     string
}

// start runs a process to its end. It and its children are killed when ctx ends.
func (b *bench) start(ctx context.Context, p process) (outcome, error) {
	for _, path := range p.fresh {
		if err := os.RemoveAll(path); err != nil {
			return outcome{}, err
		}
	}
	cmd := b.command(ctx, p.command...)
	cmd.Dir, cmd.Env = p.dir, append(cmd.Environ(), p.env...)
	var problems, out bytes.Buffer
	cmd.Stderr = &problems
	if p.capture {
		cmd.Stdout = &out
	}
	if p.write != nil {
		in, err := b.input(p.script, p.write)
		if err != nil {
			return outcome{}, err
		}
		defer in.Close()
		cmd.Stdin = in
	}
	// The system counts into a process's peak that of its parent at the start.
	inherited, _ := memory(os.Getpid())
	syscall.Sync() // the disk is not still at work for the one before
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return outcome{}, err
	}
	end, watched := make(chan struct{}), make(chan []point)
	var o outcome
	go func() { watched <- watch(cmd.Process.Pid, begun, &o.peak, end) }()
	err := cmd.Wait()
	o.elapsed = time.Since(begun)
	close(end)
	o.trace, o.out = <-watched, out.String()
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		peak := usage.Maxrss << 10
		if runtime.GOOS == "darwin" {
			peak = usage.Maxrss
		}
		if peak > inherited {
			o.peak = max(o.peak, peak)
		}
	}
	if err != nil {
		text := strings.TrimSpace(problems.String())
		return o, fmt.Errorf("%s: %w: %s", strings.Join(p.command, " "), err, text[:min(len(text), 1000)])
	}
	return o, nil
}

// command makes a command in a process group of its own, so that what it has
// started is killed with it. Its temporary files go into our folder.
func (b *bench) command(ctx context.Context, words ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	cmd.Env = append(cmd.Environ(), "TMPDIR="+b.dir)
	return cmd
}

// watch looks at the memory of a process, often at first: it may end soon.
func watch(pid int, begun time.Time, peak *int64, end chan struct{}) (trace []point) {
	for i := 0; ; i++ {
		most, now := memory(pid)
		*peak = max(*peak, most)
		if now > 0 {
			trace = append(trace, point{time.Since(begun).Seconds(), float64(now)})
		}
		pause := time.Millisecond
		if i > 20 {
			pause = 50 * time.Millisecond
		}
		select {
		case <-end:
			return trace
		case <-time.After(pause):
		}
	}
}

var memoryLine = regexp.MustCompile(`(?m)^(VmHWM|VmRSS):\s*(\d+) kB$`)

// memory returns the most a process has had in memory and what it has now, in
// bytes, or 0 where the system can't tell.
func memory(pid int) (most, now int64) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0
	}
	for _, m := range memoryLine.FindAllSubmatch(status, 2) {
		kilobytes, _ := strconv.ParseInt(string(m[2]), 10, 64)
		if string(m[1]) == "VmHWM" {
			most = kilobytes << 10
		} else {
			now = kilobytes << 10
		}
	}
	return most, now
}

// input opens a file, and makes it where it isn't there.
func (b *bench) input(name string, write func(*bufio.Writer)) (*os.File, error) {
	path := b.path(name)
	if _, err := os.Stat(path); err != nil {
		f, err := os.Create(path)
		if err != nil {
			return nil, err
		}
		w := bufio.NewWriterSize(f, 1<<20)
		write(w)
		if err := errors.Join(w.Flush(), f.Close()); err != nil {
			return nil, err
		}
	}
	return os.Open(path)
}

// timed is a contestant's run whose time is that of the whole process.
func (b *bench) timed(p process) func(context.Context) ([]sample, error) {
	return func(ctx context.Context) ([]sample, error) {
		o, err := b.start(ctx, p)
		if err != nil {
			return nil, err
		}
		return []sample{{whole, float64(o.elapsed), o.peak, o.trace}}, nil
	}
}

// measured is a contestant's run that prints its times itself, as Go's
// benchmarks do.
func (b *bench) measured(p process) func(context.Context) ([]sample, error) {
	p.capture = true
	return func(ctx context.Context) ([]sample, error) {
		o, err := b.start(ctx, p)
		if err != nil {
			return nil, err
		}
		samples := parse(o.out, o.peak)
		if len(samples) == 0 {
			return nil, fmt.Errorf("%s printed no measurements: %s", strings.Join(p.command, " "), o.out)
		}
		return samples, nil
	}
}

var processors = regexp.MustCompile(`-\d+$`)

// parse reads benchmarks as the testing package prints them. A sample's key is
// those parts of the name that tell a row, and the unit.
func parse(out string, peak int64) (samples []sample) {
	for text := range strings.Lines(out) {
		fields := strings.Fields(text)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		var parts []string
		for part := range strings.SplitSeq(processors.ReplaceAllString(fields[0], ""), "/") {
			if strings.Contains(part, "=") || part == "change" || part == "day" {
				parts = append(parts, part)
			}
		}
		for i := 2; i+1 < len(fields); i += 2 {
			if value, err := strconv.ParseFloat(fields[i], 64); err == nil {
				key := strings.TrimSpace(strings.Join(parts, "/") + " " + fields[i+1])
				samples = append(samples, sample{key: key, value: value, peak: peak})
			}
		}
	}
	return samples
}
