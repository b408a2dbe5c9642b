package store

import (
	"crypto/rand"

	"github.com/cockroachdb/pebble/v2"
)

// Secret returns 16 random bytes that were drawn when the folder was made, and stay with
// the data. Whatever is encrypted with them can be read again after a restart.
func (s *Store) Secret() [16]byte { return s.secret }

// readSecret reads the secret, or draws one where there is none that can be read.
func (s *Store) readSecret() error {
	known := false
	_, err := get(s.db, secretKey, func(value []byte) error {
		known = copy(s.secret[:], value) == len(s.secret)
		return nil
	})
	if err != nil && !isCorrupt(err) || known {
		return err
	}
	_, _ = rand.Read(s.secret[:]) // never fails
	return s.db.Set(secretKey, s.secret[:], pebble.Sync)
}
