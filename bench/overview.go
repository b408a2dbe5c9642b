//go:build unix

package main

import (
	"bufio"
	"fmt"
)

// overviewWork asks about many lists of an entry each: of 1,000 the entry is due, and one title in 1,000
// lists holds a rare word.
func (b *bench) overviewWork() work {
	n := count(b.lines)
	return work{name: "overview", title: fmt.Sprintf("a look at all of %s lists, a process", n), memory: true,
		rows: []row{
			{key: "agenda", title: fmt.Sprintf("agenda of %s lists, of which 1,000 have an entry due, a process", n)},
			{key: "rare", title: fmt.Sprintf("find over %s lists, what 1 title in 1,000 holds, a process: titles", n), unit: inRate},
			{key: "common", title: fmt.Sprintf("find over %s lists, what all titles hold, a process: titles", n), unit: inRate},
			{key: "lists", title: fmt.Sprintf("the names of %s lists with their counts, as JSON, a process", n)},
		},
		contestants: []contestant{b.overviewShell(), b.overviewSQLite(), b.overviewGrep()}}
}

// eachList writes a line about each list with its only entry.
func (b *bench) eachList(line func(w *bufio.Writer, list int, date, title string)) func(*bufio.Writer) {
	return func(w *bufio.Writer) {
		for i := range b.lines {
			date, title := "2999-12-31", fmt.Sprintf("Task number %d", i)
			if i < 1000 {
				date = "2020-01-01"
			}
			if i%1000 == 500 {
				title += ", for the Dentist"
			}
			line(w, i, date, title)
		}
	}
}

func (b *bench) overviewShell() contestant {
	program := []string{b.path("todoshell"), "--data", b.path("overview")}
	run := func(words ...string) process { return process{command: append(program, words...)} }
	fill := process{command: program, script: "overview-adds", write: b.eachList(func(w *bufio.Writer, list int, date, title string) {
		fmt.Fprintf(w, "add list_%d %s %s\n", list, date, title)
	})}
	return b.typed("todoshell -c", "", fill,
		command{key: "agenda", lines: 1000, process: run("-c", "agenda")},
		command{key: "rare", lines: b.lines / 1000, process: run("-c", "find dentist"), of: b.lines},
		command{key: "common", lines: b.lines, process: run("-c", "find task"), of: b.lines},
		command{key: "lists", lines: b.lines, process: run("--json", "-c", "lists")})
}

// overviewSQLite has an index for the agenda, and keeps the entries of a list side by side.
func (b *bench) overviewSQLite() contestant {
	db := b.path("overview.db")
	run := func(words ...string) process { return process{command: append([]string{"sqlite3", db}, words...)} }
	insert := b.eachList(func(w *bufio.Writer, list int, date, title string) {
		fmt.Fprintf(w, "insert into entries values ('list_%d', 1, '%s', 0, '%s');\n", list, date, title)
	})
	fill := process{command: []string{"sqlite3", db}, script: "overview-sql", write: func(w *bufio.Writer) {
		fmt.Fprintln(w, "create table entries (list text, id integer, date text, done integer, title text, primary key (list, id)) without rowid;")
		fmt.Fprintln(w, "create index due on entries (done, date);\nbegin;")
		insert(w)
		fmt.Fprintln(w, "commit;")
	}}
	return b.typed("sqlite3", "sqlite3", fill,
		command{key: "agenda", lines: 1000, process: run("select * from entries where done = 0 and date <= date('now') order by list, date, id")},
		command{key: "rare", lines: b.lines / 1000, process: run("select * from entries where title like '%dentist%'"), of: b.lines},
		command{key: "common", lines: b.lines, process: run("select * from entries where title like '%task%'"), of: b.lines},
		command{key: "lists", lines: b.lines, process: run("-json", "select list, count(*) entries, sum(1 - done) open from entries group by list")})
}

// overviewGrep has all entries in one text, and knows ASCII alone, as sqlite3 does. It would end at the first
// line if it saw that nobody reads them.
func (b *bench) overviewGrep() contestant {
	text := b.path("overview.txt")
	run := func(word string) process {
		return process{command: []string{"sh", "-c", `LC_ALL=C grep -i "$1" "$2" | cat`, "sh", word, text}}
	}
	fill := process{command: []string{"cp", "/dev/stdin", text}, script: "overview-lines",
		write: b.eachList(func(w *bufio.Writer, list int, date, title string) {
			fmt.Fprintf(w, "list_%d %s %s\n", list, date, title)
		})}
	return b.typed("grep -i, one file", "grep", fill,
		command{key: "rare", lines: b.lines / 1000, process: run("dentist"), of: b.lines}, command{key: "common", lines: b.lines, process: run("task"), of: b.lines})
}
