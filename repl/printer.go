package repl

import (
	"bufio"

	"todoshell/todo"
)

// A printer prints the answers of a session, in the form it is set to: plain
// lines, objects, or tables and words for a person.
type printer struct {
	session *Session
	out     *bufio.Writer
	err     error // why nothing can be printed any more

	place place     // of the script that runs, for errors
	rec   record    // is reused
	line  []byte    // is reused
	grid  grid      // the rows of the answer so far, in the form of a table
	day   todo.Date // today, for the answer that is printed; 0: nobody has asked
	cut   bool      // nobody waits for the rest of them
}

func (p *printer) flush() error {
	if err := p.out.Flush(); err != nil {
		p.lost(err)
	}
	return p.err
}

// row prints a record as part of the answer.
func (p *printer) row(r record) {
	p.rec = r[:0]
	switch s := p.session; {
	case s.state.JSON:
		p.line = r.appendObject(p.line[:0])
	case s.state.Table:
		p.cut = p.cut || p.grid.below && len(p.grid.rows) == 0 && s.ctx.Err() != nil
		if !p.cut && p.grid.add(r, s.env.Now().Location()) {
			p.layOut()
		}
		return
	default:
		p.line = r.appendLine(p.line[:0])
		if s.state.Color {
			p.colored(r, p.line)
			return
		}
	}
	p.text(p.line)
}

// text writes what may hold anything. A terminal gets only what is text of it.
func (p *printer) text(b []byte) {
	if p.session.env.Terminal {
		_, _ = NewTextWriter(p.out, false).Write(b) // whole lines; an error is kept
		return
	}
	p.write(b)
}

func (p *printer) write(b []byte) {
	if _, err := p.out.Write(b); err != nil {
		p.lost(err)
	}
}

// lost notes that the answers have nowhere to go.
func (p *printer) lost(err error) {
	if p.err == nil {
		p.err, p.session.state.Closed = err, true
	}
}

// end ends an answer.
func (p *printer) end() {
	if len(p.grid.rows) > 0 {
		p.layOut()
	}
	p.grid, p.day, p.cut = grid{}, 0, false
}

func (p *printer) layOut() { p.write(p.grid.render(p.session.env.Width(), p.session.state.Color)) }
