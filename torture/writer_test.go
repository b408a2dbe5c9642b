package torture

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"todoshell/cache"
	"todoshell/todo"
)

// noon is when all changes are made, so that whole changes can be compared.
func noon() time.Time { return time.Unix(1_700_000_000, 123_456_789).UTC() }

// A step is the state of a list between two commands.
type step struct {
	todo.List
	journal []todo.Change // since the list began
	highest uint64        // of the ids it has given since then
}

// A command is drawn once and runs on two drafts: the writer's and the server's.
type command struct {
	run   func(*todo.Draft) ([]todo.Entry, error)
	fresh bool // its answers are new entries
}

// after tells what a command leads to, and what it answers.
func (s step) after(c command) (next step, answer []todo.Entry, err error) {
	d := s.Draft()
	d.Time = noon()
	d.Past = func(rev uint64) (todo.Change, error) { return s.journal[rev-1], nil }
	answer, err = c.run(d)
	switch {
	case err != nil || len(d.Changes) == 0:
		return s, answer, err
	case d.Changes[0].Kind == todo.Drop:
		return step{List: d.Snapshot()}, answer, nil
	}
	next = step{d.Snapshot(), append(s.journal, d.Changes[0]), s.highest}
	for _, e := range d.Changes[0].Edits {
		next.highest = max(next.highest, e.After.ID)
	}
	return next, answer, nil
}

// A writer is the only caller of its list, and knows what the list may be.
type writer struct {
	name   string
	many   int // the most entries of a command
	random *rand.Rand

	mu       sync.Mutex
	steps    []step // from the one answered at the latest mark to the one that is under way
	answered int    // the latest answered one
}

// newWriters returns writers of new lists. Few of the lists are large.
func newWriters(random *rand.Rand, n, many int) []*writer {
	writers := make([]*writer, n)
	for i := range writers {
		w := &writer{name: fmt.Sprintf("list %d", i), many: 30, random: split(random), steps: make([]step, 1)}
		if i%8 == 0 {
			w.name, w.many = strings.Repeat("長", todo.MaxName/3-i/8), many
		}
		writers[i] = w
	}
	return writers
}

// split returns a generator of its own for another goroutine.
func split(random *rand.Rand) *rand.Rand {
	return rand.New(rand.NewPCG(random.Uint64(), random.Uint64()))
}

// mark forgets what the list was before its latest answer.
func (w *writer) mark() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.steps, w.answered = slices.Clone(w.steps[w.answered:]), 0
}

// fork returns a writer for a copy of the list, which may be at any of the steps.
func (w *writer) fork(random *rand.Rand) *writer {
	w.mu.Lock()
	defer w.mu.Unlock()
	steps := slices.Clone(w.steps)
	for i := range steps {
		steps[i].journal = slices.Clip(steps[i].journal) // so that appending to one copies it
	}
	return &writer{name: w.name, many: w.many, random: random, steps: steps}
}

func forkAll(writers []*writer, random *rand.Rand) []*writer {
	forks := make([]*writer, len(writers))
	for i, w := range writers {
		forks[i] = w.fork(split(random))
	}
	return forks
}

// now returns the list as it was answered.
func (w *writer) now() step {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.steps[w.answered]
}

// open tells whether the outcome of a command is unknown.
func (w *writer) open() bool { return w.answered < len(w.steps)-1 }

