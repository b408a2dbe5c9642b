package access_test

import (
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/access"
	"todoshell/todo"
)

// A doubtful source is one that may be told not to know what is current.
type doubtful struct {
	access.Source
	doubt  atomic.Pointer[todo.Error]
	closed int
}

func (d *doubtful) Current() (*access.Document, error) {
	if err := d.doubt.Load(); err != nil {
		return nil, err
	}
	return d.Source.Current()
}

func (d *doubtful) Close() { d.closed++ }

func TestDoubtLetsNobodyIn(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		source := &doubtful{Source: access.Folder(dir)}
		tokens := access.Open(source)
		defer tokens.Close()
		token := add(t, tokens, "Bob", todo.Grant{})
		session := login(t, tokens, token)
		bob, err := tokens.Find(token)
		require.NoError(t, err)
		stream, stop := tokens.While(t.Context(), bob)
		defer stop()
		require.NoError(t, ends(stream))

		away := &todo.Error{Code: "away", Message: "nobody answers"}
		source.doubt.Store(away)
		assert.True(t, tokens.Required())
		_, err = tokens.Find(token)
		require.ErrorIs(t, err, away)
		_, err = tokens.FindSession(session)
		require.ErrorIs(t, err, away)
		_, err = tokens.Login(token)
		require.ErrorIs(t, err, away)
		_, err = tokens.List()
		require.ErrorIs(t, err, away)
		require.ErrorIs(t, ends(stream), access.ErrRevoked)
		require.ErrorIs(t, ends(stream), away, "the stream is told why")

		source.doubt.Store(nil)
		_, err = tokens.FindSession(session)
		require.NoError(t, err)
		tokens.Close()
		assert.NotZero(t, source.closed)
	})
}

func TestImport(t *testing.T) {
	old, dir := t.TempDir(), t.TempDir()
	from, here := access.Open(access.Folder(old)), access.Open(access.Folder(dir))
	imported := func(want int) {
		t.Helper()
		added, err := here.Import(access.Folder(old))
		require.NoError(t, err)
		assert.Equal(t, want, added)
	}
	imported(0)
	assert.False(t, here.Required(), "where there are no tokens, none are asked for afterwards")

	bob := add(t, from, "Bob", todo.Grant{Prefix: "Bob", ReadOnly: true})
	session := login(t, from, bob)
	alice := add(t, from, "Alice", todo.Grant{})
	carol := add(t, here, "Carol", todo.Grant{})
	imported(2)
	assert.Equal(t, []string{"Carol", "Bob", "Alice"}, names(t, here))
	for _, token := range []string{bob, alice, carol} {
		_, err := here.Find(token)
		require.NoError(t, err)
	}
	h, err := here.FindSession(session)
	require.NoError(t, err)
	assert.Equal(t, todo.Grant{Prefix: "Bob", ReadOnly: true, By: "Bob"}, h.Grant())

	before, err := os.Stat(filepath.Join(dir, "tokens.json"))
	require.NoError(t, err)
	imported(0)
	after, err := os.Stat(filepath.Join(dir, "tokens.json"))
	require.NoError(t, err)
	assert.True(t, os.SameFile(before, after), "nothing is written for nothing")

	add(t, from, "Dora", todo.Grant{})
	add(t, from, "Carol", todo.Grant{})
	_, err = here.Import(access.Folder(old))
	require.ErrorIs(t, err, &todo.Error{Code: access.NameTaken}, "another Carol")
	assert.Equal(t, []string{"Carol", "Bob", "Alice"}, names(t, here), "all or nothing")
}

// A folder all of whose tokens are revoked still asks for one, and so must what takes them over.
func TestImportOfNoTokens(t *testing.T) {
	old := t.TempDir()
	from, here := access.Open(access.Folder(old)), access.Open(access.Folder(t.TempDir()))
	add(t, from, "Bob", todo.Grant{})
	require.NoError(t, from.Revoke("Bob"))
	added, err := here.Import(access.Folder(old))
	require.NoError(t, err)
	assert.Zero(t, added)
	assert.True(t, here.Required())
	assert.Empty(t, names(t, here))

	require.NoError(t, os.WriteFile(filepath.Join(old, "tokens.json"), []byte("x"), 0o600))
	_, err = here.Import(access.Folder(old))
	require.ErrorIs(t, err, &todo.Error{Code: todo.Damaged})
}
