package store

import (
	"hash/maphash"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"todoshell/store/codec"
)

// heads are the heads of some lists as they are in the database: those that
// were used of late. The lock is held from the check of an append to its place
// in the log.
type heads struct {
	sync.Mutex
	young, old map[string]codec.Head
}

// maxHeads bounds how many are young in a 256th of the lists. When there are
// more, all grow old, and the old ones are forgotten.
const maxHeads = 512

func (s *Store) headsOf(name string) *heads {
	return &s.heads[maphash.String(s.seed, name)%uint64(len(s.heads))]
}

// get returns the head of a list, an empty one where there is no list.
func (hs *heads) get(r pebble.Reader, name string) (codec.Head, error) {
	h, known := hs.young[name]
	if known {
		return h, nil
	}
	if h, known = hs.old[name]; !known {
		var err error
		if h, err = readHead(r, name); err != nil {
			return codec.Head{}, err
		}
	}
	hs.put(name, h)
	return h, nil
}

func (hs *heads) put(name string, h codec.Head) {
	if hs.young == nil || len(hs.young) >= maxHeads {
		hs.young, hs.old = make(map[string]codec.Head), hs.young
	}
	hs.young[name] = h
}
