package app

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/term"

	"todoshell/prompt"
	"todoshell/repl"
)

// messages returns where to write what is wrong: lines, which a terminal gets
// wrapped between words.
func messages(stderr *os.File) io.Writer {
	if !isTerminal(stderr) {
		return stderr
	}
	return repl.NewWordWriter(stderr, func() int { return columns(stderr) })
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// prompts tells whether there is a person to prompt, and nothing else to run.
func (p *program) prompts() bool {
	return len(p.tasks) == 0 && isTerminal(p.stdin) && isTerminal(p.stdout)
}

// historyFile returns the path of the prompt's history, or "" where there is no
// place for it.
func (p *program) historyFile() string {
	dir, err := p.xdg("XDG_STATE_HOME", ".local/state")
	if err != nil {
		return ""
	}
	if err = p.keepPrivate(dir); err != nil {
		fmt.Fprintf(p.stderr, "todoshell: no history is kept: %v\n", err)
		return ""
	}
	return filepath.Join(dir, "history")
}

// confirm asks a question at the terminal where there is no prompt, as with -c.
func (p *program) confirm(question string) (bool, error) {
	fmt.Fprintf(p.stderr, "%s [y/N] ", question)
	var answer []byte
	for b := make([]byte, 1); ; { // no further than the line: a script may follow
		if n, _ := p.stdin.Read(b); n == 0 || b[0] == '\n' {
			return prompt.IsYes(string(answer)), nil
		}
		answer = append(answer, b[0])
	}
}

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
	return isTerminal(p.stdout) && !isPlain()
}

func (p *program) width() int { return columns(p.stdout) }

// columns returns how wide the terminal is, or what is assumed of one.
func columns(f *os.File) int {
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width < 1 {
		return 80
	}
	return width
}

func (p *program) height() int {
	_, height, err := term.GetSize(int(p.stdout.Fd()))
	if err != nil || height < 1 {
		return 24
	}
	return height
}

// isPlain tells whether the terminal may take escape sequences for text. On Windows,
// where TERM is hardly ever set, none does.
func isPlain() bool {
	kind := os.Getenv("TERM")
	return kind == "dumb" || kind == "" && runtime.GOOS != "windows"
}

// settings are what the flags choose of how a shell answers.
func (p *program) settings() repl.Settings {
	return repl.Settings{JSON: p.json, Bail: p.bail, Table: isTerminal(p.stdout), Color: p.colored()}
}

// environment is where the shell runs, but for the data.
func (p *program) environment() repl.Environment {
	env := repl.Environment{
		In: p.stdin, Out: p.stdout, Err: p.messages,
		Terminal: isTerminal(p.stdout), Plain: isPlain(), Width: p.width, Height: p.height,
		Files: repl.OS{Progress: p.progress},
	}
	if isTerminal(p.stdin) {
		env.Confirm = p.confirm
	}
	return env
}
