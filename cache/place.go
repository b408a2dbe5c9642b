package cache

import (
	"math"
	"slices"

	"todoshell/todo"
)

// A Place is where somebody is who has been told of events: after all appends that the
// position includes, but for the latest in one partition, of whose changes they
// may have been told only some.
type Place struct {
	Position  todo.Position
	Partition int
	Changes   int // how many have been told of the append at Position[Partition]
}

// placeAt is the place after all that a position includes.
func placeAt(p todo.Position) Place { return Place{Position: slices.Clone(p), Changes: math.MaxInt32} }

func (p Place) clone() Place {
	p.Position = slices.Clone(p.Position)
	return p
}

// version returns that of the latest append in a partition.
func (p Place) version(partition int) todo.Version {
	if partition >= len(p.Position) {
		return 0
	}
	return p.Position[partition]
}

// includes tells whether somebody at p has been told of an event.
func (p Place) includes(e Event) bool { return p.includesChanges(e.Partition, e.Version, e.Number) }

// includesChanges tells whether so many changes of an append have been told.
func (p Place) includesChanges(partition int, v todo.Version, changes int) bool {
	latest := p.version(partition)
	return v < latest || v == latest && (partition != p.Partition || changes <= p.Changes)
}

// pass moves the place behind an event.
func (p *Place) pass(e Event) {
	p.Position = p.Position.With(e.Partition, e.Version)
	p.Partition, p.Changes = e.Partition, e.Number
}
