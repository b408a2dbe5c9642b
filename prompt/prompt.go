package prompt

import (
	"context"
	"errors"
	"io"
	"iter"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"

	"github.com/chzyer/readline"
	"github.com/mattn/go-runewidth"

	"todoshell/repl"
)

// A Prompt reads lines from a terminal and gives them to a shell, which runs them.
//
// Readline keeps the line, moves in it, and goes through the history. It takes time
// in proportion to the line for whatever it draws, several times a key, and it
// counts columns wrongly. So it gets what is typed at once as one change of the
// line, and draws nothing.
//
// It works in goroutines of its own, but only while read waits for it: then they
// call filter and changed. All else is called while they wait for read.
type Prompt struct {
	terminal   repl.Environment
	shell      repl.Shell
	table      repl.Table
	history    *History
	keyboard   *keyboard
	screen     *screen
	gate       *gate
	input      commandInput
	readline   *readline.Instance
	interrupts chan os.Signal
	happened   chan os.Signal // to the terminal
	asking     bool           // for an answer, not for a line

	text string // what to prompt with
	editor

	// Of readline's goroutine, also when read has returned.
	pressed key
	leaving bool // the key ends the line
}

// New returns a prompt at a terminal, which is In, Out and Err of the environment.
func New(terminal repl.Environment) *Prompt {
	terminal.SetDefaults()
	in := terminal.In
	if in == os.Stdin {
		in = readline.Stdin // the same, but for Windows, where it makes keys of events
	}
	p := &Prompt{terminal: terminal, table: repl.NewTable(), history: OpenHistory(""), keyboard: newKeyboard(in),
		screen:     &screen{out: terminal.Out, width: terminal.Width, height: terminal.Height, plain: terminal.Plain},
		gate:       &gate{answers: terminal.Out, errors: terminal.Err},
		interrupts: make(chan os.Signal, 1), happened: make(chan os.Signal, 4)}
	p.keyboard.signals = p.happened
	return p
}

// Environment returns the terminal as the commands of a shell are to have it:
// their standard input, their answers and errors, and their questions go through
// the prompt.
func (p *Prompt) Environment() repl.Environment {
	env := p.terminal
	env.In, env.Out, env.Err = &p.input, p.gate, complaints{p.gate}
	env.Confirm = p.confirm
	env.History = func() iter.Seq[string] { return slices.Values(p.history.Lines()) }
	return env
}

