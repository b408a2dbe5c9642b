package repl

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"todoshell/todo"
)

// A script is run by two goroutines. One reads lines and posts their commands to the
// servers of their lists, which work side by side; the other prints the answers, in
// the order of the lines. Lines go from the first to the second in chunks, and empty
// chunks back. Their number is fixed, which bounds how far reading gets ahead of
// printing.
const (
	chunkSize = 256
	maxChunks = 256
	maxAhead  = 8 << 20 // how many bytes of lines may be under way, however few lines
)

// A chunk is some lines of a script, whose commands are under way.
type chunk struct {
	jobs    [chunkSize]job
	n       int
	pending sync.WaitGroup // the jobs that servers have yet to finish
	printed chan struct{}  // gets a value after the last answer, if the reading goroutine waits for that
}

// A pipeline is one run of a script.
type pipeline struct {
	session *Session
	made    int           // how many chunks there are
	free    chan *chunk   // those that are empty
	full    chan *chunk   // those under way, in the order of the lines
	chunk   *chunk        // the one that is being filled
	bytes   int           // of the lines read since the reading goroutine last waited
	printed chan struct{} // see chunk.printed
	stop    chan struct{} // closed when nothing more is to be read
}

// read reads lines and begins their commands.
func (p *pipeline) read(ctx context.Context, r io.Reader) error {
	from := &stoppableReader{ctx: ctx, r: r, before: p.send}
	in := bufio.NewReaderSize(from, maxBuffered)
	defer p.send()
	if s := p.session; r == s.stdin { // "import LIST -" reads what follows its line
		s.stdin = &rest{in, from}
		defer func() { s.stdin = r }()
	}
	for number := 1; ; number++ {
		text, err := in.ReadSlice('\n')
		endless := errors.Is(err, bufio.ErrBufferFull)
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = in.ReadSlice('\n')
		}
		if err != nil && len(text) == 0 || p.stopped(ctx) {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return err
		}
		command, tooLong := command(text, number == 1)
		if tooLong = tooLong || endless; !tooLong && len(command) == 0 {
			continue
		}
		j := p.next(number)
		if tooLong {
			j.err = &todo.Error{Code: LineTooLong, Message: fmt.Sprintf("the line is longer than %d bytes", MaxLine),
				Hint: "bring many entries in with: import LIST FILE"}
			p.bail()
			continue
		}
		p.begin(j, string(command))
		if p.bytes += len(command); p.bytes > maxAhead {
			p.wait()
		}
	}
}

// stopped tells whether nothing more is to be read.
func (p *pipeline) stopped(ctx context.Context) bool {
	select {
	case <-p.stop:
		return true
	default:
		return ctx.Err() != nil
	}
}

// next returns a job for a line, in a chunk that has room.
func (p *pipeline) next(line int) *job {
	if p.chunk != nil && p.chunk.n == chunkSize {
		p.send()
	}
	if p.chunk == nil {
		select {
		case p.chunk = <-p.free:
		default:
			if p.made == maxChunks {
				p.chunk = <-p.free
			} else {
				p.chunk = new(chunk)
				p.made++
			}
		}
		p.session.day = todo.DateOf(p.session.env.Now())
	}
	j := &p.chunk.jobs[p.chunk.n]
	p.chunk.n++
	*j = job{chunk: p.chunk, line: line, args: args{ids: j.args.ids}}
	return j
}

// begin starts the command of a line.
func (p *pipeline) begin(j *job, text string) {
	s := p.session
	if s.state.Timing {
		j.begun = s.env.Now()
	}
	if j.command, j.err = s.parse(text, &j.args); j.err != nil {
		p.bail()
		return
	}
	if s.key != ([16]byte{}) {
		j.operation = operation(s.key, text)
	}
	switch {
	case j.command.onList():
		j.plain, j.fresh = !s.state.JSON && !s.state.Table, s.state.Fresh
		j.chunk.pending.Add(1)
		if err := s.cache.Post(j.args.list, j); err != nil {
			j.Done(0, err)
		}
		p.bail()
	case j.command.ahead != nil:
		j.err = j.command.ahead(s, j)
		p.bail()
	default:
		p.wait() // the printing goroutine runs it, when all before it have ended
	}
}

// bail waits for the command that has just begun, if its failure is to end the script.
func (p *pipeline) bail() {
	if p.session.state.Bail {
		p.wait()
	}
}

// send hands the chunk over to the printing goroutine.
func (p *pipeline) send() {
	if c := p.chunk; c != nil {
		p.chunk = nil // before it is handed over: with "import LIST -", the printing goroutine comes here, too
		p.full <- c
	}
}

// wait hands the chunk over and waits until its answers are printed.
func (p *pipeline) wait() {
	p.bytes = 0
	p.chunk.printed = p.printed
	p.send()
	<-p.printed
}

// print waits for the commands of a chunk, prints their answers, and empties it.
func (p *pipeline) print(c *chunk) {
	s := p.session
	c.pending.Wait()
	for i := range c.jobs[:c.n] {
		if !s.state.Ended() {
			p.answer(&c.jobs[i])
		}
	}
	if s.state.Ended() {
		select {
		case <-p.stop:
		default:
			close(p.stop)
		}
	}
	waited := c.printed
	c.n, c.printed = 0, nil
	if waited != nil || len(p.full) == 0 {
		_ = s.printer.flush() // the printer keeps the error, which ends the session
	}
	p.free <- c
	if waited != nil {
		waited <- struct{}{}
	}
}

// answer runs a command that runs alone, and prints what any command has come to.
func (p *pipeline) answer(j *job) {
	s := p.session
	if j.err == nil && j.command.shows && s.state.Fresh {
		j.err = s.cache.Fresh(s.ctx, j.args.list)
	}
	if j.err == nil && j.command.alone != nil {
		j.err = j.command.alone(s, j)
	}
	switch {
	case j.err != nil:
		j.err = s.meant(j)
		s.printer.fail(j)
		s.state.Failed = true
		s.state.Bailed = s.state.Bailed || s.state.Bail
	case j.command.answer != nil:
		j.command.answer(s.printer, j)
	}
	if s.printer.cut && j.err == nil {
		j.err = ErrCut
		s.printer.fail(j)
		s.state.Failed = true
	}
	s.printer.end()
	if !j.begun.IsZero() {
		s.printer.took(s.env.Now().Sub(j.begun))
	}
	// An empty chunk must not keep alive what the answer was made of.
	j.entries, j.edits, j.view = nil, nil, todo.List{}
}
