package repl

import (
	"github.com/jedib0t/go-pretty/v6/text"

	"todoshell/todo"
)

// colored prints a record as a plain line: faint for an entry that is done, red for one
// that is overdue.
func (p *printer) colored(r record, line []byte) {
	var status string
	var date todo.Date
	for i := range r {
		switch f := &r[i]; {
		case f.in&inLine == 0:
		case f.key == "status":
			status = f.text
		case f.key == "date":
			date = todo.Date(f.num)
		}
	}
	var color text.Color
	switch {
	case status == todo.Done.String():
		color = text.Faint
	case status == todo.Open.String() && date != 0 && date < p.today():
		color = text.FgRed
	default:
		p.text(line)
		return
	}
	p.write([]byte(color.EscapeSeq()))
	p.text(line[:len(line)-1])
	p.write([]byte(text.EscapeReset + "\n"))
}

// today returns the day on which the answer is printed. It is the same for all of it.
func (p *printer) today() todo.Date {
	if p.day == 0 {
		p.day = todo.DateOf(p.session.env.Now())
	}
	return p.day
}
