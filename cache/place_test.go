package cache

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"todoshell/todo"
)

// Whoever has been told a part of an append is told the rest, also when appends of another
// partition come first where they come back.
func TestPlaceInPartitions(t *testing.T) {
	event := func(partition int, v todo.Version, number int) Event {
		return Event{Partition: partition, Version: v, Number: number}
	}
	p := placeAt(todo.Position{5, 8})
	p.pass(event(1, 9, 1))
	p.pass(event(0, 6, 1))
	assert.True(t, p.includes(event(1, 9, 1)))
	assert.False(t, p.includes(event(1, 9, 2)))
	assert.True(t, p.includes(event(0, 5, 7)))
	assert.False(t, p.includes(event(0, 6, 2)))
	p.pass(event(1, 9, 2))
	p.pass(event(1, 10, 1))
	assert.True(t, p.includes(event(1, 9, 3)))

	chain := newChain()
	chain.since = placeAt(todo.Position{6, 10})
	assert.False(t, chain.keeps(p), "the rest of the latest appends is not kept")
	assert.True(t, chain.keeps(placeAt(todo.Position{6, 10})))
}
