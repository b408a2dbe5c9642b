package guard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"todoshell/todo"

	"todoshell/web/problem"
)

const (
	maxBody     = 1 << 20
	maxOpenBody = 4 << 10 // of those who are not yet known

	bodyGrace = 20 * time.Second // and then so many bytes a second, on the whole
	bodyRate  = 16 << 10
	bulkIdle  = 2 * time.Minute
)

// Endless is the limit of bodies that may be of any length.
const Endless = -1

// limit is how long a body may be.
func (is Rule) limit() int64 {
	switch {
	case is.MaxBody != 0:
		return is.MaxBody
	case is.Open:
		return maxOpenBody
	}
	return maxBody
}

// limitBody has the request's body cut off if it is too long or comes too slowly.
func limitBody(w http.ResponseWriter, r *http.Request, is Rule) (*pacedBody, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil //nolint:nilnil // there is none
	}
	b := &pacedBody{ReadCloser: r.Body, conn: http.NewResponseController(w), ctx: r.Context(), began: time.Now()}
	_ = b.conn.SetReadDeadline(b.began.Add(bodyGrace)) // also for what net/http reads of a body that is refused
	if limit := is.limit(); limit != Endless {
		b.steady = true
		b.ReadCloser = http.MaxBytesReader(w, r.Body, limit)
		if r.ContentLength > limit {
			return b, errTooLarge(limit)
		}
	}
	r.Body = b
	return b, nil
}

// hangUp has the connection closed after the answer, also where that has begun. It
// must not serve another request when a read has failed: net/http has cancelled the
// context of all that come, and would take the rest of the body for one of them. To
// exceed a limit is the one way to tell it so.
func hangUp(w http.ResponseWriter) {
	for {
		outer, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			break
		}
		w = outer.Unwrap()
	}
	_, _ = http.MaxBytesReader(w, io.NopCloser(strings.NewReader("x")), 0).Read(make([]byte, 1))
}

// A pacedBody is one that must keep coming: at a rate, if it is steady, or else with
// pauses, as whoever writes into a stream makes them.
type pacedBody struct {
	io.ReadCloser
	conn   *http.ResponseController
	ctx    context.Context //nolint:containedctx // of the request, whose body this is
	began  time.Time
	read   int64
	steady bool

	mu     sync.Mutex
	ended  bool // nothing of it is left, or the request is over
	broken bool // a read has failed, or was interrupted
}

func (b *pacedBody) Read(p []byte) (int, error) {
	if err := b.move(); err != nil {
		return 0, err
	}
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	if err == nil {
		return n, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var long *http.MaxBytesError
	switch {
	case errors.Is(err, io.EOF):
		b.ended = true
		return n, err
	case errors.As(err, &long):
		err = errTooLarge(long.Limit)
	case errors.Is(err, os.ErrDeadlineExceeded): // for which net/http cancels the request's context
		err = errTooSlow
		if cause := context.Cause(b.ctx); cause != nil && !errors.Is(cause, context.Canceled) {
			err = cause
		}
	}
	b.broken = true
	return n, err
}

// move moves the deadline of the next read.
func (b *pacedBody) move() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.ended: // from here on, net/http waits for the client to go away, for as long as it takes
		return io.EOF
	case b.ctx.Err() != nil: // interrupt may have been before, or will be after
		b.broken = true
		return context.Cause(b.ctx)
	}
	deadline := time.Now().Add(bulkIdle)
	if b.steady {
		deadline = b.began.Add(bodyGrace + time.Duration(b.read)*time.Second/bodyRate)
	}
	err := b.conn.SetReadDeadline(deadline)
	if errors.Is(err, http.ErrNotSupported) {
		return nil // not over a network
	}
	return err
}

// BodyWhile ends reads of a request's body with ctx, until stop.
func BodyWhile(ctx context.Context, body io.ReadCloser) (stop func() bool) {
	b, ok := body.(*pacedBody)
	if !ok { // there is none
		return func() bool { return false }
	}
	b.ctx = ctx
	return context.AfterFunc(ctx, b.interrupt)
}

// interrupt ends the read that waits for more.
func (b *pacedBody) interrupt() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.ended {
		b.broken = true
		_ = b.conn.SetReadDeadline(past)
	}
}

// end is called after the request. It tells whether another one can follow on the
// connection: not where a stream has ended and left something of its body unread, be
// interrupt called for that or too late.
func (b *pacedBody) end() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	unread := !b.ended && b.ctx.Err() != nil
	b.ended = true
	return !b.broken && !unread
}

func errTooLarge(limit int64) error {
	return &todo.Error{Code: problem.TooLarge, Message: fmt.Sprintf("the body is longer than %d KiB", limit>>10), Hint: "send less at once"}
}

// errTooSlow is also a timeout, for whoever looks for one.
var errTooSlow = errors.Join(
	&todo.Error{Code: problem.TooSlow, Message: "the body came too slowly", Hint: "try again"}, os.ErrDeadlineExceeded)
