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

// An editor is the line that is being typed, and what its keys need to know.
type editor struct {
	edit
	held      []string // the lines above it, which were pasted and have yet to run
	latest    action   // of the key before
	argument  argument
	search    *search
	query     string // of the search before
	killed    []rune // what yank brings back
	suspended bool
}

// An argument is a last word of the history that stands in the line.
type argument struct {
	from, to int
	at       int // in the history
}

// maxTyped is how long a line may become. It is longer than one that can run, so
// that running it tells.
const maxTyped = 2 * repl.MaxLine

// press does what a key does, where readline has not done so.
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

// add adds text where the cursor is.
func (p *Prompt) add(text []rune) {
	if len(p.line)+len(text) > maxTyped {
		p.screen.bell()
		return
	}
	p.edit = p.insert(text)
}

// maxHeld is how many of the pasted lines are shown.
const maxHeld = 100

// paste adds what was pasted. Of several lines, the last one can be edited, and
// the others stand above it until it is entered.
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
		p.screen.bell() // no answer has several lines
	default:
		p.hold(lines[:last])
		p.edit = edit{[]rune(lines[last]), pos}
	}
}

const useFile = "use import, or source, with a file"

// refuse says why a key changes nothing.
func (p *Prompt) refuse(code todo.Code, why, hint string) {
	var b bytes.Buffer
	repl.Report(&b, p.shell.State().JSON, &todo.Error{Code: code, Message: why, Hint: "nothing was taken: " + hint})
	p.screen.above(p.view(), b.String())
}

// hold keeps lines to be run before the one that is being typed.
func (p *Prompt) hold(lines []string) {
	if len(lines) == 0 {
		return
	}
	v := view{prompt: p.prompt(), edit: edit{line: []rune(lines[0])}}
	var rest strings.Builder
	for i, line := range lines[1:] {
		if i == maxHeld {
			fmt.Fprintf(&rest, "… and %d more\n", len(lines)-1-i)
			break
		}
		fmt.Fprintf(&rest, "%s%s\n", heldPrompt, cells([]rune(line)))
	}
	p.screen.above(v, rest.String())
	p.held = append(p.held, lines...)
}

// heldPrompt is what is prompted with below lines that have yet to run.
const heldPrompt = "> "

func (p *Prompt) prompt() string {
	switch {
	case p.search != nil:
		return runewidth.Truncate(p.search.prompt(), max(p.screen.width()/2, 20), "…") + "> "
	case len(p.held) > 0:
		return heldPrompt
	}
	return p.text
}

func (p *Prompt) view() view { return view{p.prompt(), p.edit, p.hint()} }

func (p *Prompt) hint() string {
	switch n := len(p.held); {
	case p.asking || p.search != nil || !p.shell.State().Color || p.pos < len(p.line):
		return ""
	case n > 0:
		return fmt.Sprintf("  Enter runs %d lines, Ctrl-C drops them", n+1)
	}
	return p.table.Hint(string(p.line))
}

// addArgument adds the last word of the latest line. Again, it puts that of the
// line before in its place.
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

// complete completes the word before the cursor, or shows what it can be.
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

// notStopped is how long to wait for the system to stop the job. It does not
// where there is nobody to let it go on.
const notStopped = 500 * time.Millisecond

// suspend stops the job, with the terminal as it was before the prompt.
func (p *Prompt) suspend() {
	if !stopsJobs {
		return
	}
	p.screen.giveUp(p.view(), "")
	_ = p.readline.Terminal.ExitRawMode() // fails only where the terminal is gone
	p.suspended = true
	stopJob()
	time.AfterFunc(notStopped, func() {
		select {
		case p.happened <- resumed:
		default:
		}
	})
}

// resume begins the line anew, whoever has stopped the job. The terminal may have
// any settings then.
func (p *Prompt) resume() {
	_ = p.readline.Terminal.ExitRawMode()
	_ = p.readline.Terminal.EnterRawMode()
	if p.suspended {
		p.suspended = false
		p.screen.begin(p.view())
	}
}
