//go:build unix

package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
)

// These write the same work in the languages of the contestants.

func day(i int) string { return fmt.Sprintf("2026-%02d-%02d", i%12+1, i%28+1) }

func modulo(lists int) func(int) int { return func(i int) int { return i % lists } }

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

// hashes add to a hash for each list.
func hashes(n int, list func(int) int) func(*bufio.Writer) {
	return func(w *bufio.Writer) {
		ids := make(map[int]int)
		for i := range n {
			ids[list(i)]++
			fmt.Fprintf(w, "HSET list_%d %d \"%s Task number %d\"\r\n", list(i), ids[list(i)], day(i), i)
		}
	}
}

// tasks are what Taskwarrior imports.
func tasks(n int, list func(int) int) func(*bufio.Writer) {
	return func(w *bufio.Writer) {
		for i := range n {
			fmt.Fprintf(w, `{"uuid":"00000000-0000-4000-8000-%012d","description":"Task number %d","project":"list_%d",`+
				`"due":"2026%02d%02dT000000Z","status":"pending","entry":"20260101T000000Z"}`+"\n", i, i, list(i), i%12+1, i%28+1)
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

func mixedLines(n int) func(*bufio.Writer) {
	return func(w *bufio.Writer) {
		mixed(n, func(list int, date, title string) {
			if title == "" {
				fmt.Fprintf(w, "entries list_%d %s\n", list, date)
			} else {
				fmt.Fprintf(w, "add list_%d %s %s\n", list, date, title)
			}
		})
	}
}

func mixedSQL(n int) func(*bufio.Writer) {
	return func(w *bufio.Writer) {
		fmt.Fprint(w, schema, "create index e_date on entries (list, date, id);\nbegin;\n")
		ids := make(map[int]int)
		mixed(n, func(list int, date, title string) {
			if title == "" {
				fmt.Fprintf(w, "select id, date, title from entries where list = 'list_%d' and date = '%s' order by id;\n", list, date)
				return
			}
			ids[list]++
			fmt.Fprintf(w, "insert into entries values ('list_%d', %d, '%s', '%s');\n", list, ids[list], date, title)
		})
		fmt.Fprintln(w, "commit;")
	}
}

// mixedHashes has a hash for each day of each list.
func mixedHashes(n int) func(*bufio.Writer) {
	return func(w *bufio.Writer) {
		ids := make(map[int]int)
		mixed(n, func(list int, date, title string) {
			if title == "" {
				fmt.Fprintf(w, "HGETALL list_%d:%s\r\n", list, date)
				return
			}
			ids[list]++
			fmt.Fprintf(w, "HSET list_%d:%s %d \"%s\"\r\n", list, date, ids[list], title)
		})
	}
}

func servers(n int) func(*bufio.Writer) {
	return func(w *bufio.Writer) {
		for i := range n {
			fmt.Fprintf(w, "server list_%d\n", i)
		}
	}
}

// wide adds to lists at random.
func wide(lines, lists int) func(*bufio.Writer) {
	return func(w *bufio.Writer) {
		random := rand.New(rand.NewPCG(1, 2))
		for i := range lines {
			fmt.Fprintf(w, "add list_%d %s Task number %d\n", random.IntN(lists), day(i), i)
		}
	}
}
