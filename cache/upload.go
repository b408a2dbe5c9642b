package cache

import (
	"context"
	"io"

	"todoshell/todo"
)

// Busy is the code of what can't be done beside all that is under way.
const Busy todo.Code = "too_many"

// A short file is imported at once. A long one needs one of a few places, for
// what it holds is in memory several times until it is in its list.
const (
	MaxUploads  = 2
	shortUpload = 64 << 10
)

// An Upload is a file on its way into a list. It is used by one goroutine.
type Upload struct {
	ctx    context.Context //nolint:containedctx // of the command that reads it
	in     io.Reader
	places chan struct{}
	wait   bool
	read   int
	placed bool
}

// Upload returns what in holds, until ctx ends. A file that turns out to be long waits
// until there is a place, or else ends with [Busy]. Close it once it is imported.
func (c *Cache) Upload(ctx context.Context, in io.Reader, wait bool) *Upload {
	return &Upload{ctx: ctx, in: in, places: c.uploads, wait: wait}
}

// Read reads on.
func (u *Upload) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	if u.read >= shortUpload && !u.placed {
		if err := u.place(); err != nil {
			return 0, err
		}
	}
	n, err := u.in.Read(p)
	u.read += n
	return n, err
}

func (u *Upload) place() error {
	select {
	case u.places <- struct{}{}:
		u.placed = true
		return nil
	default:
	}
	if !u.wait {
		return &todo.Error{Code: Busy, Message: "too many long files are being imported", Hint: "try again when one has ended"}
	}
	select {
	case u.places <- struct{}{}:
		u.placed = true
		return nil
	case <-u.ctx.Done():
		return u.ctx.Err()
	}
}

// Close gives the place to another one.
func (u *Upload) Close() {
	if u.placed {
		<-u.places
		u.placed = false
	}
}
