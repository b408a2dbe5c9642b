//go:build unix

// Command bench runs todoshell beside what one would take instead, on the same
// work and in turn, and prints a table: the median of some rounds, with the
// fastest and the slowest, the peak memory, and how many times as long as
// todoshell each contestant takes.
//
//	cd bench && go run .              # all that this machine has
//	cd bench && go run . -lines 100000 -rounds 1
//	cd bench && go run . -work wide   # one work; see -h
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// A bench is one run of this program.
type bench struct {
	lines  int
	rounds int
	dir    string // where everything is made
}

func run() error {
	b := &bench{}
	flag.IntVar(&b.lines, "lines", 1_000_000, "lines of the scripts")
	flag.IntVar(&b.rounds, "rounds", 3, "how often each contestant runs")
	only := flag.String("work", "", "run this work alone; wide runs only so: it takes minutes")
	goroutines := flag.Int("goroutines", 0, "be a contestant: start so many goroutines that wait on channels")
	flag.Parse()
	if *goroutines > 0 {
		wait(*goroutines)
		return nil
	}
	dir, err := os.MkdirTemp("", "todoshell-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b.dir = dir
	if err := b.build(); err != nil {
		return err
	}
	fmt.Printf("%s/%s, %d processors, %s, %s\n\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(),
		time.Now().Format(time.DateOnly))
	for _, tool := range []string{"sqlite3", "redis-server"} {
		if _, err := exec.LookPath(tool); err != nil {
			fmt.Printf("%s is missing: apt-get install sqlite3 redis-server\n\n", tool)
		}
	}
	fmt.Println("| work | contestant | median s | min | max | peak MiB | ratio |")
	fmt.Println("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
	for _, w := range b.works() {
		if *only == "" && w.name != "wide" || *only == w.name {
			if err := b.compare(w); err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
		}
	}
	return nil
}

// build builds todoshell, and this program for the contestants in it.
func (b *bench) build() error {
	for target, dir := range map[string]string{"todoshell": "..", "bench": "."} {
		pkg := "."
		if target == "todoshell" {
			pkg = "./cmd/todoshell"
		}
		build := exec.Command("go", "build", "-o", b.path(target), pkg)
		build.Dir, build.Stderr = dir, os.Stderr
		if err := build.Run(); err != nil {
			return fmt.Errorf("building %s: %w", target, err)
		}
	}
	return nil
}

func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }

// A work is something to do, and those who do it. The first is todoshell.
type work struct {
	name        string
	contestants []contestant
}

// A contestant is a command with its input. Before each run, what it left
// behind is removed, and prepare is called.
type contestant struct {
	name    string
	command []string
	script  string              // the name of the file on its standard input
	write   func(*bufio.Writer) // writes that file
	leaves  []string            // what it leaves behind
	prepare func() (stop func(), err error)
}

// result is how one run went.
type result struct {
	seconds float64
	peak    int64 // bytes
}

func (b *bench) compare(w work) error {
	results := make([][]result, len(w.contestants))
	for range b.rounds {
		for i, c := range w.contestants {
			if _, err := exec.LookPath(c.command[0]); err != nil {
				continue
			}
			r, err := b.once(c)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			results[i] = append(results[i], r)
		}
	}
	var first float64
	for i, c := range w.contestants {
		rs := results[i]
		if len(rs) == 0 {
			continue
		}
		slices.SortFunc(rs, func(a, b result) int { return int(1e6 * (a.seconds - b.seconds)) })
		median := rs[len(rs)/2].seconds
		if i == 0 {
			first = median
		}
		var peak int64
		for _, r := range rs {
			peak = max(peak, r.peak)
		}
		fmt.Printf("| %s | %s | %.3f | %.3f | %.3f | %d | %.2f |\n", w.name, c.name, median,
			rs[0].seconds, rs[len(rs)-1].seconds, peak>>20, median/first)
	}
	return nil
}

func (b *bench) once(c contestant) (result, error) {
	for _, path := range c.leaves {
		if err := os.RemoveAll(path); err != nil {
			return result{}, err
		}
	}
	if c.prepare != nil {
		stop, err := c.prepare()
		if err != nil {
			return result{}, err
		}
		defer stop()
	}
	cmd := exec.Command(c.command[0], c.command[1:]...)
	var problems strings.Builder
	cmd.Stderr = &problems
	if c.write != nil {
		path, err := b.file(c.script, c.write)
		if err != nil {
			return result{}, err
		}
		in, err := os.Open(path)
		if err != nil {
			return result{}, err
		}
		defer in.Close()
		cmd.Stdin = in
	}
	begun := time.Now()
	if err := cmd.Run(); err != nil {
		return result{}, fmt.Errorf("%w: %s", err, problems.String())
	}
	r := result{seconds: time.Since(begun).Seconds()}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		r.peak = usage.Maxrss << 10 // kilobytes on Linux
	}
	return r, nil
}

// wait is what a million servers would be as goroutines behind channels.
func wait(n int) {
	servers := make(map[string]chan string, n)
	started := make(chan struct{})
	for i := range n {
		c := make(chan string)
		servers[fmt.Sprintf("list_%d", i)] = c
		go func() {
			started <- struct{}{}
			<-c
		}()
		<-started
	}
	fmt.Println(len(servers))
}
