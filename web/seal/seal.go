package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"encoding/hex"
	"math"

	"todoshell/cache"
	"todoshell/todo"
)

// A Seal encrypts numbers with a key.
type Seal struct{ block cipher.Block }

// New returns the seal of a key.
func New(key [16]byte) Seal {
	block, _ := aes.NewCipher(key[:]) // 16 bytes are a right length
	return Seal{block}
}

// The last byte of each block tells states from places, so that the text of one is never taken for that of the other.
const (
	ofState = 1 + iota
	ofPlace
)

// State returns text for a state of a list: that after the change of a revision, which
// is a part of the append of a version.
func (s Seal) State(v todo.Version, rev uint64) string {
	var b [aes.BlockSize]byte
	binary.BigEndian.PutUint64(b[8:], rev<<8|ofState)
	binary.BigEndian.PutUint64(b[:], uint64(v))
	s.block.Encrypt(b[:], b[:])
	return hex.EncodeToString(b[:])
}

// OpenState reads what State returned. It is false for nearly all else.
func (s Seal) OpenState(text string) (v todo.Version, rev uint64, ok bool) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != aes.BlockSize {
		return 0, 0, false
	}
	s.block.Decrypt(b, b)
	return todo.Version(binary.BigEndian.Uint64(b)), binary.BigEndian.Uint64(b[8:]) >> 8, b[15] == ofState
}

// Place returns text for a place in the events: a block for each partition.
func (s Seal) Place(p cache.Place) string {
	var room [4 * aes.BlockSize]byte
	text := room[:0]
	for partition, v := range p.Position {
		var b [aes.BlockSize]byte
		binary.BigEndian.PutUint64(b[:], uint64(v))
		binary.BigEndian.PutUint32(b[8:], uint32(min(p.Told(partition), math.MaxInt32)))
		binary.BigEndian.PutUint16(b[12:], uint16(partition))
		b[15] = ofPlace
		s.block.Encrypt(b[:], b[:])
		text = append(text, b[:]...)
	}
	return hex.EncodeToString(text)
}

// maxPartitions bounds how much text is looked at.
const maxPartitions = 256

// Open reads what Place returned. It is false for all else, of other keys too.
func (s Seal) Open(text string) (p cache.Place, ok bool) {
	if len(text) > maxPartitions*2*aes.BlockSize {
		return cache.Place{}, false
	}
	sealed, err := hex.DecodeString(text)
	if err != nil || len(sealed)%aes.BlockSize != 0 {
		return cache.Place{}, false
	}
	for partition := range len(sealed) / aes.BlockSize {
		var b [aes.BlockSize]byte
		s.block.Decrypt(b[:], sealed[partition*aes.BlockSize:])
		if b[14] != 0 || b[15] != ofPlace || int(binary.BigEndian.Uint16(b[12:])) != partition {
			return cache.Place{}, false
		}
		p.Position = append(p.Position, todo.Version(binary.BigEndian.Uint64(b[:])))
		p.Changes = append(p.Changes, int(min(binary.BigEndian.Uint32(b[8:]), math.MaxInt32)))
	}
	return p, len(p.Position) > 0
}
