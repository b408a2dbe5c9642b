package seal_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"

	"todoshell/cache"
	"todoshell/todo"
	"todoshell/web/seal"
)

func TestPlaces(t *testing.T) {
	s, other := seal.New([16]byte{1}), seal.New([16]byte{2})
	for _, p := range []cache.Place{
		{Position: todo.Position{0}, Changes: []int{1}},
		{Position: todo.Position{7}, Changes: []int{math.MaxInt32}},
		{Position: todo.Position{math.MaxUint64, 0, 5, 9}, Changes: []int{math.MaxInt32, 1, 300, 2}},
	} {
		text := s.Place(p)
		again, ok := s.Open(text)
		assert.True(t, ok)
		assert.Equal(t, p, again)
		assert.Equal(t, text, s.Place(p))
		_, ok = other.Open(text)
		assert.False(t, ok)
		for i := range len(text) {
			forged := []byte(text)
			forged[i] ^= 1
			if p, ok := s.Open(string(forged)); ok {
				t.Errorf("%s opens as %v", forged, p)
			}
		}
	}
	for _, text := range []string{"", "12", "zz", "7", s.State(7, 1), s.Place(cache.Place{Position: make(todo.Position, 300)})} {
		_, ok := s.Open(text)
		assert.False(t, ok, text)
	}
}

func TestStates(t *testing.T) {
	s := seal.New([16]byte{1})
	seen := map[string]string{}
	for v := range todo.Version(50) {
		for rev := range uint64(50) {
			text, state := s.State(v, rev), fmt.Sprint(v, rev)
			assert.Equal(t, text, s.State(v, rev))
			assert.Len(t, text, 32)
			gotVersion, gotRev, ok := s.OpenState(text)
			assert.True(t, ok)
			assert.Equal(t, state, fmt.Sprint(gotVersion, gotRev))
			assert.Empty(t, seen[text])
			seen[text] = state
		}
	}
	for _, text := range []string{"", "12", "zz", s.State(7, 1)[1:], s.Place(cache.Place{Position: todo.Position{7}}), s.Place(cache.Place{Position: todo.Position{7, 8}})} {
		_, _, ok := s.OpenState(text)
		assert.False(t, ok, text)
	}
}
