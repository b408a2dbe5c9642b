//go:build unix

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// tools are the programs of others, how they tell their version, and where they
// come from.
var tools = []struct{ name, version, install string }{
	{"sqlite3", "sqlite3 --version", "apt-get install sqlite3"},
	{"redis-server", "redis-server --version", "apt-get install redis-server"},
	{"task", "task --version", "apt-get install taskwarrior"},
	{"elixir", "elixir --version", "apt-get install elixir"},
	{"wrk", "wrk --version", "apt-get install wrk"},
}

// machine describes the machine, the versions, and what is missing.
func (b *bench) machine(ctx context.Context) string {
	say := func(words ...string) string {
		cmd := b.command(ctx, words...)
		out, _ := cmd.Output() // wrk fails after it has told its version
		return strings.TrimSpace(string(out))
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s, %d processors, %s of memory, %s (%s), data on %s, %s.\n",
		or(find("/proc/cpuinfo", `model name\s*: (.*)`), runtime.GOARCH), runtime.NumCPU(), memorySize(),
		or(find("/etc/os-release", `PRETTY_NAME="(.*)"`), runtime.GOOS), say("uname", "-sr"),
		fileSystem(say("df", "-T", b.dir)), time.Now().Format(time.DateOnly))
	fmt.Fprintf(&text, "todoshell %s, %s", or(say("git", "describe", "--always", "--dirty"), "(unknown)"), runtime.Version())
	for _, m := range []string{"go.etcd.io/bbolt", "github.com/asynkron/protoactor-go"} {
		fmt.Fprintf(&text, ", %s", say("go", "list", "-m", m))
	}
	var missing []string
	for _, t := range tools {
		if _, err := exec.LookPath(t.name); err != nil {
			missing = append(missing, fmt.Sprintf("%s is missing: %s\n", t.name, t.install))
			continue
		}
		fmt.Fprintf(&text, ", %s %s", t.name, version(say(strings.Fields(t.version)...)))
	}
	text.WriteString(".\n")
	if len(missing) > 0 {
		text.WriteString("\n" + strings.Join(missing, "\n"))
	}
	return text.String()
}

// fileSystem reads the second column of the second line, which GNU's df names.
func fileSystem(said string) string {
	if _, below, found := strings.Cut(said, "\n"); found {
		if fields := strings.Fields(below); len(fields) > 1 {
			return fields[1]
		}
	}
	return "an unknown file system"
}

var number = regexp.MustCompile(`\d+(\.\d+)+`)

// version takes the first of the last line that has any: elixir names the machine
// below it first, and wrk goes on about its flags.
func version(said string) string {
	for _, text := range slices.Backward(strings.Split(said, "\n")) {
		if found := number.FindString(text); found != "" {
			return found
		}
	}
	return "of an unknown version"
}

func find(path, pattern string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	if m := regexp.MustCompile(pattern).FindSubmatch(text); m != nil {
		return string(m[1])
	}
	return ""
}

func memorySize() string {
	kilobytes, err := strconv.ParseFloat(find("/proc/meminfo", `MemTotal:\s*(\d+) kB`), 64)
	if err != nil {
		return "an unknown amount"
	}
	return fmt.Sprintf("%.0f GiB", kilobytes/(1<<20))
}

func or(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
