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
// Readline keeps the line, moves the cursor in it, and goes through the history. It
// draws nothing: it would draw the whole line several times for each key, and counts
// columns wrongly. For the same reason it gets all that is typed at once as one change
// of the line.
//
// Readline works in goroutines of its own. They call filter and changed, and only
// while read waits for a line. All other methods are called while those goroutines
// wait, so that the fields need no lock.
type Prompt struct {
	terminal   repl.Environment
	shell      repl.Shell
	table      repl.Table // for hints
	history    *History
	keyboard   *keyboard
	screen     *screen
	gate       *gate
	input      commandInput
	readline   *readline.Instance
	interrupts chan os.Signal
	signals    chan os.Signal // of the terminal: it has another size, or the job goes on
	asking     bool           // a question is being answered: what is typed is no command

	text string // what stands before the line
	editor

	// These belong to readline's goroutine, also when read has returned.
	pressed  key
	endsLine bool // the pressed key ends the line
}

// New returns a prompt at a terminal, which is In, Out and Err of the environment.
func New(terminal repl.Environment) *Prompt {
	terminal.SetDefaults()
	in := terminal.In
	if in == os.Stdin {
		in = readline.Stdin // on Windows, it turns events into keys; elsewhere, it is the same
	}
	p := &Prompt{terminal: terminal, table: repl.NewTable(), history: OpenHistory(""), keyboard: newKeyboard(in),
		screen:     &screen{out: terminal.Out, width: terminal.Width, height: terminal.Height, plain: terminal.Plain},
		gate:       &gate{answers: terminal.Out, errors: terminal.Err},
		interrupts: make(chan os.Signal, 1), signals: make(chan os.Signal, 4)}
	p.keyboard.signals = p.signals
	return p
}

// Environment returns the environment of a shell whose lines are typed here: its
// standard input, answers, errors and questions go through the prompt.
func (p *Prompt) Environment() repl.Environment {
	env := p.terminal
	env.In, env.Out, env.Err = &p.input, p.gate, complaints{p.gate}
	env.Confirm = p.confirm
	env.History = func() iter.Seq[string] { return slices.Values(p.history.Lines()) }
	return env
}

// Run reads the lines that are typed, and has the shell run them, until one of
// them ends the session, Ctrl-D ends the input, or ctx ends. The shell is one whose
// environment [Prompt.Environment] has returned. Ctrl-C ends the line that is being
// typed, or the command that runs.
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
	watchTerminal(p.signals)
	defer signal.Stop(p.signals)

	for !s.State().Ended() {
		lines, err := p.read(p.label())
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

// label returns what stands before a line: the list in use, in at most half of the
// terminal's width.
func (p *Prompt) label() string {
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
	// If the person has looked at an older line, readline's place in the history is
	// still there, and that is where it would save. An empty line takes it back to
	// the end.
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

// confirm asks a question, and tells whether the answer is yes.
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
