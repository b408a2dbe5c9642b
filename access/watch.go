package access

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// ErrRevoked is the cause of the end of a context whose holder may no longer
// come in.
var ErrRevoked = errors.New("the token was revoked, or its login has ended")

// lookEvery is how often the watches look at the document.
const lookEvery = 500 * time.Millisecond

// watches are the contexts that end when their holders may no longer come in. As long as
// there are any, one goroutine looks at the document for all of them.
type watches struct {
	mu      sync.Mutex
	open    map[*watch]struct{}
	running bool
	closed  chan struct{} // made by the first watch
	ended   sync.WaitGroup
	over    bool
}

type watch struct {
	holder Holder
	cancel context.CancelCauseFunc
}

// While returns a context that ends within a second of the holder's token being
// revoked, or of the end of their session, with the cause [ErrRevoked]; that of the zero Holder, when tokens
// become required. The caller calls stop when it is no longer needed.
func (t *Tokens) While(ctx context.Context, h Holder) (_ context.Context, stop context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &watch{h, cancel}
	ws := &t.watches
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if now := t.current(); ws.over || !now.admits(h) {
		cancel(now.revoked())
		return ctx, func() {}
	}
	if ws.open == nil {
		ws.open, ws.closed = make(map[*watch]struct{}), make(chan struct{})
	}
	ws.open[w] = struct{}{}
	if !ws.running {
		ws.running = true
		ws.ended.Go(t.look)
	}
	return ctx, func() {
		ws.mu.Lock()
		defer ws.mu.Unlock()
		delete(ws.open, w)
		cancel(context.Canceled)
	}
}

// admits tells whether h may still come in.
func (s *state) admits(h Holder) bool {
	if h.Hash == "" {
		return !s.required()
	}
	_, ok := s.find(cmp.Or(h.session, h.Hash))
	return ok
}

// revoked is the cause of the end of the contexts that s does not admit. Where nobody comes in, it says why.
func (s *state) revoked() error {
	if s.err != nil {
		return fmt.Errorf("%w: %w", ErrRevoked, s.err)
	}
	return ErrRevoked
}

// look ends the contexts of those who may no longer come in, until there are
// none.
func (t *Tokens) look() {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-t.watches.closed:
			return
		case <-ticker.C:
		}
		if !t.lookOnce(true) {
			return
		}
	}
}

// lookOnce ends them now, and tells whether others are left. Without any, look is
// ending.
func (t *Tokens) lookOnce(ending bool) (again bool) {
	ws := &t.watches
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if len(ws.open) > 0 {
		now := t.current() // read under the lock: a holder who came in after it was read would be unknown to it
		for w := range ws.open {
			if !now.admits(w.holder) {
				w.cancel(now.revoked())
				delete(ws.open, w)
			}
		}
	}
	if len(ws.open) == 0 && ending {
		ws.running = false
	}
	return len(ws.open) > 0
}

// Close ends the contexts of [Tokens.While], and closes the source. It may be called twice.
func (t *Tokens) Close() {
	ws := &t.watches
	ws.mu.Lock()
	if !ws.over {
		ws.over = true
		if ws.closed != nil {
			close(ws.closed)
		}
		for w := range ws.open {
			w.cancel(context.Canceled)
		}
		clear(ws.open)
	}
	ws.mu.Unlock()
	ws.ended.Wait()
	t.source.Close()
}
