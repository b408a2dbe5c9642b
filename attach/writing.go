package attach

import (
	"errors"
	"io"

	"todoshell/repl"
)

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