// Run reads the lines that are typed, and has the shell run them, until one of
// them ends the session, Ctrl-D ends the input, or ctx ends. The shell's environment
// is that of the prompt. Ctrl-C ends the line that is being typed, or the command
// that runs.
//
// It leaves no goroutine behind, but for a read of the terminal that nothing can end.
func (p *Prompt) Run(ctx context.Context, s repl.Shell, h *History) error {
	p.shell, p.history, p.keyboard.done = s, h, ctx.Done()
	if err := p.open(); err != nil {
		return err
	}
	defer p.close()
	signal.Notify(p.interrupts, os.Interrupt)
	defer signal.Stop(p.interrupts)
	watchTerminal(p.happened)
	defer signal.Stop(p.happened)

	for !s.State().Ended() {
		lines, err := p.read(p.name())
		switch {
		case errors.Is(err, readline.ErrInterrupt):
			continue
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		for line := range strings.SplitSeq(lines, "\n") {
			p.remember(line)
		}
		if err := p.run(ctx, lines); err != nil {
			return err
		}
		s.State().Bailed = false // that ends scripts, not the prompt
	}
	return nil
}

// open starts readline.
func (p *Prompt) open() (err error) {
	p.readline, err = readline.NewEx(&readline.Config{
		Stdin: p.keyboard, Stdout: bells{p.screen}, Stderr: io.Discard,
		Listener:               readline.FuncListener(p.changed),
		FuncFilterInputRune:    p.filter,
		FuncIsTerminal:         func() bool { return false }, // so that it does not draw
		FuncGetWidth:           func() int { return 1 },      // for what it does not draw
		FuncOnWidthChanged:     func(func()) {},
		HistoryLimit:           maxHistory + 1,
		DisableAutoSaveHistory: true,
	})
	if err != nil {
		return err
	}
	for _, line := range p.history.Lines() {
		_ = p.readline.SaveHistory(line) // fails only for a file
	}
	return nil
}

// close ends readline. Its own Close leaves a goroutine behind.
func (p *Prompt) close() { _ = p.readline.Terminal.Close() }

// bells are what readline writes that is meant for the terminal.
type bells struct{ *screen }

func (b bells) Write(text []byte) (int, error) {
	if string(text) == string(bell) {
		b.bell()
	}
	return len(text), nil
}

// read reads a line, and those that were pasted before it. It fails with [io.EOF]
// when there are no more.
func (p *Prompt) read(prompt string) (string, error) {
	p.text = prompt
	last, err := p.readline.Readline()
	v := view{prompt: p.prompt(), edit: edit{line: []rune(last)}}
	switch {
	case p.keyboard.ended:
		err = io.EOF // whoever was typing has not finished the line
		fallthrough
	case errors.Is(err, io.EOF):
		p.screen.giveUp(v, "")
	case err != nil:
		p.screen.giveUp(v, "^C")
	default:
		p.screen.end(v)
	}
	return strings.Join(append(p.held, last), "\n"), err
}

// name returns what to prompt with, in at most half of the terminal's width.
func (p *Prompt) name() string {
	list := repl.Visible(p.shell.State().InUse)
	if list == "" {
		return "todoshell> "
	}
	half := p.screen.width() / 2
	if room := half - len("todoshell > "); room > 8 {
		return "todoshell " + runewidth.Truncate(list, room, "…") + "> "
	}
	return runewidth.Truncate(list, max(half-len("> "), 2), "…") + "> "
}

// remember puts a line into the history.
func (p *Prompt) remember(line string) {
	if line == "" {
		return
	}
	p.history.Add(line)
	// After a look at an older line, readline would save what that was before. An
	// empty line takes it back to its latest entry.
	_ = p.readline.SaveHistory("")
	if kept := p.history.Lines(); len(kept) > 0 && kept[len(kept)-1] == line {
		_ = p.readline.SaveHistory(line)
	}
}

// run has the shell run lines. An interrupt ends them.
func (p *Prompt) run(ctx context.Context, lines string) error {
	ctx, cancel := context.WithCancel(ctx)
	p.gate.begin(p.shell.State().Color)
	defer func() { p.gate.end(p.shell.State()) }()
	var watching sync.WaitGroup
	watching.Go(func() {
		select {
		case <-p.interrupts:
			p.gate.close()
			cancel()
		case <-ctx.Done():
		}
	})
	defer watching.Wait()
	defer cancel()
	p.input.begin(&typedLines{keyboard: p.keyboard, done: ctx.Done()})
	return p.shell.Do(ctx, repl.Task{Kind: repl.Typed, Text: lines})
}

// confirm asks for a yes.
func (p *Prompt) confirm(question string) (bool, error) {
	p.asking = true
	defer func() { p.asking = false }()
	answer, err := p.read(question + " [y/N] ")
	if errors.Is(err, readline.ErrInterrupt) || errors.Is(err, io.EOF) {
		return false, nil
	}
	return IsYes(answer), err
}

// IsYes tells whether an answer says yes.
func IsYes(answer string) bool {
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}

// filter is told of a key before readline handles it.
func (p *Prompt) filter(r rune) (rune, bool) {
	if r == 0 && p.leaving {
		return r, true // it ends the line first
	}
	p.pressed, p.leaving = key{text: string(r)}, false
	switch r {
	case bell:
		p.pressed = <-p.keyboard.keys
	case ctrlH, backspace:
		if p.search != nil {
			p.pressed = key{action: eraseQuery}
			return bell, true
		}
	case ctrlD:
		if len(p.line) > 0 {
			return r, true
		}
		if len(p.held) > 0 { // is no empty line
			p.pressed = key{action: abortSearch}
			p.readline.Terminal.KickRead() // it waits for what becomes of the key
			return bell, true
		}
		p.leaving = true
	case readline.CharEnter, readline.CharCtrlJ: // an interrupt is of what comes now
		select {
		case <-p.interrupts:
		default:
		}
		p.leaving = true
	case 0, ctrlC: // the end of input
		p.leaving = true
	}
	if p.leaving {
		p.search = nil
	}
	return r, true
}

// changed is called when a line begins, and after each key, with the line that
// readline has made of it.
func (p *Prompt) changed(text []rune, pos int, r rune) (newLine []rune, newPos int, ok bool) {
	switch {
	case r == 0:
		p.editor = editor{killed: p.killed, query: p.query}
		p.screen.begin(p.view())
		return nil, 0, false
	case p.leaving: // read may have returned, and the next one begun
		return nil, 0, false
	}
	p.edit = edit{text, pos}
	p.press(p.pressed)
	if !p.suspended && !p.keyboard.hurried.Load() {
		p.screen.draw(p.view())
	}
	return append([]rune(nil), p.line...), p.pos, true
}
