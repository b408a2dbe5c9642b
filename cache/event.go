package cache

import (
	"sync"

	"todoshell/todo"
)

// An Event is a change of a list that has become durable.
type Event struct {
	List string
	todo.Change
	Partition int          // of the append that the change is a part of
	Version   todo.Version // of that append
	Number    int          // of the change among those of the append, from 1
	Long      bool         // it would hold more than [MaxEvent], and is told without its edits

	encoded *encoded // shared by all copies
}

// eventOf returns the event of a change of an append, the first of which has the
// number 1.
func eventOf(a todo.Append, number int) Event {
	c := a.Changes[number-1]
	e := Event{List: a.List, Change: c, Partition: a.Partition, Version: a.Version, Number: number,
		Long: c.Size() > MaxEvent, encoded: new(encoded)}
	if e.Long {
		e.Edits = nil
	}
	return e
}

// size is about how many bytes the event holds, with its text.
func (e Event) size() int { return 2*e.Size() + 512 }

type encoded struct {
	once sync.Once
	text []byte
}

// Encoded returns the event as encode, always the same function, makes it: once
// for all who watch.
func (e Event) Encoded(encode func(Event) []byte) []byte {
	e.encoded.once.Do(func() { e.encoded.text = encode(e) })
	return e.encoded.text
}
