//go:build unix

package main

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"time"
)

// works are the works, each with todoshell first.
func (b *bench) works() []work {
	n := b.lines
	many := func(i int) int { return i % 1000 }
	one := func(int) int { return 0 }
	return []work{
		{"add to 1,000 lists, durable", []contestant{
			b.todoshell("add-many", adds(n, many)),
			b.sqlite("sqlite3, one transaction", "add-many-sql", inserts(n, many)),
			b.redis("redis-cli --pipe, fsync always", "add-many-redis", commands(n, many), "always"),
		}},
		{"add to one list, durable", []contestant{
			b.todoshell("add-one", adds(n, one)),
			b.sqlite("sqlite3, one transaction", "add-one-sql", inserts(n, one)),
			b.redis("redis-cli --pipe, fsync always", "add-one-redis", commands(n, one), "always"),
		}},
		{"80 % entries of a day, 20 % add", []contestant{
			b.todoshell("mixed", func(w *bufio.Writer) {
				mixed(n, func(list int, date string, title string) {
					if title == "" {
						fmt.Fprintf(w, "entries list_%d %s\n", list, date)
					} else {
						fmt.Fprintf(w, "add list_%d %s %s\n", list, date, title)
					}
				})
			}),
			b.sqlite("sqlite3, one transaction", "mixed-sql", func(w *bufio.Writer) {
				fmt.Fprint(w, schema, "create index e_date on entries (list, date, id);\nbegin;\n")
				ids := make(map[int]int)
				mixed(n, func(list int, date string, title string) {
					if title == "" {
						fmt.Fprintf(w, "select id, date, title from entries where list = 'list_%d' and date = '%s' order by id;\n", list, date)
						return
					}
					ids[list]++
					fmt.Fprintf(w, "insert into entries values ('list_%d', %d, '%s', '%s');\n", list, ids[list], date, title)
				})
				fmt.Fprintln(w, "commit;")
			}),
		}},
		{"a million live servers", []contestant{
			b.todoshell("servers", func(w *bufio.Writer) {
				for i := range n {
					fmt.Fprintf(w, "server list_%d\n", i)
				}
			}),
			{name: "goroutines behind channels", command: []string{b.path("bench"), "-goroutines", fmt.Sprint(n)}},
		}},
		b.oneCommand(),
		{"wide", []contestant{
			b.todoshell("wide", func(w *bufio.Writer) {
				random := rand.New(rand.NewPCG(1, 2))
				for i := range 10 * n {
					fmt.Fprintf(w, "add list_%d %s Task number %d\n", random.IntN(n), day(i), i)
				}
			}, "--max-live", fmt.Sprint(n/10)),
		}},
	}
}

func day(i int) string { return fmt.Sprintf("2026-%02d-%02d", i%12+1, i%28+1) }

func adds(n int, list func(int) int) func(*bufio.Writer) {
	return func(w *bufio.Writer) {
		for i := range n {
			fmt.Fprintf(w, "add list_%d %s Task number %d\n", list(i), day(i), i)
		}
	}
}

const schema = "create table entries (list text, id integer, date text, title text, primary key (list, id));\n"

func inserts(n int, list func(int) int) func(*bufio.Writer) {
	return func(w *bufio.Writer) {
		fmt.Fprint(w, schema, "begin;\n")
		ids := make(map[int]int)
		for i := range n {
			ids[list(i)]++
			fmt.Fprintf(w, "insert into entries values ('list_%d', %d, '%s', 'Task number %d');\n", list(i), ids[list(i)], day(i), i)
		}
		fmt.Fprintln(w, "commit;")
	}
}

// commands add to a hash and to an index by date, as a list in Redis would be.
func commands(n int, list func(int) int) func(*bufio.Writer) {
	return func(w *bufio.Writer) {
		ids := make(map[int]int)
		for i := range n {
			ids[list(i)]++
			fmt.Fprintf(w, "HSET list_%d %d \"%s Task number %d\"\r\n", list(i), ids[list(i)], day(i), i)
		}
	}
}

// mixed calls do for each line; an empty title asks for the day's entries.
func mixed(n int, do func(list int, date, title string)) {
	random := rand.New(rand.NewPCG(3, 4))
	for i := range n {
		title := ""
		if random.IntN(5) == 0 {
			title = fmt.Sprintf("Task number %d", i)
		}
		do(random.IntN(1000), day(random.IntN(336)), title)
	}
}

// file makes a file once.
func (b *bench) file(name string, write func(*bufio.Writer)) (string, error) {
	path := b.path(name)
	if _, err := os.Stat(path); err == nil || write == nil {
		return path, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	write(w)
	return path, errors.Join(w.Flush(), f.Close())
}

func (b *bench) todoshell(script string, write func(*bufio.Writer), flags ...string) contestant {
	data := b.path("data")
	return contestant{name: "todoshell", command: append([]string{b.path("todoshell"), "--data", data}, flags...),
		script: script, write: write, leaves: []string{data}}
}

func (b *bench) sqlite(title, script string, write func(*bufio.Writer)) contestant {
	db := b.path("bench.db")
	return contestant{name: title, command: []string{"sqlite3", db}, script: script, write: write,
		leaves: []string{db, db + "-journal"}}
}

// redis pipes commands to a server of its own that syncs its log so often. The
// memory in the table is the client's.
func (b *bench) redis(title, script string, write func(*bufio.Writer), fsync string) contestant {
	dir, socket := b.path("redis"), b.path("redis.sock")
	return contestant{name: title, command: []string{"redis-cli", "-s", socket, "--pipe"}, script: script, write: write,
		leaves: []string{dir},
		prepare: func() (func(), error) {
			if err := os.Mkdir(dir, 0o700); err != nil {
				return nil, err
			}
			server := exec.Command("redis-server", "--port", "0", "--unixsocket", socket, "--dir", dir,
				"--save", "", "--appendonly", "yes", "--appendfsync", fsync, "--logfile", "/dev/null")
			if err := server.Start(); err != nil {
				return nil, err
			}
			for range 500 {
				if exec.Command("redis-cli", "-s", socket, "ping").Run() == nil {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			return func() {
				_ = server.Process.Kill()
				_ = server.Wait()
			}, nil
		}}
}

// oneCommand is a look at one list among many.
func (b *bench) oneCommand() work {
	data, db := b.path("data-of-all"), b.path("all.db")
	fill := func(c contestant) func() (func(), error) {
		return func() (func(), error) {
			if _, err := os.Stat(c.leaves[0]); err == nil {
				return func() {}, nil
			}
			_, err := b.once(c)
			return func() {}, err
		}
	}
	each := func(i int) int { return i }
	ours := b.todoshell("add-each", adds(b.lines, each))
	ours.command, ours.leaves = []string{b.path("todoshell"), "--data", data}, []string{data}
	theirs := b.sqlite("sqlite3", "add-each-sql", inserts(b.lines, each))
	theirs.command, theirs.leaves = []string{"sqlite3", db}, []string{db}
	return work{"the entries of one list of a million, a process", []contestant{
		{name: "todoshell -c", command: []string{b.path("todoshell"), "--data", data, "-c", "entries list_77"}, prepare: fill(ours)},
		{name: "sqlite3", command: []string{"sqlite3", db, "select * from entries where list = 'list_77'"}, prepare: fill(theirs)},
	}}
}
