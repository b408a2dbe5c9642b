package store

import (
	"cmp"
	"slices"

	"todoshell/todo"
)

// A firstOpen follows the first day of a list that has an open entry, through edits.
//
// Where it is known how many open entries each day has, that is all that it takes. Where it
// is not, an edit may take an open entry from the first day: then it is not sure any more
// whether that was the last one there. All other open entries are on later days.
type firstOpen struct {
	day  todo.Date // zero: none
	sure bool
	days *openDays // nil: not known
}

// edit follows an edit.
func (f *firstOpen) edit(e todo.Edit) {
	if e.Before.ID != 0 && e.Before.Status == todo.Open && e.Before.Date != 0 {
		f.sure = f.sure && e.Before.Date != f.day
		f.days.count(e.Before.Date, -1)
	}
	if day := e.After.Date; e.After.ID != 0 && e.After.Status == todo.Open && day != 0 {
		if day <= f.day || f.day == 0 {
			f.day, f.sure = day, true
		}
		f.days.count(day, 1)
	}
}

// openDays are how many open entries a list has on each day that has any, in order.
type openDays []openDay

type openDay struct {
	day  todo.Date
	open int32
}

// daysOf counts the open entries of a list.
func daysOf(l todo.List) *openDays {
	days, open := new(openDays), todo.Open
	for e := range l.Entries(todo.Span{From: todo.MinDate, To: todo.MaxDate, Status: &open}) {
		days.count(e.Date, 1)
	}
	return days
}

// count adds to the open entries of a day.
func (o *openDays) count(day todo.Date, n int32) {
	if o == nil {
		return
	}
	i, found := slices.BinarySearchFunc(*o, day, func(d openDay, day todo.Date) int { return cmp.Compare(d.day, day) })
	if !found {
		*o = slices.Insert(*o, i, openDay{day: day})
	}
	if (*o)[i].open += n; (*o)[i].open == 0 {
		*o = slices.Delete(*o, i, i+1)
	}
}

func (o openDays) first() todo.Date {
	if len(o) == 0 {
		return 0
	}
	return o[0].day
}

// A daysCache holds the open days of lists that were updated of late.
type daysCache struct {
	young, old map[string]*openDays
	size       int // of the young ones
}

// The young ones grow old together when there are more, in days; a list counts as some.
const (
	maxDays    = 1 << 19
	daysOfList = 16
)

// take returns the open days of a list, which are not in the cache any more: nil if they
// are not known.
func (c *daysCache) take(name string) *openDays {
	days, young := c.young[name]
	if young {
		c.size -= len(*days) + daysOfList
		delete(c.young, name)
	} else {
		days = c.old[name]
	}
	delete(c.old, name)
	return days
}

func (c *daysCache) put(name string, days *openDays) {
	if c.young == nil || c.size > maxDays {
		c.young, c.old, c.size = map[string]*openDays{}, c.young, 0
	}
	c.young[name] = days
	c.size += len(*days) + daysOfList
}
