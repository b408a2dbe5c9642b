//go:build linux

package torture

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/cluster"
	"todoshell/todo"
)

// The checks are worth something: each of these programs, which do one thing wrong, is found.
func TestClusterControls(t *testing.T) {
	if testing.Short() {
		t.Skip("clusters take their time")
	}
	for _, c := range []struct {
		control, troubles string
		short             bool
	}{
		{neverFresh, "shells", true},
		{conflictsFinal, "shells", false},
		{conflictsMine, "shells", false},
		{eventsAside, "shells", false},
		{syncLate, "power cut of all servers", false},
	} {
		if !c.short && long(t) == 0 {
			continue
		}
		t.Run(c.control, func(t *testing.T) {
			again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCluster$", "-test.v")
			again.Env = append(os.Environ(), childControls+"="+c.control, "TORTURE_TROUBLES="+c.troubles, "TORTURE=")
			output, err := again.CombinedOutput()
			require.Error(t, err)
			assert.Regexp(t, "wrong: |lost: ", string(output))
		})
	}
}

// A wrongLog is a cluster's with an error that a control asks for.
type wrongLog struct {
	*cluster.Log
	has func(control string) bool
}

func (l *wrongLog) Append(ctx context.Context, name string, after todo.Version, next todo.List, b todo.Batch) (todo.Version, error) {
	v, err := l.Log.Append(ctx, name, after, next, b)
	switch {
	case l.has(conflictsFinal) && err == nil && rand.IntN(50) == 0:
		return 0, todo.ErrConflict
	case l.has(conflictsMine) && errors.Is(err, todo.ErrConflict):
		list, unread := l.Load(ctx, name)
		return list.Version, unread
	}
	return v, err
}

func (l *wrongLog) Fresh(ctx context.Context, name string) error {
	if l.has(neverFresh) {
		return ctx.Err()
	}
	return l.Log.Fresh(ctx, name)
}

// Follow tells of some appends after the next one.
func (l *wrongLog) Follow(ctx context.Context, from todo.Position, tell func(todo.Append)) (stop func(), err error) {
	if !l.has(eventsAside) {
		return l.Log.Follow(ctx, from, tell)
	}
	var late []todo.Append
	return l.Log.Follow(ctx, from, func(a todo.Append) {
		if len(late) == 0 && rand.IntN(50) == 0 {
			late = append(late, a)
			return
		}
		tell(a)
		for _, a := range late {
			tell(a)
		}
		late = nil
	})
}
