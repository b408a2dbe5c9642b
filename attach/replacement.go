package attach

import (
	"errors"
	"io"

	"todoshell/repl"
)

// A replacement is a file that the server writes on the client's machine. The file
// holds what it held before until all of it is there.
type replacement struct {
	pipe *io.PipeWriter
	done chan error
}

var errAbandoned = errors.New("the file is not to be written")

func newReplacement(files repl.Files, path string) *replacement {
	out, in := io.Pipe()
	w := &replacement{in, make(chan error, 1)}
	go func() {
		err := files.Replace(path, func(to io.Writer) error {
			_, err := io.Copy(to, out)
			return err
		})
		_ = out.CloseWithError(errAbandoned) // so that a write does not wait for ever
		w.done <- err
	}()
	return w
}

// write adds to the file. Where that fails, end says so.
func (w *replacement) write(p []byte) { _, _ = w.pipe.Write(p) }

// end puts the file in its place if the reason is [io.EOF]; for any other reason, it
// leaves what was there. It may be called twice.
func (w *replacement) end(reason error) error {
	_ = w.pipe.CloseWithError(reason)
	err := <-w.done
	w.done <- err
	return err
}
