package torture

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"todoshell/store"
	"todoshell/todo"
)

// errFailing is the error with which a shakyLog refuses to do something.
var errFailing = errors.New("the log fails on purpose")

// A shakyLog is a store that is slow at times, and fails in all ways a log may.
type shakyLog struct {
	*store.Store
	faults atomic.Int64

	mu       sync.Mutex
	random   *rand.Rand
	unknowns int // how many outcomes may yet stay unknown: each makes checking harder

	late    chan func() // unless nil, appends that were answered before they are made
	settled chan struct{}
}

// one is true once in n times.
func (l *shakyLog) one(n int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.random.IntN(n) == 0
}

func (l *shakyLog) pause() {
	if !l.one(8) {
		return
	}
	l.mu.Lock()
	d := time.Duration(l.random.IntN(200)) * time.Microsecond
	l.mu.Unlock()
	<-time.After(d)
}

func (l *shakyLog) Load(ctx context.Context, name string) (todo.List, error) {
	if l.one(100) {
		l.faults.Add(1)
		return todo.List{}, errFailing
	}
	l.pause()
	defer l.pause()
	return l.Store.Load(ctx, name)
}

func (l *shakyLog) Append(ctx context.Context, name string, after todo.Version, next todo.List, b todo.Batch) (todo.Version, error) {
	if l.late != nil {
		return l.answerEarly(ctx, name, after, next, b)
	}
	fault := ""
	l.mu.Lock()
	if l.random.IntN(40) == 0 {
		fault = []string{"refuse", "conflict", "lose", "keep"}[l.random.IntN(4)]
		l.faults.Add(1)
	}
	l.mu.Unlock()
	l.pause()
	defer l.pause()
	switch fault {
	case "refuse":
		return 0, errFailing
	case "conflict":
		return 0, todo.ErrConflict
	case "lose":
		return 0, fmt.Errorf("%w: on purpose", todo.ErrOutcomeUnknown)
	}
	v, err := l.Store.Append(ctx, name, after, next, b)
	if fault == "keep" && err == nil {
		err = fmt.Errorf("%w: on purpose", todo.ErrOutcomeUnknown)
	}
	return v, err
}

// Since, which settles what is unknown, fails a few times.
func (l *shakyLog) Since(ctx context.Context, name string, after todo.Version) iter.Seq2[todo.Append, error] {
	l.mu.Lock()
	fails := l.unknowns > 0 && l.random.IntN(2) == 0
	if fails {
		l.unknowns--
	}
	l.mu.Unlock()
	if fails {
		return func(yield func(todo.Append, error) bool) { yield(todo.Append{}, errFailing) }
	}
	return l.Store.Since(ctx, name, after)
}

// answerEarly answers before the append is made. It makes up a version, later than any
// that the feed will tell of.
func (l *shakyLog) answerEarly(ctx context.Context, name string, after todo.Version, next todo.List, b todo.Batch) (todo.Version, error) {
	b.Changes = slices.Clone(b.Changes) // the caller reuses their memory
	for i := range b.Changes {
		b.Changes[i].Edits = slices.Clone(b.Changes[i].Edits)
	}
	l.late <- func() {
		late := context.WithoutCancel(ctx)
		if list, err := l.Store.Load(late, name); err == nil {
			_, _ = l.Store.Append(late, name, list.Version, next, b)
		}
	}
	return after + 1<<40, nil
}

// History waits for the appends that were answered early. So a log that answers early is
// only found by the appends that it loses.
func (l *shakyLog) History(ctx context.Context, name string, from uint64) iter.Seq2[todo.Change, error] {
	if l.late != nil {
		made := make(chan struct{})
		l.late <- func() { close(made) }
		<-made
	}
	return l.Store.History(ctx, name, from)
}

// after lets the log answer before it appends, as it must not.
func (l *shakyLog) after() {
	l.late, l.settled = make(chan func(), 10_000), make(chan struct{})
	go func() {
		defer close(l.settled)
		for appends := range l.late {
			l.pause()
			appends()
		}
	}()
}

// settle makes the appends that were answered before.
func (l *shakyLog) settle() {
	if l.late != nil {
		close(l.late)
		<-l.settled
	}
}
