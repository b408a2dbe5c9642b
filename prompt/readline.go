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
		_ = p.readline.SaveHistory(line) // there is no file, so it can't fail
	}
	return nil
}

// close ends readline. Its own Close leaves a goroutine behind.
func (p *Prompt) close() { _ = p.readline.Terminal.Close() }

// bells passes the bell on to the screen, and drops all else that readline writes.
type bells struct{ *screen }

func (b bells) Write(text []byte) (int, error) {
	if string(text) == string(bell) {
		b.bell()
	}
	return len(text), nil
}

// read reads a line, which may have others above it that were pasted. It fails with
// [io.EOF] when there are no more, and with [readline.ErrInterrupt] after Ctrl-C.
func (p *Prompt) read(prompt string) (string, error) {
	p.text = prompt
	last, err := p.readline.Readline()
	v := view{prompt: p.prompt(), edit: edit{line: []rune(last)}}
	switch {
	case p.keyboard.ended:
		err = io.EOF // the line was not finished, so it is not run
		fallthrough
	case errors.Is(err, io.EOF):
		p.screen.abandon(v, "")
	case err != nil:
		p.screen.abandon(v, "^C")
	default:
		p.screen.end(v)
	}
	return strings.Join(append(p.pasted, last), "\n"), err
}

// filter is called with each key before readline handles it, and returns the key that
// readline is to handle instead.
func (p *Prompt) filter(r rune) (rune, bool) {
	if r == 0 && p.endsLine {
		return r, true // the input has ended: readline finishes the line first
	}
	p.pressed, p.endsLine = key{text: string(r)}, false
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
		if len(p.pasted) > 0 { // only at an empty prompt does Ctrl-D end the input
			p.pressed = key{action: abortSearch}
			p.readline.Terminal.KickRead() // after Ctrl-D, readline reads on only when told to
			return bell, true
		}
		p.endsLine = true
	case readline.CharEnter, readline.CharCtrlJ: // an interrupt from now on is meant for the command, an earlier one is not
		select {
		case <-p.interrupts:
		default:
		}
		p.endsLine = true
	case 0, ctrlC: // the end of input
		p.endsLine = true
	}
	if p.endsLine {
		p.search = nil
	}
	return r, true
}

// changed is called when a line begins, and after each key, with the line as readline
// has it. It does what the key does beyond that, and returns the line that results.
func (p *Prompt) changed(text []rune, pos int, r rune) (newLine []rune, newPos int, ok bool) {
	switch {
	case r == 0:
		p.editor = editor{killed: p.killed, query: p.query}
		p.screen.begin(p.view())
		return nil, 0, false
	case p.endsLine: // read may have returned already
		return nil, 0, false
	}
	p.edit = edit{text, pos}
	p.press(p.pressed)
	if !p.suspended && !p.keyboard.moreTyped.Load() {
		p.screen.draw(p.view())
	}
	return append([]rune(nil), p.line...), p.pos, true
}
