package access_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/access"
	"todoshell/todo"
)

func login(t *testing.T, tokens *access.Tokens, token string) string {
	t.Helper()
	secret, err := tokens.Login(token)
	require.NoError(t, err)
	return secret
}

func TestSessions(t *testing.T) {
	dir := t.TempDir()
	here, elsewhere := access.Open(access.Folder(dir)), access.Open(access.Folder(dir))
	bob := add(t, elsewhere, "Bob", todo.Grant{Prefix: "Bob", ReadOnly: true})
	alice := add(t, elsewhere, "Alice", todo.Grant{})
	one, two, other := login(t, here, bob), login(t, here, bob), login(t, here, alice)
	assert.NotEqual(t, one, two)
	for _, tokens := range []*access.Tokens{here, elsewhere, access.Open(access.Folder(dir))} { // also after a restart
		h, err := tokens.FindSession(one)
		require.NoError(t, err)
		assert.Equal(t, "Bob", h.Name)
		assert.Equal(t, todo.Grant{Prefix: "Bob", ReadOnly: true, By: "Bob"}, h.Grant())
	}
	for _, wrong := range []string{"", bob, one + "x", strings.ToLower(one), "todo_" + one} {
		_, err := here.FindSession(wrong)
		require.ErrorIs(t, err, &todo.Error{Code: access.Unauthorized}, "%q", wrong)
	}
	_, err := here.Find(one)
	require.ErrorIs(t, err, &todo.Error{Code: access.Unauthorized}, "a session is no token")
	_, err = here.Login(one)
	require.ErrorIs(t, err, &todo.Error{Code: access.Unauthorized}, "nor does it beget sessions")

	text, err := os.ReadFile(filepath.Join(dir, "tokens.json"))
	require.NoError(t, err)
	for _, secret := range []string{one, two, other, bob} {
		assert.NotContains(t, string(text), secret)
	}
	holders, err := here.List()
	require.NoError(t, err)
	assert.Len(t, holders[0].Sessions, 2)

	require.NoError(t, here.Logout(one))
	require.NoError(t, here.Logout(one))
	require.NoError(t, here.Logout("x"))
	for _, tokens := range []*access.Tokens{here, elsewhere} {
		_, err = tokens.FindSession(one)
		require.ErrorIs(t, err, &todo.Error{Code: access.Unauthorized})
		_, err = tokens.FindSession(two)
		require.NoError(t, err)
	}
	_, err = here.Find(bob)
	require.NoError(t, err, "the token stays")

	require.NoError(t, elsewhere.Revoke("Bob"))
	_, err = here.FindSession(two)
	require.Error(t, err)
	add(t, elsewhere, "Bob", todo.Grant{})
	_, err = here.FindSession(two)
	require.Error(t, err, "another token of the name inherits nothing")
	_, err = here.FindSession(other)
	require.NoError(t, err)
}

func TestStrangersWriteNothing(t *testing.T) {
	dir := t.TempDir()
	tokens := access.Open(access.Folder(dir))
	add(t, tokens, "Bob", todo.Grant{})
	before, err := os.Stat(filepath.Join(dir, "tokens.json"))
	require.NoError(t, err)
	_, err = tokens.Login("todo_x")
	require.ErrorIs(t, err, &todo.Error{Code: access.Unauthorized})
	require.NoError(t, tokens.Logout("x"))
	after, err := os.Stat(filepath.Join(dir, "tokens.json"))
	require.NoError(t, err)
	assert.True(t, os.SameFile(before, after))
}

func TestSessionsAreFew(t *testing.T) {
	dir := t.TempDir()
	tokens := access.Open(access.Folder(dir))
	bob, alice := add(t, tokens, "Bob", todo.Grant{}), add(t, tokens, "Alice", todo.Grant{})
	of := login(t, tokens, alice)
	var secrets []string
	for range 40 {
		secrets = append(secrets, login(t, tokens, bob))
	}
	for i, secret := range secrets {
		_, err := tokens.FindSession(secret)
		assert.Equal(t, i >= 8, err == nil, "the %dth", i)
	}
	_, err := tokens.FindSession(of)
	require.NoError(t, err, "Alice's are her own")
}

