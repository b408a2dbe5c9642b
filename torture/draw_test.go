package torture

import (
	"math/rand/v2"

	"todoshell/todo"
)

// draw draws a command by chance.
func (w *writer) draw() command {
	r, list := w.random, w.now().List
	n := 1 + r.IntN(3)
	if r.IntN(8) == 0 {
		n = 1 + r.IntN(w.many)
	}
	ids := w.ids(n)
	date, title := w.date(), w.title()
	kind := r.IntN(100)
	if list.Len() > 2*w.many && kind < 40 {
		kind = 70 // delete, so that the list stays small
	}
	switch {
	case kind < 25:
		return w.add()
	case kind < 40:
		return w.imports(n)
	case kind < 50:
		return command{run: func(d *todo.Draft) ([]todo.Entry, error) { return of(d.SetDate(ids[0], date)) }}
	case kind < 58:
		return command{run: func(d *todo.Draft) ([]todo.Entry, error) { return of(d.SetTitle(ids[0], title)) }}
	case kind < 66:
		return command{run: func(d *todo.Draft) ([]todo.Entry, error) { return d.Finish(ids...) }}
	case kind < 70:
		return command{run: func(d *todo.Draft) ([]todo.Entry, error) { return d.Reopen(ids...) }}
	case kind < 78:
		return command{run: func(d *todo.Draft) ([]todo.Entry, error) { return d.Delete(ids...) }}
	case kind < 90:
		return command{run: (*todo.Draft).Undo}
	case kind < 99:
		return command{run: (*todo.Draft).Redo}
	}
	return command{run: func(d *todo.Draft) ([]todo.Entry, error) { return nil, d.Drop() }}
}

func of(e todo.Entry, err error) ([]todo.Entry, error) { return []todo.Entry{e}, err }

// add adds an entry, which can't fail but for the disk.
func (w *writer) add() command {
	date, title := w.date(), w.title()
	return command{func(d *todo.Draft) ([]todo.Entry, error) { return of(d.Add(date, title)) }, true}
}

// imports adds n entries, with and without ids of their own.
func (w *writer) imports(n int) command {
	entries := make([]todo.Entry, n)
	id := w.now().LastID
	for i := range entries {
		entries[i] = todo.Entry{Date: w.date(), Status: todo.Status(w.random.IntN(2)), Title: w.title()}
		if n%2 == 0 {
			id += uint64(1 + w.random.IntN(2))
			entries[i].ID = id
		}
	}
	return command{func(d *todo.Draft) ([]todo.Entry, error) {
		if err := d.Import(entries); err != nil {
			return nil, err
		}
		return d.Changes[len(d.Changes)-1].EntriesAfter(), nil
	}, true}
}

// ids draws up to n ids of entries, rarely one that may be gone, and that one
// where there are none.
func (w *writer) ids(n int) (ids []uint64) {
	list := w.now().List
	for range n {
		id := 1 + w.random.Uint64N(list.LastID+1)
		if _, there := list.Entry(id); there || w.random.IntN(50) == 0 {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		for e := range list.Entries(todo.Always) {
			return []uint64{e.ID}
		}
		ids = []uint64{1}
	}
	return ids
}

func (w *writer) date() todo.Date { return todo.Date(w.random.IntN(int(todo.MaxDate) + 1)) }

// noise is what titles are parts of, so that compression gains little. It has no
// blanks, so that each part of it can be a title.
var noise = func() string {
	random := rand.New(rand.NewPCG(0, 0))
	b := make([]byte, 2*todo.MaxTitle)
	for i := range b {
		b[i] = byte('!' + random.IntN('~'-'!'))
	}
	return string(b)
}()

// title draws a title. Few are long.
func (w *writer) title() string {
	n := 1 + w.random.IntN(40)
	if w.random.IntN(20) == 0 {
		n = 1 + w.random.IntN(todo.MaxTitle)
	}
	at := w.random.IntN(len(noise) - n)
	return noise[at : at+n]
}
