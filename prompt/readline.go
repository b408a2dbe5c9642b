package prompt

import (
	"errors"
	"io"
	"strings"

	"github.com/chzyer/readline"
)

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
