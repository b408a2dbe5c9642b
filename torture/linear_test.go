package torture

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/repl"
	"todoshell/server"
	"todoshell/store"
	"todoshell/todo"
)

// The answers that many concurrent callers of one list get are linearizable: one caller after
// another could have got them, too. Meanwhile the list's server stops, crashes and is evicted, callers
// give up, and the log fails.
func TestLinearizable(t *testing.T) {
	unknown := 0
	run(t, 8, func(p *part) {
		data, err := store.OpenMemory()
		require.NoError(p, err)
		defer func() { require.NoError(p, data.Close()) }()
		for i := range 10 {
			h := record(p.T, p.random, data, fmt.Sprintf("list %d", i), false)
			p.operations.Add(int64(len(h.operations)))
			p.faults.Add(h.faults.Load())
			switch linearizable(h.operations) {
			case porcupine.Illegal:
				p.err("a history that is not linearizable:\n%s", stuck(h.operations))
				return
			case porcupine.Unknown:
				unknown++
			}
		}
	})
	if unknown > 0 {
		t.Logf("%d histories took too long to check", unknown)
	}
}

// The check is worth something: it finds a log that answers before it has appended.
func TestLinearizableControl(t *testing.T) {
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	data, err := store.OpenMemory()
	require.NoError(t, err)
	defer func() { require.NoError(t, data.Close()) }()
	for i := 1; ; i++ {
		h := record(t, random, data, fmt.Sprintf("list %d", i), true)
		if linearizable(h.operations) == porcupine.Illegal {
			t.Logf("found in history %d:\n%s", i, stuck(h.operations))
			return
		}
	}
}

// A history is what callers of one list did and were told.
type history struct {
	*testing.T
	log   *shakyLog
	lists *cache.Cache
	name  string

	clock, faults atomic.Int64

	mu         sync.Mutex
	operations []porcupine.Operation
}

// record makes a history on a new list. With early, the log answers before it
// has appended.
func record(t *testing.T, random *rand.Rand, data *store.Store, name string, early bool) *history {
	t.Helper()
	log := &shakyLog{Store: data, random: split(random), unknowns: 2}
	if early {
		log.after()
	}
	h := &history{T: t, log: log, name: name}
	h.lists = cache.New(&server.System{Now: time.Now}, log, 1+random.IntN(2))
	stop := make(chan struct{})
	var calling, disturbing sync.WaitGroup
	callers := 4 + random.IntN(5)
	n := (200 + random.IntN(200)) / callers
	for id := range callers {
		c := &caller{history: h, Rand: split(random), id: id}
		calling.Go(func() {
			for range n {
				c.step()
			}
		})
	}
	for range 2 {
		own := split(random)
		disturbing.Go(func() { h.disturb(own, stop) })
	}
	calling.Wait()
	close(stop)
	disturbing.Wait()
	h.lists.Close()
	log.settle()

	// The journal as it is in the end takes part as one more reader.
	call := h.clock.Add(1)
	list, err := data.Load(t.Context(), name)
	last := outcome{rev: list.Rev, entries: written(list)}
	if err != nil {
		last.code = err.Error()
	}
	h.tell(callers, call, listOp{what: "last"}, last)
	h.faults.Add(log.faults.Load())
	return h
}

func (h *history) tell(client int, call int64, op listOp, out outcome) {
	end := int64(never)
	if !out.unknown {
		end = h.clock.Add(1)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.operations = append(h.operations, porcupine.Operation{ClientId: client, Input: op, Call: call, Output: out, Return: end})
}

// disturb stops, crashes and evicts the list's server, by turns.
func (h *history) disturb(random *rand.Rand, stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(time.Duration(random.IntN(200)) * time.Microsecond):
		}
		h.faults.Add(1)
		switch random.IntN(4) {
		case 0:
			h.lists.Stop(h.name)
		case 1:
			_ = h.lists.Call(h.Context(), h.name, func(*todo.Draft) error { panic(repl.OnPurpose) })
		case 2:
			if s, err := h.lists.Server(h.name); err == nil {
				s.Stop() // without the cache, which notices when it next uses the server
			}
		default: // other lists need so many servers that the cache evicts this one
			for i := range 3 {
				_ = h.lists.Call(h.Context(), fmt.Sprintf("other %d", i), func(*todo.Draft) error { return nil })
			}
		}
	}
}

// A caller does one operation after another.
type caller struct {
	*history
	*rand.Rand
	id   int
	seen string // the entries as it was last told
}

func (c *caller) step() {
	if c.IntN(8) == 0 {
		<-time.After(time.Duration(c.IntN(100)) * time.Microsecond)
	}
	op := listOp{what: []string{
		"add", "add", "add", "title", "done", "reopen", "delete", "delete", "undo", "undo", "redo", "read", "read", "view", "view",
	}[c.IntN(15)], title: string(rune('a' + c.IntN(3)))}
	switch op.what {
	case "title", "done", "reopen", "delete":
		op.id = 1 + c.Uint64N(3)
		if words := strings.Fields(c.seen); len(words) > 0 && c.IntN(8) > 0 {
			_, _ = fmt.Sscanf(words[c.IntN(len(words))], "%d:", &op.id)
		}
	}
	ctx := c.Context()
	if c.IntN(60) == 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(c.IntN(200))*time.Microsecond)
		defer cancel()
	}
	call := c.clock.Add(1)
	out, told := outcome{}, new(outcome) // told belongs to the request alone if the caller gives up
	var err error
	if op.what == "view" {
		var list todo.List
		list, err = c.lists.View(ctx, c.name)
		told.rev, told.entries = list.Rev, written(list)
	} else {
		err = c.lists.Call(ctx, c.name, func(d *todo.Draft) error {
			before := d.Rev
			ran := op.run(d)
			*told = outcome{rev: d.Rev, changed: d.Rev > before, entries: written(d.List)}
			return ran
		})
	}
	var wrong *todo.Error
	switch {
	case !errors.Is(err, todo.ErrOutcomeUnknown) && (errors.Is(err, errFailing) || err != nil && errors.Is(err, ctx.Err())):
		return // it changed nothing, as the others will tell
	case errors.Is(err, todo.ErrOutcomeUnknown):
		if op.what == "read" || op.what == "view" {
			return
		}
		out.unknown = true
	case errors.As(err, &wrong):
		out = *told
		out.code = string(wrong.Code)
	case err != nil:
		out.code = err.Error() // which no model expects
	default:
		out = *told
		c.seen = out.entries
	}
	c.tell(c.id, call, op, out)
}
