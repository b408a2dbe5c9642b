package store

import (
	"bytes"
	"hash/maphash"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"todoshell/store/codec"
)

// A headCache holds the values of the heads of lists that were loaded or appended to of
// late, as they are in the database: that takes less memory than the heads themselves.
type headCache struct {
	seed   maphash.Seed
	shards [64]headShard // by the hash of the list's name
}

// A headShard is a part of the cache with a lock of its own. The value of a list that is
// not there is empty.
type headShard struct {
	mu         sync.Mutex
	young, old map[string][]byte
	rotations  uint64 // how often the old ones were forgotten
	all        bool   // those of all lists are here: a new list need not be looked for on disk
}

// maxHeads bounds how many values of a shard are young. When there are more, all grow old,
// and the old ones are forgotten. So many fill a map of 1,024 slots; one more would double it.
const maxHeads = 896

func newHeadCache() *headCache { return &headCache{seed: maphash.MakeSeed()} }

// beginEmpty tells the cache that there are no lists.
func (hs *headCache) beginEmpty() {
	for i := range hs.shards {
		hs.shards[i].all = true
	}
}

func (hs *headCache) of(name string) *headShard {
	return &hs.shards[maphash.String(hs.seed, name)%uint64(len(hs.shards))]
}

// get returns the value of a list's head, if it is known, and how often values have been
// rotated.
func (hs *headShard) get(name string) (value []byte, known bool, rotations uint64) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	value, known = hs.known(name)
	return value, known, hs.rotations
}

func (hs *headShard) known(name string) (value []byte, known bool) {
	if value, known = hs.young[name]; !known {
		value, known = hs.old[name]
	}
	return value, known || hs.all
}

func (hs *headShard) put(name string, value []byte) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	hs.add(name, value)
}

// putRead puts a value that was read, when values had been rotated so often, unless there
// may be a later one.
func (hs *headShard) putRead(name string, read []byte, rotations uint64) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	if _, known := hs.known(name); !known && hs.rotations < rotations+2 {
		hs.add(name, read)
	}
}

func (hs *headShard) add(name string, value []byte) {
	if hs.young == nil || len(hs.young) >= maxHeads {
		hs.all = hs.all && len(hs.old) == 0
		hs.young, hs.old = make(map[string][]byte, len(hs.young)), hs.young
		hs.rotations++
	}
	hs.young[name] = value
}

// current returns the head of a list that was read, when values had been rotated so often,
// as it is now. If it has changed since, it is known, unless very many others have
// changed, too.
func (hs *headShard) current(r pebble.Reader, name string, read *headRead) (codec.Head, error) {
	value, known, rotations := hs.get(name)
	switch {
	case known && !bytes.Equal(value, read.value):
		return decodeHead(name, value)
	case !known && rotations >= read.rotations+2:
		return readHead(r, name)
	}
	return read.Head, nil
}

// A headRead is the head of a list as it was read, when values had been rotated so often.
type headRead struct {
	codec.Head
	value     []byte
	rotations uint64
}

// readHead returns the head of a list, an empty one where there is no list.
func (s *Store) readHead(name string) (h headRead, err error) {
	heads := s.heads.of(name)
	known := false
	if h.value, known, h.rotations = heads.get(name); !known {
		if h.value, err = readHeadValue(s.db, name); err != nil {
			return h, err
		}
		heads.putRead(name, h.value, h.rotations)
	}
	h.Head, err = decodeHead(name, h.value)
	return h, err
}

func readHead(r pebble.Reader, name string) (codec.Head, error) {
	value, err := readHeadValue(r, name)
	if err != nil {
		return codec.Head{}, err
	}
	return decodeHead(name, value)
}

func readHeadValue(r pebble.Reader, name string) (value []byte, err error) {
	_, err = get(r, headKey(name), func(found []byte) error {
		value = bytes.Clone(found)
		return nil
	})
	if err != nil {
		return nil, unreadable(name, "the head", err)
	}
	return value, nil
}

func decodeHead(name string, value []byte) (codec.Head, error) {
	if len(value) == 0 {
		return codec.Head{}, nil
	}
	h, err := codec.DecodeHead(value)
	if err != nil {
		return codec.Head{}, unreadable(name, "the head", err)
	}
	return h, nil
}