func TestSessionsEnd(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		tokens := access.Open(access.Folder(dir))
		defer tokens.Close()
		bob := add(t, tokens, "Bob", todo.Grant{})
		old := login(t, tokens, bob)
		<-time.After(access.SessionAge - 2*time.Second)
		h, err := tokens.FindSession(old)
		require.NoError(t, err)
		stream, stop := tokens.While(t.Context(), h)
		defer stop()
		<-time.After(2 * time.Second)
		_, err = tokens.FindSession(old)
		require.ErrorIs(t, err, &todo.Error{Code: access.Unauthorized})
		require.ErrorIs(t, ends(stream), access.ErrRevoked)
		holders, err := tokens.List()
		require.NoError(t, err)
		assert.Empty(t, holders[0].Sessions)
		login(t, tokens, bob)
		text, err := os.ReadFile(filepath.Join(dir, "tokens.json"))
		require.NoError(t, err)
		assert.Equal(t, 2, strings.Count(string(text), `"hash"`), "the token's and the new one's: the file keeps none that has ended")
	})
}

// Whoever logs out is out at once: with their streams, and no one else.
func TestLogoutEndsStreams(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		tokens, elsewhere := access.Open(access.Folder(dir)), access.Open(access.Folder(dir))
		defer tokens.Close()
		bob := add(t, tokens, "Bob", todo.Grant{})
		open := func(secret string) (ended func() bool) {
			h, err := tokens.FindSession(secret)
			require.NoError(t, err)
			ctx, stop := tokens.While(t.Context(), h)
			t.Cleanup(stop)
			return func() bool { return errors.Is(context.Cause(ctx), access.ErrRevoked) }
		}
		secrets := []string{login(t, tokens, bob), login(t, tokens, bob), login(t, tokens, bob)}
		one, two, three := open(secrets[0]), open(secrets[1]), open(secrets[2])
		h, err := tokens.Find(bob)
		require.NoError(t, err)
		itself, stop := tokens.While(t.Context(), h)
		defer stop()
		require.NoError(t, tokens.Logout(secrets[0]))
		assert.Equal(t, []bool{true, false, false}, []bool{one(), two(), three()})
		require.NoError(t, elsewhere.Logout(secrets[1]))
		<-time.After(time.Second)
		assert.Equal(t, []bool{true, true, false}, []bool{one(), two(), three()})
		require.NoError(t, itself.Err())
		require.NoError(t, tokens.Revoke("Bob"))
		assert.True(t, three())
		require.ErrorIs(t, context.Cause(itself), access.ErrRevoked)
	})
}

func TestLoginsTakeTurns(t *testing.T) {
	dir := t.TempDir()
	first := access.Open(access.Folder(dir))
	bob, alice := add(t, first, "Bob", todo.Grant{}), add(t, first, "Alice", todo.Grant{})
	var all sync.WaitGroup
	for i := range 10 {
		all.Go(func() {
			tokens := first
			if i%2 == 0 {
				tokens = access.Open(access.Folder(dir)) // as another process has it
			}
			secret, err := tokens.Login(bob)
			if assert.NoError(t, err) && i < 5 {
				assert.NoError(t, tokens.Logout(secret))
			}
		})
	}
	all.Go(func() { assert.NoError(t, access.Open(access.Folder(dir)).Revoke("Alice")) })
	all.Wait()
	holders, err := first.List()
	require.NoError(t, err)
	require.Len(t, holders, 1)
	assert.Len(t, holders[0].Sessions, 5)
	_, err = first.Login(alice)
	require.ErrorIs(t, err, &todo.Error{Code: access.Unauthorized})
}

// Files from before there were sessions are as they were.
func TestFileWithoutSessions(t *testing.T) {
	dir := t.TempDir()
	text := `[
  {
    "name": "Bob",
    "hash": "d39ed4a6aa3aa2cbb9dc3f0e4cef5bb2e0d1d0ec1a4c3d6d6c63f5a3c4f8a7b1",
    "lists": "",
    "read_only": false,
    "created": "2024-01-01T00:00:00Z"
  }
]
`
	path := filepath.Join(dir, "tokens.json")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	tokens := access.Open(access.Folder(dir))
	assert.Equal(t, []string{"Bob"}, names(t, tokens))
	add(t, tokens, "Alice", todo.Grant{})
	assert.Equal(t, []string{"Bob", "Alice"}, names(t, tokens))
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(text, "d39e", "", 1)), 0o600))
	_, err := access.Open(access.Folder(dir)).Find("x")
	require.ErrorIs(t, err, &todo.Error{Code: todo.Damaged})
}
