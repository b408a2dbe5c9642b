package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/chzyer/readline"
	"github.com/mattn/go-runewidth"
)

// A prompt reads lines from a terminal and runs them.
//
// Readline works in goroutines of its own, but only while read waits for it:
// then they call filter, complete and the screen. All else is called while they
// wait for read.
type prompt struct {
	shell      Shell
	table      Table
	history    *History
	keyboard   *keyboard
	screen     *screen
	readline   *readline.Instance
	interrupts chan os.Signal
	asking     bool // for an answer, not for a line
}

// Prompt reads the lines that are typed at the terminal, In and Out of the
// shell's settings, and runs them, until one of them ends the session, Ctrl-D
// ends the input, or ctx ends. Ctrl-C ends the line or the command that runs.
// Meanwhile, commands get their standard input and their confirmations through
// the prompt.
//
// It leaves no goroutine behind, but for a read of In that nothing can end.
func Prompt(ctx context.Context, s Shell, h *History) error {
	outer := *s.Settings()
	terminal := outer.In
	if terminal == os.Stdin {
		terminal = readline.Stdin // the same, but for Windows, where it makes keys of events
	}
	p := &prompt{shell: s, table: NewTable(), history: h,
		keyboard:   &keyboard{in: terminal, done: ctx.Done()},
		interrupts: make(chan os.Signal, 1)}
	p.screen = &screen{out: outer.Out, width: outer.Width, hint: p.hint, wait: p.keyboard.hurried.Load}
	if err := p.open(); err != nil {
		return err
	}
	defer p.close()
	signal.Notify(p.interrupts, os.Interrupt)
	defer signal.Stop(p.interrupts)

	s.Settings().Confirm = p.confirm
	s.Settings().History = func() iter.Seq[string] { return slices.Values(h.Lines()) }
	defer func() {
		o := s.Settings()
		o.In, o.Confirm, o.History = outer.In, outer.Confirm, outer.History
	}()
	for !s.Settings().Ended() {
		line, err := p.read(p.name())
		switch {
		case errors.Is(err, readline.ErrInterrupt):
			continue
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		p.remember(line)
		if err := p.run(ctx, line); err != nil {
			return err
		}
		s.Settings().Bailed = false // that ends scripts
	}
	return nil
}

// open starts readline.
func (p *prompt) open() (err error) {
	p.readline, err = readline.NewEx(&readline.Config{
		Stdin: p.keyboard, Stdout: p.screen, Stderr: p.screen,
		Painter:                p.screen,
		AutoComplete:           completeNothing{},
		Listener:               readline.FuncListener(p.complete),
		FuncFilterInputRune:    p.filter,
		FuncIsTerminal:         func() bool { return true }, // whoever calls Prompt has seen to that
		FuncGetWidth:           func() int { return endless },
		FuncOnWidthChanged:     func(func()) {},
		EOFPrompt:              "\n",
		HistoryLimit:           maxHistory + 1,
		DisableAutoSaveHistory: true,
		HistorySearchFold:      true,
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
func (p *prompt) close() { _ = p.readline.Terminal.Close() }

// read reads a line. It fails with [io.EOF] when there are no more.
func (p *prompt) read(prompt string) (string, error) {
	p.screen.prompt = prompt
	p.readline.SetPrompt(prompt)
	line, err := p.readline.Readline()
	if p.keyboard.ended {
		fmt.Fprintln(p.screen.out) // the cursor is still behind the prompt
		return "", io.EOF          // whoever was typing has not finished the line
	}
	return line, err
}

// name returns what to prompt with, in at most half of the terminal's width.
func (p *prompt) name() string {
	list := Visible(p.shell.Settings().InUse)
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
func (p *prompt) remember(line string) {
	if line == "" {
		return
	}
	p.history.Add(line)
	// After a search, readline would save what the entry it has found was before.
	// An empty line takes it back to its latest entry.
	_ = p.readline.SaveHistory("")
	if kept := p.history.Lines(); len(kept) > 0 && kept[len(kept)-1] == line {
		_ = p.readline.SaveHistory(line)
	}
}

// run runs a line. An interrupt ends it.
func (p *prompt) run(ctx context.Context, line string) error {
	ctx, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() {
		select {
		case <-p.interrupts:
			fmt.Fprintln(p.screen.out) // the terminal has shown ^C
			cancel()
		case <-ctx.Done():
		}
	})
	defer watching.Wait()
	defer cancel()
	p.shell.Settings().In = &lines{keyboard: p.keyboard, done: ctx.Done()}
	return p.shell.Do(ctx, Task{Kind: Typed, Text: line})
}

// confirm asks for a yes.
func (p *prompt) confirm(question string) (bool, error) {
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

func (p *prompt) hint(line string) string {
	if p.asking || !p.shell.Settings().Color {
		return ""
	}
	return p.table.Hint(line)
}

// filter leaves out keys that readline would stop the process at, write into
// the line as they are, or take for others.
func (p *prompt) filter(r rune) (rune, bool) {
	switch r {
	case 0: // the end of input
		p.screen.closed = true
		return r, true
	case readline.CharDelete: // the key Delete, too; Ctrl-D alone ends the input
		return r, p.keyboard.last == ctrlD || p.screen.line != ""
	case readline.CharEnter, readline.CharCtrlJ: // an interrupt is of what comes now
		select {
		case <-p.interrupts:
		default:
		}
		return r, true
	case readline.CharLineStart, readline.CharBackward, readline.CharInterrupt, readline.CharLineEnd,
		readline.CharForward, readline.CharBell, readline.CharCtrlH, readline.CharTab,
		readline.CharKill, readline.CharCtrlL, readline.CharNext, readline.CharPrev,
		readline.CharBckSearch, readline.CharFwdSearch, readline.CharTranspose, readline.CharCtrlU,
		readline.CharCtrlW, readline.CharCtrlY, readline.CharEsc, readline.CharBackspace:
		return r, true
	}
	if unicode.IsControl(r) || r == readline.MetaTranspose {
		return readline.CharBell, true // does nothing; false would make readline read on while a command runs
	}
	return r, true
}

// completeNothing completes nothing: readline can only append to a line, and
// its menu of candidates fails with wide characters.
type completeNothing struct{}

func (completeNothing) Do([]rune, int) ([][]rune, int) { return nil, 0 }

// complete is called after each key, with the line that it has made.
func (p *prompt) complete(line []rune, pos int, key rune) (newLine []rune, newPos int, ok bool) {
	if key != readline.CharTab || p.asking {
		return nil, 0, false
	}
	before := string(line[:pos])
	c := p.shell.Complete(before)
	if completed := before[:c.From] + c.Insert; completed != before {
		newLine = []rune(completed)
		return append(newLine, line[pos:]...), len(newLine), true
	}
	if len(c.Words) == 0 {
		p.readline.Terminal.Bell()
		return nil, 0, false
	}
	_, _ = fmt.Fprintf(p.readline.Stdout(), "%s%s\n%s", p.screen.prompt, string(line), c.show(p.screen.width()))
	return nil, 0, false
}
