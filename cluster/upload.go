package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"todoshell/cache"
	"todoshell/store"
	"todoshell/todo"
)

// How much an upload does at once.
const (
	uploadLists    = 16
	uploadMessages = 500 // in an atomic batch
	uploadBytes    = 4 << 20
)

// An Upload counts what was brought in.
type Upload struct {
	Lists, Appends int
	There          int // lists that were there already, as an upload that was cut off left them
}

// Upload appends the journals of all lists of another log to the cluster, with their histories. Lists that
// have begun to be uploaded go on where that ended. Lists that the cluster has otherwise are left as they
// are, and problem is told.
func (l *Log) Upload(ctx context.Context, from cache.Log, problem func(error)) (sum Upload, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(l.ctx, func() { cancel(cmp.Or(l.broken(), context.Canceled)) })()
	var mu sync.Mutex
	names := make(chan string)
	var workers sync.WaitGroup
	for range uploadLists {
		workers.Go(func() {
			for name := range names {
				n, err := l.uploadList(ctx, from, name)
				mu.Lock()
				switch {
				case errors.Is(err, &todo.Error{Code: todo.Conflict}):
					problem(err)
				case err != nil:
					cancel(err)
				case n == 0:
					sum.There++
				default:
					sum.Lists++
					sum.Appends += n
				}
				mu.Unlock()
			}
		})
	}
	for head, err := range from.Heads(ctx, "", "") {
		if err != nil {
			cancel(err)
			break
		}
		select {
		case names <- head.Name:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(names)
	workers.Wait()
	return sum, context.Cause(ctx)
}

// uploadList appends what the cluster lacks of a list, and returns how many appends that were.
func (l *Log) uploadList(ctx context.Context, from cache.Log, name string) (n int, err error) {
	p := l.partitions[store.PartitionOf(name, len(l.partitions))]
	last, known, err := l.uploaded(ctx, from, name)
	if err != nil {
		return 0, err
	}
	var messages []*nats.Msg
	var first todo.BatchID // of the messages
	size := 0
	send := func(appends int) error {
		if appends == 0 {
			return nil
		}
		messages[0].Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(uint64(last), 10))
		if last, err = p.append(name, last, messages, appends, first); err != nil {
			return fmt.Errorf("list %q: %w", name, err)
		}
		n += appends
		messages, size = nil, 0
		return ctx.Err()
	}
	for a, err := range from.Since(ctx, name, 0) {
		if err != nil {
			return n, err
		}
		if known > 0 {
			known--
			continue
		}
		after := todo.List{}
		if isDrop(a.Batch) {
			if after, err = dropped(ctx, from, name); err != nil {
				return n, err
			}
		}
		made, err := p.messages(name, last, after, a.Batch)
		if err != nil {
			return n, err
		}
		if len(made) > 1 || len(messages) == uploadMessages || size > uploadBytes {
			if err = send(len(messages)); err != nil {
				return n, err
			}
			if made, err = p.messages(name, last, after, a.Batch); err != nil { // after what was just sent
				return n, err
			}
		}
		if len(messages) == 0 {
			first = a.ID
		} else {
			made[0].Header.Del(jetstream.ExpectedLastSubjSeqHeader)
			made[0].Header.Set(followsHeader, "1")
		}
		for _, m := range made {
			messages, size = append(messages, m), size+len(m.Data)
		}
		if len(made) > 1 { // its parts are a batch of their own
			if err = send(1); err != nil {
				return n, err
			}
		}
	}
	return n, send(len(messages))
}

// uploaded tells how many appends of a list the cluster has already, and the version with them.
func (l *Log) uploaded(ctx context.Context, from cache.Log, name string) (last todo.Version, known int, err error) {
	var there []todo.Append
	for a, err := range l.Since(ctx, name, 0) {
		if err != nil {
			return 0, 0, err
		}
		there = append(there, todo.Append{Version: a.Version, Batch: todo.Batch{ID: a.ID}})
	}
	for a, err := range from.Since(ctx, name, 0) {
		if err != nil {
			return 0, 0, err
		}
		if known == len(there) {
			break
		}
		if there[known].ID != a.ID {
			break
		}
		last = there[known].Version
		known++
	}
	if known < len(there) {
		return 0, 0, &todo.Error{Code: todo.Conflict, Message: fmt.Sprintf("list %q is in the cluster already, and is another one", name),
			Hint: "rename or drop one of the two, and upload again"}
	}
	return last, known, nil
}

// dropped returns a list as its latest drop left it: nothing but what it remembers of before.
func dropped(ctx context.Context, from cache.Log, name string) (todo.List, error) {
	list, err := from.Load(ctx, name)
	if err != nil {
		return list, err
	}
	var before []todo.Memory
	for _, m := range list.Memories() {
		if m.Gone || m.Drop {
			before = append(before, m)
		}
	}
	return todo.List{}.Remembering(before), nil
}
