package cache

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"todoshell/todo"
)

// TooMany is the code of what can't be done beside all that is under way.
const TooMany todo.Code = "too_many"

// A short file is imported at once. A long one needs one of a few places, since
// it is in memory several times until its entries are in the list. A file that comes
// slowly loses its place as soon as another one needs it.
const (
	MaxUploads  = 2
	shortUpload = 64 << 10

	uploadGrace = 5 * time.Second // how long a file may be slow; then it must have come with uploadRate, in bytes a second
	uploadRate  = 128 << 10
	lookAgain   = time.Second // how often a file that waits for a place looks whether another one has become slow
)

var (
	errBusy = &todo.Error{Code: TooMany, Message: "too many long files are being imported", Hint: "try again when one has ended"}
	errSlow = &todo.Error{Code: TooMany, Message: "the file came too slowly while others wanted to import theirs", Hint: "try again"}
)

// An Upload is a file on its way into a list. It is used by one goroutine.
type Upload struct {
	ctx    context.Context //nolint:containedctx // of the command that reads it
	cancel context.CancelCauseFunc
	in     io.Reader
	places *places
	wait   bool
	placed bool
	since  time.Time // when it was placed
	read   atomic.Int64
	whole  atomic.Bool // it has been read to its end
}

// The places that long files have.
type places struct {
	mu    sync.Mutex
	taken []*Upload
	free  chan struct{} // receives when a place may have become free
}

// Upload returns what in holds, until ctx ends. A file that turns out to be long waits
// until there is a place, or else ends with [TooMany]. Close it once it is imported.
func (c *Cache) Upload(ctx context.Context, in io.Reader, wait bool) *Upload {
	ctx, cancel := context.WithCancelCause(ctx)
	return &Upload{ctx: ctx, cancel: cancel, in: in, places: c.uploads, wait: wait}
}

// Context ends when nothing more of the file will be taken.
func (u *Upload) Context() context.Context { return u.ctx }

// Read reads the next bytes of the file. It may wait for a place.
func (u *Upload) Read(p []byte) (int, error) {
	if u.ctx.Err() != nil {
		return 0, context.Cause(u.ctx)
	}
	if u.read.Load() >= shortUpload && !u.placed {
		if err := u.place(); err != nil {
			return 0, err
		}
	}
	n, err := u.in.Read(p)
	u.read.Add(int64(n))
	switch {
	case errors.Is(err, io.EOF):
		u.whole.Store(true)
	case err != nil && u.ctx.Err() != nil:
		err = context.Cause(u.ctx)
	}
	return n, err
}

func (u *Upload) place() error {
	for !u.places.take(u) {
		if !u.wait {
			return errBusy
		}
		again := time.NewTimer(lookAgain)
		select {
		case <-u.places.free:
		case <-again.C:
		case <-u.ctx.Done():
			return context.Cause(u.ctx)
		}
		again.Stop()
	}
	u.placed = true
	return nil
}

// take gives u a place, if need be that of a file that comes slowly.
func (p *places) take(u *Upload) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	u.since = time.Now()
	if len(p.taken) < MaxUploads {
		p.taken = append(p.taken, u)
		return true
	}
	slow := slices.IndexFunc(p.taken, (*Upload).slow)
	if slow < 0 {
		return false
	}
	p.taken[slow].cancel(errSlow)
	p.taken[slow] = u
	return true
}

func (u *Upload) slow() bool {
	took := time.Since(u.since) - uploadGrace
	return !u.whole.Load() && took > 0 && u.read.Load() < int64(took.Seconds()*uploadRate)
}

// Close gives the place to another one.
func (u *Upload) Close() {
	u.cancel(context.Canceled)
	if !u.placed {
		return
	}
	u.placed = false
	u.places.mu.Lock()
	defer u.places.mu.Unlock()
	if at := slices.Index(u.places.taken, u); at >= 0 {
		u.places.taken = slices.Delete(u.places.taken, at, at+1)
		select {
		case u.places.free <- struct{}{}:
		default: // it is known already
		}
	}
}
