package repl

import (
	"bufio"

	"todoshell/todo"
)

// A printer prints the answers of a session in the form that its settings ask for:
// plain lines, objects, or tables and words for a person.
type printer struct {
	session *Session
	out     *bufio.Writer
	err     error // why nothing can be printed any more

	place place     // of the script that runs, for errors
	rec   record    // memory for the next record
	line  []byte    // memory for the next line
	grid  grid      // the rows of a table that are yet to be printed
	day   todo.Date // today, as the current answer has it; 0: not yet looked up
	cut   bool      // an interrupt has come: the rest of the answer is left out
}

// flush writes what is buffered, and returns why nothing can be printed any more, if so.
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

// text writes a line that may hold anything. To a terminal it writes only what can do
// no harm there.
func (p *printer) text(b []byte) {
	if p.session.env.Terminal {
		_, _ = NewTextWriter(p.out, false).Write(b) // p.out keeps an error
		return
	}
	p.write(b)
}

// write writes bytes as they are.
func (p *printer) write(b []byte) {
	if _, err := p.out.Write(b); err != nil {
		p.lost(err)
	}
}

// lost notes that nobody can read the answers any more.
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
