package prompt

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"

	"todoshell/repl"
	"todoshell/todo"
)

// An editor is the line that is being typed, and what its keys need to remember.
type editor struct {
	edit
	pasted    []string // the lines above it, which were pasted and have yet to run
	latest    action   // of the previous key
	argument  argument
	search    *search
	query     string // of the previous search
	killed    []rune // what was cut out of a line last, for yank
	suspended bool   // the job was stopped while the line was typed
}

// An argument is the last word of a line of the history, inserted into this one.
type argument struct {
	from, to int // where it stands
	at       int // which line of the history it is from
}

// maxTyped is how many characters a line may have. That is more than a command may
// have, so that the shell is the one to say that it is too long.
const maxTyped = 2 * repl.MaxLine

// press does what a key does, unless readline has done it.
func (p *Prompt) press(k key) {
	if p.search != nil {
		shown, goesOn := p.search.press(k, p.edit)
		if p.edit = shown; goesOn {
			return
		}
		p.query, p.search = p.search.query, nil
		if k.action == abortSearch || k.action == leaveSearch {
			return
		}
	}
	if from, to, kills := p.kills(k.action); kills {
		p.killed, p.edit = slices.Clone(p.line[from:to]), p.cut(from, to)
	}
	switch k.action {
	case insert:
		if !utf8.ValidString(k.text) {
			p.refuse(todo.BadUTF8, "what was typed is not valid UTF-8", "set the terminal, or the keyboard, to UTF-8")
			break
		}
		p.add([]rune(k.text))
	case insertPaste:
		p.paste(k.text)
	case yank:
		p.add(p.killed)
	case deleteRight:
		p.edit = p.cut(p.pos, min(p.pos+1, len(p.line)))
	case moveWordLeft:
		p.pos = p.wordLeft(isWord)
	case moveWordRight:
		p.pos = p.wordRight()
	case lastArgument:
		p.addArgument()
	case complete:
		p.complete()
	case searchBack, searchForward:
		lines := p.history.Lines()
		p.search = &search{lines: lines, at: len(lines), forward: k.action == searchForward, last: p.query, before: p.edit}
	case abortSearch:
		p.screen.bell()
	case clearAll:
		p.screen.clear()
	case suspendJob:
		p.suspend()
	case resume:
		p.resume()
	}
	if k.action != redraw && k.action != resume {
		p.latest = k.action
	}
}

// add inserts text where the cursor is.
func (p *Prompt) add(text []rune) {
	if len(p.line)+len(text) > maxTyped {
		p.screen.bell()
		return
	}
	p.edit = p.insert(text)
}

// maxPastedShown is how many lines of a paste are shown.
const maxPastedShown = 100

// paste inserts what was pasted. If it has several lines, the last one can be edited,
// and the others stand above it until that one is entered.
func (p *Prompt) paste(text string) {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimPrefix(text, "\ufeff"))
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	last := len(lines) - 1
	after := string(p.line[p.pos:])
	lines[0] = string(p.line[:p.pos]) + lines[0]
	pos := utf8.RuneCountInString(lines[last])
	lines[last] += after
	switch {
	case len(text) > maxPaste:
		p.refuse(repl.LineTooLong, fmt.Sprintf("what was pasted is longer than %d bytes", maxPaste), useFile)
	case !utf8.ValidString(text):
		p.refuse(todo.BadUTF8, "what was pasted is not valid UTF-8", useFile)
	case slices.ContainsFunc(lines, func(line string) bool { return len(line) > repl.MaxLine }):
		p.refuse(repl.LineTooLong, fmt.Sprintf("with what was pasted a line is longer than %d bytes", repl.MaxLine), useFile)
	case p.asking && last > 0:
		p.screen.bell() // an answer to a question is one line
	default:
		p.keepAbove(lines[:last])
		p.edit = edit{[]rune(lines[last]), pos}
	}
}

const useFile = "use import, or source, with a file"

