package cluster

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"todoshell/todo"
)

func TestTokens(t *testing.T) {
	assert.Equal(t, "Bob", token("Bob"))
	assert.Equal(t, "a=20b=2E=2A=3E=3D=C3=9F", token("a b.*>=ß"))
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		got, err := nameOf(token(name))
		require.NoError(t, err)
		assert.Equal(t, name, got)
	})
	for _, bad := range []string{"=", "=4", "=XY", "a=-1"} {
		_, err := nameOf(bad)
		assert.Error(t, err, bad)
	}
}

// A message says what the append does; a part of it, or something else, is refused.
func TestMessages(t *testing.T) {
	d := todo.List{}.Draft()
	d.Time = time.Unix(1, 0).UTC()
	for range 3 {
		_, err := d.Add(0, "one")
		require.NoError(t, err)
	}
	added := todo.NewBatch(d.Changes)
	body := encode(7, d.Snapshot(), added)
	u, err := decode(body)
	require.NoError(t, err)
	assert.Equal(t, added, u.Batch)
	assert.Equal(t, todo.Version(7), u.After)

	d = d.Snapshot().Draft()
	d.Time = time.Unix(1, 0).UTC()
	require.NoError(t, d.Drop())
	dropped := todo.NewBatch(d.Changes)
	drop := encode(8, d.Snapshot(), dropped)
	u, err = decode(drop)
	require.NoError(t, err)
	assert.Equal(t, dropped, u.Batch)
	assert.Zero(t, u.Dropped.Len())

	for _, whole := range [][]byte{body, drop} {
		for n := range len(whole) {
			_, err = decode(whole[:n])
			require.Error(t, err)
			flipped := append([]byte{}, whole...)
			flipped[n] ^= 1
			_, err = decode(flipped)
			require.Error(t, err)
		}
	}
}
