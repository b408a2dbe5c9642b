package events

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"todoshell/cache"
	"todoshell/todo"
)

// all follows all lists, or those whose names begin with a prefix. The id
// of an event is NUMBER-TIME: the number, sealed, counts the events since the start.
func (es *events) all(w http.ResponseWriter, r *http.Request) {
	s, prefix := es.stream(w, r), r.URL.Query().Get("prefix")
	s.watch = s.cache.WatchAll(prefix)
	defer s.watch.Close()
	s.open()
	told := make(map[string]uint64) // how far the client has been told of lists when it came back
	aside(func() {
		if id := lastEventID(r); id != "" && !es.back(s, prefix, id, told) {
			s.reset("what has happened since " + todo.Shown(id) + " is not known")
		}
	})
	s.follow(func(e cache.Event) {
		if e.Rev > told[e.List] {
			s.change(es.eventID(e), e)
		}
		if e.Kind == todo.Drop {
			delete(told, e.List)
		}
	})
}

// back goes back to where the client has been. From before this start, what it has
// missed is in the journals.
func (es *events) back(s *stream, prefix, id string, told map[string]uint64) bool {
	sealed, at, _ := strings.Cut(id, "-")
	if number, ok := es.numbers.open(sealed); ok && s.watch.Back(number) {
		return true
	}
	nanos, err := strconv.ParseInt(at, 36, 64)
	if err != nil {
		return false
	}
	// A change is dated before it is durable, and others may overtake it.
	since, lists := time.Unix(0, nanos).Add(-overlap), 0
	for name, err := range s.cache.Names(s.ctx, prefix, "") {
		if lists++; err != nil || lists > maxCatchUp {
			return false
		}
		rev, err := s.since(name, since)
		if err != nil {
			return false
		}
		for c, err := range s.cache.History(s.ctx, name, rev) {
			if err != nil || s.gone != nil {
				return false
			}
			s.change("", cache.EventOf(name, c)) // without an id: whoever is cut off in between comes back with this one
			told[name] = c.Rev
		}
	}
	return true
}

// since returns the revision of a list's first change since a time, or the one after all that it had.
func (s *stream) since(name string, since time.Time) (rev uint64, err error) {
	list, err := s.cache.View(s.ctx, name)
	if err != nil {
		return 0, err
	}
	for n := uint64(1); ; n *= 2 { // most lists have none
		from := max(list.Rev, n) - n + 1
		rev = from
		for c, err := range s.cache.History(s.ctx, name, from) {
			if err != nil {
				return 0, err
			}
			if c.Time.Before(since) {
				rev = c.Rev + 1
			}
		}
		if rev > from || from == 1 {
			return rev, nil
		}
	}
}

// A secret turns the numbers of events into what tells nobody how many there were:
// most of them may be none of the client's business.
type secret struct{ cipher.Block }

func newSecret() secret {
	key := make([]byte, 16)
	_, _ = rand.Read(key)          // never fails
	block, _ := aes.NewCipher(key) // of a right length
	return secret{block}
}

func (s secret) seal(number uint64) string {
	var b [aes.BlockSize]byte
	binary.BigEndian.PutUint64(b[:], number)
	s.Encrypt(b[:], b[:])
	return hex.EncodeToString(b[:])
}

// open is false for what this start has not sealed.
func (s secret) open(sealed string) (number uint64, ok bool) {
	b, err := hex.DecodeString(sealed)
	if err != nil || len(b) != aes.BlockSize {
		return 0, false
	}
	s.Decrypt(b, b)
	return binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:]) == 0
}

func (es *events) eventID(e cache.Event) string {
	return es.numbers.seal(e.Number) + "-" + strconv.FormatInt(e.Time.UnixNano(), 36)
}
