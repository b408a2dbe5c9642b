package api

import (
	"context"
	"sync/atomic"

	"todoshell/todo"

	"todoshell/web/problem"
)

// maxLongAnswers is how many bytes of long answers there may be in memory, if it is more than one answer.
const maxLongAnswers = 64 << 20

var errBusy = &todo.Error{Code: problem.Busy, Message: "too many are reading long changes", Hint: "try again in a moment"}

// longAnswers counts the bytes of long answers. Whoever reads slowly keeps theirs in memory.
type longAnswers struct{ bytes atomic.Int64 }

func (l *longAnswers) full() bool { return l.bytes.Load() > maxLongAnswers }

// reserve adds a long answer until the request's context ends, which it does with the answer. It tells whether there
// is room.
func (l *longAnswers) reserve(ctx context.Context, size int) bool {
	n := int64(size)
	if all := l.bytes.Add(n); all > maxLongAnswers && all > n {
		l.bytes.Add(-n)
		return false
	}
	context.AfterFunc(ctx, func() { l.bytes.Add(-n) })
	return true
}

// add does so where it is too late to refuse the answer, since what it tells of has been done.
func (l *longAnswers) add(ctx context.Context, size int) {
	n := int64(size)
	l.bytes.Add(n)
	context.AfterFunc(ctx, func() { l.bytes.Add(-n) })
}
