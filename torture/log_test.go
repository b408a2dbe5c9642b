package torture

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"todoshell/store"
	"todoshell/todo"
)

// errFailing is the error of what a shakyLog did not do.
var errFailing = errors.New("the log fails on purpose")

// A shakyLog is a store that is slow at times, and fails in all ways a log may.
type shakyLog struct {
	*store.Store
	faults atomic.Int64

	mu       sync.Mutex
	random   *rand.Rand
	unknowns int // how many appends may yet end with an unknown outcome: each makes checking harder

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

func (l *shakyLog) Append(ctx context.Context, name string, next todo.List, changes []todo.Change) error {
	if l.late != nil {
		changes = slices.Clone(changes) // they are used again
		for i := range changes {
			changes[i].Edits = slices.Clone(changes[i].Edits)
		}
		l.late <- func() { _ = l.Store.Append(context.WithoutCancel(ctx), name, next, changes) }
		return nil
	}
	fault := ""
	l.mu.Lock()
	if l.random.IntN(40) == 0 {
		fault = []string{"refuse", "conflict", "lose", "keep"}[l.random.IntN(4)]
		if fault == "lose" || fault == "keep" {
			if l.unknowns--; l.unknowns < 0 {
				fault = "refuse"
			}
		}
		l.faults.Add(1)
	}
	l.mu.Unlock()
	l.pause()
	defer l.pause()
	switch fault {
	case "refuse":
		return errFailing
	case "conflict":
		return todo.ErrConflict
	case "lose":
		return fmt.Errorf("%w: on purpose", todo.ErrOutcomeUnknown)
	}
	err := l.Store.Append(ctx, name, next, changes)
	if fault == "keep" && err == nil {
		err = fmt.Errorf("%w: on purpose", todo.ErrOutcomeUnknown)
	}
	return err
}

// Change waits for the appends that were answered before: so an early log is
// only found by what it loses.
func (l *shakyLog) Change(ctx context.Context, name string, rev uint64) (todo.Change, error) {
	if l.late != nil {
		made := make(chan struct{})
		l.late <- func() { close(made) }
		<-made
	}
	return l.Store.Change(ctx, name, rev)
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
