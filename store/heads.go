package store

import (
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"todoshell/store/codec"
)

// A headCache holds the heads of lists that were appended to of late. What a head says is
// never changed: another one takes its place.
type headCache struct {
	mu         sync.Mutex
	young, old map[string]*codec.Head
	rotations  uint64 // how often the old ones were forgotten
}

// maxHeads bounds how many heads are young. When there are more, all grow old, and the
// old ones are forgotten.
const maxHeads = 1 << 16

// get returns the head of a list, or nil, and how often the heads have been rotated.
func (hs *headCache) get(name string) (*codec.Head, uint64) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	h := hs.young[name]
	if h == nil {
		h = hs.old[name]
	}
	return h, hs.rotations
}

func (hs *headCache) put(name string, h *codec.Head) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	if hs.young == nil || len(hs.young) >= maxHeads {
		hs.young, hs.old = make(map[string]*codec.Head), hs.young
		hs.rotations++
	}
	hs.young[name] = h
}

// current returns the head of a list that was read, when the heads had been rotated so
// often, as it is now. If it has changed since, it is known, unless very many others have
// changed, too.
func (hs *headCache) current(r pebble.Reader, name string, read *codec.Head, rotations uint64) (*codec.Head, error) {
	h, now := hs.get(name)
	if h != nil {
		return h, nil
	}
	if now < rotations+2 {
		return read, nil
	}
	return readHead(r, name)
}

// readHead returns the head of a list, and how often the heads had been rotated before.
func (s *Store) readHead(name string) (*codec.Head, uint64, error) {
	h, rotations := s.heads.get(name)
	if h != nil {
		return h, rotations, nil
	}
	h, err := readHead(s.db, name)
	return h, rotations, err
}
