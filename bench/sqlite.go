//go:build unix

package main

import (
	"bufio"
	"fmt"
)

// sqlite makes one transaction of all lines: nothing is durable before the last.
func (b *bench) sqlite(script string, write func(*bufio.Writer)) contestant {
	db := b.path("bench.db")
	return contestant{name: "sqlite3, one transaction, durable at its end", tool: "sqlite3", run: b.timed(process{
		command: []string{"sqlite3", db}, script: script, write: write, fresh: []string{db, db + "-journal"},
	})}
}

func (b *bench) typedSQLite() contestant {
	db := b.path("all.db")
	run := func(sql string) process { return process{command: []string{"sqlite3", db, sql}} }
	fill := process{command: []string{"sqlite3", db}, script: "add-each-sql", write: func(w *bufio.Writer) {
		inserts(b.lines, func(i int) int { return i })(w)
		fmt.Fprintln(w, "insert into entries values ('Bob', 1, '2026-01-01', 'Dentist');")
	}}
	return b.typed("sqlite3", "sqlite3", fill,
		command{key: "entries", process: run("select * from entries where list = 'Bob'")},
		command{key: "add", process: run("insert into entries select 'Bob', max(id) + 1, '2026-01-01', 'Dentist' from entries where list = 'Bob'")})
}
