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
	told := make(chan reply, 1)
	t.mu.Lock()
	t.latest++
	q.ID = t.latest
	t.asked[q.ID] = told
	t.mu.Unlock()
	defer func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.asked, q.ID)
	}()
	if err := t.sendJSON(questionKind, q); err != nil {
		return reply{}, err
	}
	select {
	case r := <-told:
		return r, r.Failure.err()
	case <-ctx.Done():
		return reply{}, ctx.Err()
	case <-t.gone:
		return reply{}, context.Canceled
	}
}

// deliver tells who has asked. Nobody waits for a reply that comes after its task
// was cancelled.
func (t *terminal) deliver(r reply) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if told := t.asked[r.ID]; told != nil {
		delete(t.asked, r.ID) // there is one reply
		told <- r
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

// A reader reads a file of the client.
type reader struct {
	t      *terminal
	ctx    context.Context //nolint:containedctx // of the task
	handle uint32
	rest   []byte // read, and not yet taken
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

// files are those of the client.
type files struct {
	t   *terminal
	ctx context.Context //nolint:containedctx // of the task
}

func (f files) Open(path, what string) (io.ReadCloser, error) {
	r, err := f.t.ask(f.ctx, question{Do: doOpen, Text: path, What: what})
	if err != nil {
		return nil, err
	}
	return &reader{t: f.t, ctx: f.ctx, handle: r.ID}, nil
}

// Replace is not cut off by an interrupt: the file is then what the answer says.
func (f files) Replace(path string, write func(io.Writer) error) error {
	ctx := context.WithoutCancel(f.ctx)
	if _, err := f.t.ask(ctx, question{Do: doCreate, Text: path}); err != nil {
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

func (f files) Complete(prefix string) ([]repl.Word, bool) {
	r, err := f.t.ask(f.ctx, question{Do: doComplete, Text: prefix})
	if err != nil {
		return nil, false
	}
	return r.Words, r.More
}

// history reads the lines of the client's history one by one. Without them, there
// are none.
func (t *terminal) history(ctx context.Context) iter.Seq[string] {
	return func(yield func(string) bool) {
		r, err := t.ask(ctx, question{Do: doHistory})
		if err != nil {
			return
		}
		file := &reader{t: t, ctx: ctx, handle: r.ID}
		defer file.Close()
		lines := bufio.NewScanner(file)
		lines.Buffer(nil, repl.MaxLine) // one that is longer ends them
		for lines.Scan() && yield(lines.Text()) {
		}
	}
}