// do gives a command, and returns an error that is none of the command's own.
// Whether the command was done is open only if that says so.
func (w *writer) do(p *part, c *cache.Cache, cmd command) error {
	w.mu.Lock()
	now := w.steps[w.answered]
	next, want, wantErr := now.after(cmd)
	w.steps = append(w.steps, next)
	w.mu.Unlock()

	var got []todo.Entry
	err := c.Call(p.Context(), w.name, func(d *todo.Draft) (err error) {
		got, err = cmd.run(d)
		return err
	})
	p.operations.Add(1)
	if errors.Is(err, todo.ErrOutcomeUnknown) {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if fmt.Sprint(err) != fmt.Sprint(wantErr) {
		now.journal = slices.Clip(now.journal)
		w.steps = append(w.steps[:w.answered], now) // nothing has changed
		if err == nil {
			p.err("%s: an answer, and not the error %v", w.name, wantErr)
		}
		return err
	}
	w.answered++
	if !slices.Equal(got, want) {
		p.err("%s: after revision %d, the answer %v, and not %v", w.name, now.Rev, got, want)
	}
	if cmd.fresh && slices.ContainsFunc(got, func(e todo.Entry) bool { return e.ID <= now.highest }) {
		p.err("%s: ids up to %d were given before: %v", w.name, now.highest, got)
	}
	return nil
}

// command gives a command drawn by chance.
func (w *writer) command(p *part, c *cache.Cache) error { return w.do(p, c, w.draw()) }

// find looks at the list and its journal, and finds out where the list is. An
// error says that it could not be read, or not all of it.
func (w *writer) find(p *part, c *cache.Cache) error {
	list, err := w.look(p.Context(), c)
	journal, unread := collect(c.History(p.Context(), w.name, 1))
	if err == nil {
		// After a drop, a list may be what it was once before.
		at := slices.IndexFunc(w.steps, func(s step) bool {
			return sameList(s.List, list) && slices.EqualFunc(s.journal, journal, sameChange)
		})
		if at < 0 { // the journal is wrong, which compareJournal reports
			at = slices.IndexFunc(w.steps, func(s step) bool { return sameList(s.List, list) })
		}
		first := w.steps[0]
		switch {
		case at >= 0:
			s := w.steps[at]
			s.journal = slices.Clip(s.journal) // what was tried after it may be known to a fork
			w.steps, w.answered = []step{s}, 0
		case list.Rev < first.Rev:
			p.lose("%s: the list is %+v, after %+v was answered", w.name, list.State, first.State)
			return nil
		default:
			p.err("%s: the list is %+v with %d entries, which it was at no time between %+v and %+v",
				w.name, list.State, list.Len(), first.State, w.steps[len(w.steps)-1].State)
			return nil
		}
	}
	if len(w.steps) > 1 {
		return err
	}
	w.compareJournal(p, journal, unread)
	return errors.Join(err, unread)
}

// collect returns what there is before an error.
func collect[T any](all iter.Seq2[T, error]) (values []T, err error) {
	for v, err := range all {
		if err != nil {
			return values, err
		}
		values = append(values, v)
	}
	return values, nil
}

// look reads the list, in one of the ways there are.
func (w *writer) look(ctx context.Context, c *cache.Cache) (list todo.List, err error) {
	if w.random.IntN(2) == 0 {
		return c.View(ctx, w.name)
	}
	err = c.Call(ctx, w.name, func(d *todo.Draft) error {
		list = d.Snapshot()
		return nil
	})
	return list, err
}

// compareJournal compares the list's journal, of which reading may have ended
// early, with what was done.
func (w *writer) compareJournal(p *part, journal []todo.Change, unread error) {
	want := w.steps[0].journal
	for n, change := range journal {
		if n >= len(want) || !sameChange(change, want[n]) {
			p.err("%s: the journal has another revision %d than was made", w.name, n+1)
			return
		}
	}
	if unread == nil && len(journal) < len(want) {
		p.lose("%s: the journal ends after revision %d of %d", w.name, len(journal), len(want))
	}
}

func sameList(a, b todo.List) bool {
	return a.State == b.State && a.Len() == b.Len() && a.Open() == b.Open() &&
		slices.Equal(slices.Collect(a.Entries(todo.Always)), slices.Collect(b.Entries(todo.Always)))
}

func sameChange(a, b todo.Change) bool {
	return a.Rev == b.Rev && a.Time.Equal(b.Time) && a.Kind == b.Kind && a.Of == b.Of &&
		a.Earlier == b.Earlier && a.Later == b.Later && slices.Equal(a.Edits, b.Edits)
}

// compareNames tells whether all lists that hold anything are named, and no
// others. The writers must know where their lists are.
func compareNames(p *part, c *cache.Cache, writers []*writer) error {
	var want []string
	for _, w := range writers {
		if w.steps[w.answered].Rev > 0 {
			want = append(want, w.name)
		}
	}
	slices.Sort(want)
	got, err := collect(c.Names(p.Context(), "", ""))
	if err != nil {
		return err
	}
	if !slices.Equal(got, want) {
		p.err("there are the lists %q, and not %q", got, want)
	}
	return nil
}