// refuse says why what was typed or pasted is not taken.
func (p *Prompt) refuse(code todo.Code, why, hint string) {
	var b bytes.Buffer
	repl.Report(&b, p.shell.State().JSON, &todo.Error{Code: code, Message: why, Hint: "nothing was taken: " + hint})
	p.screen.above(p.view(), b.String())
}

// keepAbove shows lines above the one that is being typed, to be run before it.
func (p *Prompt) keepAbove(lines []string) {
	if len(lines) == 0 {
		return
	}
	v := view{prompt: p.prompt(), edit: edit{line: []rune(lines[0])}}
	var rest strings.Builder
	for i, line := range lines[1:] {
		if i == maxPastedShown {
			fmt.Fprintf(&rest, "… and %d more\n", len(lines)-1-i)
			break
		}
		fmt.Fprintf(&rest, "%s%s\n", pastedPrompt, cells([]rune(line)))
	}
	p.screen.above(v, rest.String())
	p.pasted = append(p.pasted, lines...)
}

// pastedPrompt stands before lines that were pasted, and before the one below them.
const pastedPrompt = "> "

// prompt returns what stands before the line.
func (p *Prompt) prompt() string {
	switch {
	case p.search != nil:
		return runewidth.Truncate(p.search.prompt(), max(p.screen.width()/2, 20), "…") + "> "
	case len(p.pasted) > 0:
		return pastedPrompt
	}
	return p.text
}

func (p *Prompt) view() view { return view{p.prompt(), p.edit, p.hint()} }

// hint returns what stands in grey behind the line.
func (p *Prompt) hint() string {
	switch n := len(p.pasted); {
	case p.asking || p.search != nil || !p.shell.State().Color || p.pos < len(p.line):
		return ""
	case n > 0:
		return fmt.Sprintf("  Enter runs %d lines, Ctrl-C drops them", n+1)
	}
	return p.table.Hint(string(p.line))
}

// addArgument inserts the last word of the latest line of the history. When it is
// called again, it replaces that with the last word of the line before.
func (p *Prompt) addArgument() {
	lines, a := p.history.Lines(), p.argument
	if p.latest != lastArgument {
		a = argument{p.pos, p.pos, len(lines)}
	}
	for a.at > 0 {
		a.at--
		if word := repl.LastWord(lines[a.at]); word != "" {
			p.edit = p.cut(a.from, a.to)
			p.add([]rune(word))
			p.argument = argument{a.from, p.pos, a.at}
			return
		}
	}
	p.screen.bell()
}

// complete completes the word before the cursor, or shows what it can become.
func (p *Prompt) complete() {
	if p.asking {
		return
	}
	before := string(p.line[:p.pos])
	c := p.shell.Complete(before)
	switch completed := before[:c.From] + c.Insert; {
	case completed != before:
		line := []rune(completed)
		p.edit = edit{append(line, p.line[p.pos:]...), len(line)}
	case len(c.Words) == 0:
		p.screen.bell()
	default:
		p.screen.above(p.view(), show(c, p.screen.width()))
	}
}

// stopTimeout is how long to wait for the system to stop the job. It does not stop a
// job that nobody could let go on.
const stopTimeout = 500 * time.Millisecond

// suspend puts the terminal back to what it was before the prompt, and stops the job.
func (p *Prompt) suspend() {
	if !stopsJobs {
		return
	}
	p.screen.abandon(p.view(), "")
	_ = p.readline.Terminal.ExitRawMode() // fails only where the terminal is gone
	p.suspended = true
	stopJob()
	time.AfterFunc(stopTimeout, func() {
		select {
		case p.signals <- resumed:
		default:
		}
	})
}

// resume begins the line anew when the job goes on. Meanwhile, another program may
// have set the terminal to anything.
func (p *Prompt) resume() {
	_ = p.readline.Terminal.ExitRawMode()
	_ = p.readline.Terminal.EnterRawMode()
	if p.suspended {
		p.suspended = false
		p.screen.begin(p.view())
	}
}
