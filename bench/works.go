//go:build unix

package main

import (
	"bufio"
	"context"
	"fmt"
)

// works are the works, each with todoshell first.
func (b *bench) works() []work {
	return append([]work{
		b.addMany(), b.addOne(), b.mixed(), b.liveServers(), b.hit(), b.day(), b.typedWork(), b.overviewWork(),
		b.growLists(), b.growEntries(), b.callers(), b.hotList(), b.slowDisk(), b.wide(),
	}, b.served()...)
}

func one(title string) []row { return []row{{key: whole, title: title}} }

func (b *bench) addMany() work {
	n, many := b.lines, modulo(1000)
	title := fmt.Sprintf("%s adds over 1,000 lists, piped", count(n))
	return work{name: "many", title: title, memory: true, rows: one(title), contestants: []contestant{
		durable(b.shell("add-many", adds(n, many))),
		b.sqlite("add-many-sql", inserts(n, many)),
		b.redis("add-many-redis", hashes(n, many), "always"),
		b.redis("add-many-redis", hashes(n, many), "everysec"),
		b.script(bolt, "bbolt", "add-many", adds(n, many)),
		b.script(channels, "channels", "add-many", adds(n, many)),
		b.elixir("neither parsed, printed nor durable", "adds", n, 1000),
		b.taskImport("add-many-tasks", 1000),
	}}
}

func (b *bench) addOne() work {
	n, list := b.lines, modulo(1)
	title := fmt.Sprintf("%s adds to one list, piped", count(n))
	return work{name: "one", title: title, memory: true, rows: one(title), contestants: []contestant{
		durable(b.shell("add-one", adds(n, list))),
		b.sqlite("add-one-sql", inserts(n, list)),
		b.redis("add-one-redis", hashes(n, list), "always"),
		b.redis("add-one-redis", hashes(n, list), "everysec"),
		b.script(bolt, "bbolt", "add-one", adds(n, list)),
		b.fewer(channels, "channels", "add-one", func(n int) func(*bufio.Writer) { return adds(n, list) }),
		b.elixir("neither parsed, printed nor durable", "adds", n, 1),
		b.taskImport("add-one-tasks", 1),
	}}
}

func (b *bench) mixed() work {
	n := b.lines
	title := fmt.Sprintf("%s lines over 1,000 lists: 80 %% entries of a day, 20 %% add", count(n))
	return work{name: "mixed", title: title, memory: true, rows: one(title), contestants: []contestant{
		durable(b.shell("mixed", mixedLines(n))),
		b.sqlite("mixed-sql", mixedSQL(n)),
		b.redis("mixed-redis", mixedHashes(n), "always"),
		b.redis("mixed-redis", mixedHashes(n), "everysec"),
		b.script(bolt, "bbolt", "mixed", mixedLines(n)),
		b.script(channels, "channels", "mixed", mixedLines(n)),
		b.elixir("neither parsed, printed nor durable", "mixed", n),
	}}
}

func durable(c contestant) contestant {
	c.name += ", durable"
	return c
}

func (b *bench) liveServers() work {
	n := b.lines
	title := fmt.Sprintf("server list_i: %s live servers", count(n))
	return work{name: "servers", title: title, memory: true, rows: one(title), contestants: []contestant{
		b.shell("servers", servers(n)),
		b.servers("goroutines behind channels", "goroutines", n),
		b.servers("Proto.Actor", "actors", n),
		b.elixir("processes", "servers", n),
	}}
}

func (b *bench) hit() work {
	title := "a cache hit, from all cores"
	return work{name: "hit", title: title, rows: one(title), contestants: []contestant{
		b.gotest("todoshell", "cache", "^BenchmarkHit$/^cache$", "1s"),
		b.gotest("sync.Map", "cache", "^BenchmarkHit$/^sync.Map$", "1s"),
		b.gotest("one goroutine behind a channel", "cache", "^BenchmarkHit$/^goroutine$", "1s"),
		b.peer("Proto.Actor, a call", "hit", "actors"),
		b.elixir("a call of the cache process", "hit"),
	}}
}

func (b *bench) day() work {
	title := "the entries of one day out of 200,000 in a list"
	return work{name: "day", title: title, rows: one(title), contestants: []contestant{
		b.gotest("todoshell", "todo", "^BenchmarkEntriesOfADay$/^list$", "1s"),
		b.gotest("a scan of a slice", "todo", "^BenchmarkEntriesOfADay$/^scan$", "1s"),
		b.elixir("a scan in the list's process", "day"),
	}}
}

func (b *bench) typedWork() work {
	return work{name: "command", title: fmt.Sprintf("one command, a process, on data with %s lists", count(b.lines)), memory: true,
		rows: []row{
			{key: "entries", title: fmt.Sprintf("the entries of one list out of %s, a process", count(b.lines))},
			{key: "add", title: "one add there, a process"},
		},
		contestants: []contestant{b.typedShell(), b.typedSQLite(), b.typedTask()}}
}

func (b *bench) growLists() work {
	w := work{name: "lists", title: "growth: more and more lists of an entry each"}
	for _, n := range b.sizes() {
		w.rows = append(w.rows, row{key: fmt.Sprintf("lists=%d ns/op", n), title: count(n) + " lists, an add to each: time per list",
			curve: "Time per list, an add to each (the whole process)", axis: "lists", x: float64(n)})
	}
	for _, n := range b.sizes() {
		w.rows = append(w.rows, row{key: fmt.Sprintf("lists=%d B/list", n), title: count(n) + " lists of an entry: memory per list", unit: inBytes,
			curve: "Memory per list of an entry (the whole process)", axis: "lists", x: float64(n)})
	}
	each := func(n int) func(*bufio.Writer) { return adds(n, func(i int) int { return i }) }
	w.contestants = []contestant{
		b.each("todoshell, durable", "", func(n int) func(context.Context) ([]sample, error) {
			return b.shell(fmt.Sprint("each-", n), each(n)).run
		}),
		b.each(channels, "", func(n int) func(context.Context) ([]sample, error) {
			return b.script("", "channels", fmt.Sprint("each-", n), each(n)).run
		}),
		b.each("Elixir, not durable", "elixir", func(n int) func(context.Context) ([]sample, error) {
			return b.elixirRun("grow", n)
		}),
	}
	return w
}

func (b *bench) growEntries() work {
	w := work{name: "entries", title: "growth: more and more entries in one list, no disk"}
	for _, m := range []struct {
		key, title, curve string
		unit              unit
	}{
		{"change ns/op", "an add and a delete", "Time of an add and a delete in a list", inTime},
		{"day ns/op", "the entries of a day", "Time to get the entries of one day, 100 at most", inTime},
		{"day B/entry", "memory per entry", "Memory per entry", inBytes},
	} {
		for _, n := range []int{1, 1000, 200_000} {
			w.rows = append(w.rows, row{key: fmt.Sprintf("entries=%d/%s", n, m.key), title: count(n) + " in a list: " + m.title,
				unit: m.unit, curve: m.curve, axis: "entries in the list", x: float64(n)})
		}
	}
	w.contestants = []contestant{
		b.gotest("todoshell", "cache", "^BenchmarkEntries$", "0.3s"),
		b.peer("a goroutine with a slice", "list", "channels"),
		b.elixir("a process with a map", "list"),
	}
	return w
}
