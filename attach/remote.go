package attach

import (
	"bufio"
	"context"
	"errors"
	"io"
	"iter"

	"todoshell/repl"
)

// ask asks the client and waits for its reply.
func (t *terminal) ask(ctx context.Context, q question) (reply, error) {
	arrived := make(chan reply, 1)
	t.mu.Lock()
	t.latest++
	q.ID = t.latest
	t.asked[q.ID] = arrived
	t.mu.Unlock()
	defer func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.asked, q.ID)
	}()
	if err := t.question(ctx, q); err != nil {
		return reply{}, err
	}
	select {
	case r := <-arrived:
		return r, r.Failure.err()
	case <-ctx.Done():
		return reply{}, ctx.Err()
	case <-t.gone:
		return reply{}, context.Canceled
	}
}

// question sends a question, unless the task has ended: no question may come after
// its result.
func (t *terminal) question(ctx context.Context, q question) error {
	t.asking.RLock()
	defer t.asking.RUnlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	return t.sendJSON(questionKind, q)
}

// deliver passes a reply on to whoever has asked. One that comes after its task was
// cancelled is dropped.
func (t *terminal) deliver(r reply) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if arrived := t.asked[r.ID]; arrived != nil {
		delete(t.asked, r.ID) // a question has one reply
		arrived <- r
	}
}

// A writer writes to the client's standard output or standard error, or to the
// file that is being written there.
type writer struct {
	t    *terminal
	kind kind
}

func (w writer) Write(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		piece := p[n:min(n+maxPiece, len(p))]
		if err = w.t.send(w.kind, piece); err == nil {
			n += len(piece)
		}
	}
	return n, err
}

// A reader reads a file on the client's machine.
type reader struct {
	t      *terminal
	ctx    context.Context //nolint:containedctx // of the task
	handle uint32
	rest   []byte // of the latest reply, not yet returned
}

func (r *reader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		got, err := r.t.ask(r.ctx, question{Do: doRead, Handle: r.handle})
		switch {
		case err != nil:
			return 0, err
		case got.End:
			return 0, io.EOF
		}
		r.rest = got.data
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func (r *reader) Close() error {
	_, err := r.t.ask(r.ctx, question{Do: doClose, Handle: r.handle})
	return err
}

// files are those of the client's machine, for one task.
type files struct {
	t   *terminal
	ctx context.Context //nolint:containedctx // of the task
}

func (f files) Open(n repl.Need) (io.ReadCloser, error) { return f.t.open(f.ctx, n) }

func (t *terminal) open(ctx context.Context, n repl.Need) (*reader, error) {
	r, err := t.ask(ctx, question{Do: doTake, Need: n})
	if err != nil {
		return nil, err
	}
	return &reader{t: t, ctx: ctx, handle: r.ID}, nil
}

// Replace is not cut off by an interrupt: what the command answers must be true of the
// file.
func (f files) Replace(path string, write func(io.Writer) error) error {
	ctx := context.WithoutCancel(f.ctx)
	need := repl.Need{Kind: repl.NeedsWrite, Path: path}
	if _, err := f.t.ask(ctx, question{Do: doTake, Need: need}); err != nil {
		return err
	}
	w := bufio.NewWriterSize(writer{f.t, writeKind}, maxPiece)
	writing := write(w)
	if writing == nil {
		writing = w.Flush()
	}
	end := question{Do: doCommit}
	if writing != nil {
		end.Do = doAbandon
	}
	_, err := f.t.ask(ctx, end)
	return errors.Join(writing, err)
}

// Complete finds nothing: clients complete the names of their files themselves.
func (f files) Complete(string) ([]repl.Word, bool) { return nil, false }

// confirm asks the person at the client.
func (t *terminal) confirm(ctx context.Context, text string) (bool, error) {
	r, err := t.ask(ctx, question{Do: doTake, Need: repl.Need{Kind: repl.NeedsConfirm}, Text: text})
	return r.Yes, err
}

// clear clears the client's terminal.
func (t *terminal) clear(ctx context.Context) error {
	_, err := t.ask(ctx, question{Do: doTake, Need: repl.Need{Kind: repl.NeedsClear}})
	return err
}

// history reads the lines of the client's history one by one.
func (t *terminal) history(ctx context.Context) iter.Seq[string] {
	return func(yield func(string) bool) {
		file, err := t.open(ctx, repl.Need{Kind: repl.NeedsHistory})
		if err != nil {
			return
		}
		defer file.Close()
		lines := bufio.NewScanner(file)
		lines.Buffer(nil, repl.MaxLine) // a line that is longer ends the history
		for lines.Scan() && yield(lines.Text()) {
		}
	}
}
