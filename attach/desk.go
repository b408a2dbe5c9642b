package attach

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"todoshell/repl"
)

// A desk is where the client answers what the server asks during a task.
type desk struct {
	conn
	options *repl.Options
	stdin   *source
	files   map[uint32]*source
	writing *writing
}

// serve takes a message that is not of the task itself.
func (d *desk) serve(m message) error {
	if m.kind == writeKind && d.writing != nil {
		d.writing.write(m.body)
		return nil
	}
	var q question
	if m.kind != questionKind || json.Unmarshal(m.body, &q) != nil {
		return errProtocol
	}
	if q.Do == doRead {
		return d.read(q)
	}
	r, err := d.answer(q)
	r.ID, r.Failure = q.ID, failureOf(err)
	return d.sendJSON(replyKind, r)
}

func (d *desk) answer(q question) (r reply, err error) {
	switch q.Do {
	case doOpen:
		var file io.ReadCloser
		if file, err = d.options.Files.Open(q.Text, q.What); err == nil {
			d.add(q.ID, file)
		}
	case doHistory:
		if d.options.History != nil {
			text := strings.Join(slices.Collect(d.options.History()), "\n")
			d.add(q.ID, io.NopCloser(strings.NewReader(text)))
		}
	case doClose:
		if file := d.files[q.Handle]; file != nil {
			delete(d.files, q.Handle)
			err = file.Close()
		}
	case doCreate:
		d.abandon()
		d.writing = newWriting(d.options.Files, q.Text)
	case doCommit, doAbandon:
		if d.writing == nil {
			return r, errProtocol
		}
		if q.Do == doCommit {
			err = d.writing.end(io.EOF)
		}
		d.abandon()
	case doConfirm:
		if d.options.Confirm != nil {
			r.Yes, err = d.options.Confirm(q.Text)
		}
	case doComplete:
		r.Words, r.More = d.options.Files.Complete(q.Text)
	default:
		err = errProtocol
	}
	return r, err
}

func (d *desk) add(id uint32, file io.ReadCloser) {
	if d.files == nil {
		d.files = make(map[uint32]*source)
	}
	d.files[id] = newSource(file, true)
}

func (d *desk) abandon() {
	if d.writing != nil {
		_ = d.writing.end(errAbandoned)
		d.writing = nil
	}
}

// close ends what the task has left open.
func (d *desk) close() {
	for _, file := range d.files {
		_ = file.Close()
	}
	d.abandon()
}

// read reads from a file, or from standard input. That may take for ever, at a
// keyboard or a pipe; meanwhile answers are shown.
func (d *desk) read(q question) error {
	from := d.stdin
	if q.Handle != 0 {
		from = d.files[q.Handle]
	}
	if from == nil {
		return errProtocol
	}
	go func() {
		pieces, err := from.take()
		// Where it can't be sent, there is nobody to whom it could matter.
		switch {
		case err == nil:
			_ = d.sendData(q.ID, pieces)
		case errors.Is(err, io.EOF):
			_ = d.sendJSON(replyKind, reply{ID: q.ID, End: true})
		default:
			_ = d.sendJSON(replyKind, reply{ID: q.ID, Failure: failureOf(err)})
		}
	}()
	return nil
}

// A writing is a file that is being written.
type writing struct {
	pipe *io.PipeWriter
	done chan error
}

var errAbandoned = errors.New("the file is not to be written")

func newWriting(files repl.Files, path string) *writing {
	out, in := io.Pipe()
	w := &writing{in, make(chan error, 1)}
	go func() {
		err := files.Replace(path, func(to io.Writer) error {
			_, err := io.Copy(to, out)
			return err
		})
		_ = out.CloseWithError(errAbandoned) // whoever still writes needn't wait
		w.done <- err
	}()
	return w
}

// write's failure is told at the end.
func (w *writing) write(p []byte) { _, _ = w.pipe.Write(p) }

// end ends the file, or leaves what was there where that is for any other reason
// than [io.EOF]. It may be called twice.
func (w *writing) end(reason error) error {
	_ = w.pipe.CloseWithError(reason)
	err := <-w.done
	w.done <- err
	return err
}
