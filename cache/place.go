package cache

import (
	"math"
	"slices"

	"todoshell/todo"
)

// A Place is where somebody is who has been told of events: in each partition after all appends that
// the position includes, but that they may have been told only some changes of the latest one. In which order
// the appends of different partitions are told differs from machine to machine.
type Place struct {
	Position todo.Position
	Changes  []int // how many have been told of the append at Position, by partition; all where it ends
}

// allChanges is how many changes have been told where that is all of them.
const allChanges = math.MaxInt32

// placeAt is the place after all that a position includes.
func placeAt(p todo.Position) Place { return Place{Position: slices.Clone(p)} }

// Clone returns a copy, which stays when a watch goes on.
func (p Place) Clone() Place {
	p.Position, p.Changes = slices.Clone(p.Position), slices.Clone(p.Changes)
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
	return v < latest || v == latest && changes <= p.Told(partition)
}

// Told returns how many changes have been told of the latest append in a partition.
func (p Place) Told(partition int) int {
	if partition >= len(p.Changes) {
		return allChanges
	}
	return p.Changes[partition]
}

// pass moves the place behind an event.
func (p *Place) pass(e Event) {
	p.Position = p.Position.With(e.Partition, e.Version)
	for len(p.Changes) <= e.Partition {
		p.Changes = append(p.Changes, allChanges)
	}
	p.Changes[e.Partition] = e.Number
}
