package repl

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"todoshell/todo"
)

// MaxLine is the longest line, in bytes.
const MaxLine = 64 << 10

// A script is pipelined: one goroutine reads lines and posts their commands to
// the servers of their lists, which work side by side; another prints the
// answers in the order of the lines. Between the two are chunks of lines, of
// which there is a fixed number: that bounds how far reading runs ahead.
const (
	chunkSize = 256
	maxChunks = 256
	maxAhead  = 8 << 20 // bytes of lines, however few they are
)

// A chunk is lines that are under way.
type chunk struct {
	jobs    [chunkSize]job
	n       int
	pending sync.WaitGroup // the jobs that a server has yet to finish
	printed chan struct{}  // is sent to after the last answer, if the reader waits for it
}

// A job is a line that is being run. Between a server's Run and Done calls and
// the end of the chunk's pending, it belongs to the server. What a server needs
// for adding an entry stands first: it is spread over few cache lines.
type job struct {
	chunk   *chunk
	command *Command
	err     error
	args    args

	// What the command has come to.
	entry   todo.Entry
	entries []todo.Entry
	view    todo.List
	number  uint64

	line  int
	begun time.Time

	plain  bool        // the answer tells no more than what came of it
	absent bool        // there was no such list before
	kind   todo.Kind   // of the change that was made; 0: there was none
	of     todo.Kind   // of the change that this one took back or made again
	edits  []todo.Edit // what the change did, but for an added entry
}

func (j *job) Run(d *todo.Draft) error {
	j.absent = d.Rev == 0
	before := len(d.Changes)
	err := j.command.onList(j, d)
	if err != nil || len(d.Changes) == before {
		return err
	}
	c := &d.Changes[before]
	if j.kind = c.Kind; c.Kind != todo.Add { // whose edit the draft keeps in memory that it uses again
		j.edits = c.Edits
	}
	if c.Of != 0 && !j.plain { // it has to be read
		target, _ := d.Target(*c) // without it, there is less to say
		j.of = target.Kind
	}
	return nil
}

// smallAnswer is how many entries are copied rather than kept as a snapshot,
// after which the next change of the batch would have to copy parts of the list.
const smallAnswer = 16

// look takes the entries of a span as they are now.
func (j *job) look(d *todo.Draft) {
	j.entries = j.entries[:0]
	for e := range d.Entries(j.args.span) {
		if len(j.entries) == smallAnswer {
			j.entries, j.view = nil, d.Snapshot()
			return
		}
		j.entries = append(j.entries, e)
	}
}

func (j *job) Done(err error) {
	j.err = err
	j.chunk.pending.Done()
}

// ErrCut is the error of a command whose answer was cut short by an interrupt.
var ErrCut = &todo.Error{Code: Interrupted, Message: "interrupted", Hint: "the answer is cut short"}

// Run runs a script: each line of r, in order. Answers and errors come in the
// order of the lines; an answer is printed when what it tells is durable. Name
// stands in the errors; without a name they have no place, as at the prompt.
//
// When ctx ends, what has been begun is finished and answered, and Run returns.
// Run fails only where r or the output does; see [State.Code] for how the
// commands went.
func (s *Session) Run(ctx context.Context, name string, r io.Reader) error {
	return s.run(ctx, place{file: name}, r)
}

func (s *Session) run(ctx context.Context, in place, r io.Reader) error {
	outer, outerPlace := s.ctx, s.printer.place
	s.ctx, s.printer.place = ctx, in
	if s.depth == 0 {
		s.guesses = 0
	}
	defer func() { s.ctx, s.printer.place = outer, outerPlace }()

	p := &pipeline{session: s, free: make(chan *chunk, maxChunks), full: make(chan *chunk, maxChunks),
		printed: make(chan struct{}), stop: make(chan struct{})}
	var readErr error
	var reading sync.WaitGroup
	reading.Go(func() {
		defer close(p.full)
		readErr = p.read(ctx, r)
	})
	for c := range p.full {
		p.print(c)
	}
	reading.Wait()
	if err := s.printer.flush(); err != nil {
		return err
	}
	if readErr != nil && ctx.Err() == nil {
		return fmt.Errorf("%s: %w", in.file, readErr)
	}
	return nil
}

// A pipeline is one run of a script.
type pipeline struct {
	session *Session
	made    int         // chunks
	free    chan *chunk // done with
	full    chan *chunk // under way, in order
	chunk   *chunk      // being filled
	bytes   int         // of the lines since everything was printed
	printed chan struct{}
	stop    chan struct{} // closed when nothing more is to be read
}

// read is the reading half.
func (p *pipeline) read(ctx context.Context, r io.Reader) error {
	from := &ahead{ctx: ctx, r: r, before: p.send}
	in := bufio.NewReaderSize(from, maxBuffered)
	defer p.send()
	if s := p.session; r == s.stdin { // "import LIST -" goes on where the script is
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

func (p *pipeline) stopped(ctx context.Context) bool {
	select {
	case <-p.stop:
		return true
	default:
		return ctx.Err() != nil
	}
}

// next returns the job for a line.
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
	switch {
	case j.command.onList != nil:
		j.plain = !s.state.JSON && !s.state.Table
		j.chunk.pending.Add(1)
		if err := s.cache.Post(j.args.list, j); err != nil {
			j.Done(err)
		}
		p.bail()
	case j.command.ahead != nil:
		j.err = j.command.ahead(s, j)
		p.bail()
	default:
		p.wait() // the printing half runs it, after all before it
	}
}

// bail lets each command end before the next one begins, where a failure must
// keep it from beginning.
func (p *pipeline) bail() {
	if p.session.state.Bail {
		p.wait()
	}
}

// send hands the chunk over to the printing half.
func (p *pipeline) send() {
	if c := p.chunk; c != nil {
		p.chunk = nil // before the other half has it: that may come here, too, with "import LIST -"
		p.full <- c
	}
}

// wait sends the chunk and waits until its answers are printed.
func (p *pipeline) wait() {
	p.bytes = 0
	p.chunk.printed = p.printed
	p.send()
	<-p.printed
}

// print is the printing half: it answers a chunk.
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
		_ = s.printer.flush() // its error is kept, and ends the session
	}
	p.free <- c
	if waited != nil {
		waited <- struct{}{}
	}
}

func (p *pipeline) answer(j *job) {
	s := p.session
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
	// What the answer was made of must not be kept alive by a chunk that waits.
	j.entries, j.edits, j.view = nil, nil, todo.List{}
}
