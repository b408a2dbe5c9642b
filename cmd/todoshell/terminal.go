package main

import (
	"os"

	"golang.org/x/term"

	"todoshell/cache"
	"todoshell/repl"
	"todoshell/store"
)

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// interactive tells whether there is a person to prompt.
func (p *program) interactive() bool { return isTerminal(p.stdin) && isTerminal(p.stdout) }

// colored decides as https://no-color.org and https://bixense.com/clicolors do,
// after the flag.
func (p *program) colored() bool {
	switch {
	case p.color != "auto":
		return p.color == "always"
	case os.Getenv("NO_COLOR") != "":
		return false
	case os.Getenv("CLICOLOR_FORCE") != "" && os.Getenv("CLICOLOR_FORCE") != "0":
		return true
	}
	return isTerminal(p.stdout) && os.Getenv("TERM") != "dumb"
}

func (p *program) width() int {
	width, _, err := term.GetSize(int(p.stdout.Fd()))
	if err != nil || width < 1 {
		return 80
	}
	return width
}

func (p *program) options(lists *cache.Cache, data *store.Store) repl.Options {
	o := repl.Options{
		Cache: lists,
		In:    p.stdin, Out: p.stdout, Err: p.stderr,
		JSON: p.json, Bail: p.bail, Table: isTerminal(p.stdout), Color: p.colored(),
		Width:    p.width,
		Progress: p.progress,
	}
	if !p.memory {
		o.Backup = data.Backup
	}
	return o
}
