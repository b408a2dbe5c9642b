package access_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/access"
	"todoshell/todo"
)

func add(t *testing.T, tokens *access.Tokens, name string, g todo.Grant) string {
	t.Helper()
	token, err := tokens.Add(name, g)
	require.NoError(t, err)
	return token
}

func names(t *testing.T, tokens *access.Tokens) (all []string) {
	t.Helper()
	holders, err := tokens.List()
	require.NoError(t, err)
	for _, h := range holders {
		all = append(all, h.Name)
	}
	return all
}

func TestAddFindRevoke(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	here, elsewhere := access.Open(access.Folder(dir)), access.Open(access.Folder(dir))
	assert.False(t, here.Required())
	_, err := here.Find("")
	require.ErrorIs(t, err, &todo.Error{Code: access.Unauthorized})

	bob := add(t, elsewhere, "Bob", todo.Grant{})
	team := add(t, elsewhere, "team", todo.Grant{Prefix: "team-a/", ReadOnly: true})
	for !here.Required() { // which looks away for some milliseconds
		runtime.Gosched()
	}
	assert.Regexp(t, `^todo_[A-Za-z0-9_-]{43}$`, bob)
	assert.NotEqual(t, bob, team)
	assert.Equal(t, []string{"Bob", "team"}, names(t, here))

	h, err := here.Find(team)
	require.NoError(t, err)
	assert.Equal(t, "team", h.Name)
	assert.Equal(t, todo.Grant{Prefix: "team-a/", ReadOnly: true, By: "team"}, h.Grant())
	for _, wrong := range []string{"", "todo_", team + "x", team[:len(team)-1], strings.ToLower(team), " " + team, h.Hash} {
		_, err = here.Find(wrong)
		require.ErrorIs(t, err, &todo.Error{Code: access.Unauthorized}, "%q", wrong)
	}

	require.NoError(t, elsewhere.Revoke("team"))
	_, err = here.Find(team)
	require.ErrorIs(t, err, &todo.Error{Code: access.Unauthorized}, "at once")
	_, err = here.Find(bob)
	require.NoError(t, err)
	again := add(t, elsewhere, "team", todo.Grant{})
	_, err = here.Find(team)
	require.Error(t, err, "the name is another token's now")
	_, err = here.Find(again)
	require.NoError(t, err)
}

func TestRevokingTheLastOpensNothing(t *testing.T) {
	tokens := access.Open(access.Folder(t.TempDir()))
	token := add(t, tokens, "Bob", todo.Grant{Prefix: "Bob"})
	require.NoError(t, tokens.Revoke("Bob"))
	assert.True(t, tokens.Required())
	assert.Empty(t, names(t, tokens))
	_, err := tokens.Find(token)
	require.Error(t, err)
}

// The same number of bytes, the same time and the same inode: a file
// must not be taken for the one before it.
func TestChangesInAHurry(t *testing.T) {
	file := func() (token string, text []byte) {
		dir := t.TempDir()
		token = add(t, access.Open(access.Folder(dir)), "Bob", todo.Grant{})
		text, err := os.ReadFile(filepath.Join(dir, "tokens.json"))
		require.NoError(t, err)
		return token, text
	}
	now, dir := time.Now(), t.TempDir()
	tokens := access.Open(access.Folder(dir))
	for range 3 {
		token, text := file()
		path := filepath.Join(dir, "tokens.json")
		require.NoError(t, os.WriteFile(path, text, 0o600))
		require.NoError(t, os.Chtimes(path, now, now))
		_, err := tokens.Find(token)
		require.NoError(t, err)
	}
}

func TestWritersTakeTurns(t *testing.T) {
	dir := t.TempDir()
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			tokens := access.Open(access.Folder(dir)) // as another process has it
			if _, err := tokens.Add(fmt.Sprint(i), todo.Grant{}); !assert.NoError(t, err) {
				return
			}
			if i%2 == 0 {
				assert.NoError(t, tokens.Revoke(fmt.Sprint(i)))
			}
		})
	}
	all.Wait()
	assert.Len(t, names(t, access.Open(access.Folder(dir))), 10)
}

func TestRefused(t *testing.T) {
	dir := t.TempDir()
	tokens := access.Open(access.Folder(dir))
	for _, name := range []string{"", strings.Repeat("ß", 65), "a\nb", "a\tb", "\x1b[1m", "\xff", "\u202e"} {
		_, err := tokens.Add(name, todo.Grant{})
		require.ErrorIs(t, err, &todo.Error{Code: todo.BadName}, "%q", name)
	}
	for _, prefix := range []string{"\xff", "a\nb", strings.Repeat("a", todo.MaxName+1)} {
		_, err := tokens.Add("Bob", todo.Grant{Prefix: prefix})
		require.Error(t, err, "%q", prefix)
	}
	assert.False(t, tokens.Required(), "nothing was changed")
	add(t, tokens, strings.Repeat("ß", 64), todo.Grant{Prefix: "."})
	add(t, tokens, "Bob", todo.Grant{})
	_, err := tokens.Add("Bob", todo.Grant{})
	require.ErrorIs(t, err, &todo.Error{Code: access.NameTaken})
	require.ErrorIs(t, tokens.Revoke("bob"), &todo.Error{Code: access.UnknownName})

	none := filepath.Join(dir, "none")
	require.ErrorIs(t, access.Open(access.Folder(none)).Revoke("Bob"), &todo.Error{Code: access.UnknownName})
	assert.NoDirExists(t, none)
}

func TestPrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("its files have no such modes")
	}
	dir := filepath.Join(t.TempDir(), "data")
	token := add(t, access.Open(access.Folder(dir)), "Bob", todo.Grant{})
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := d.Info()
		require.NoError(t, err)
		assert.Zero(t, info.Mode().Perm()&0o077, path)
		if !d.IsDir() {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.NotContains(t, string(text), token)
			assert.NotContains(t, string(text), token[len("todo_"):])
		}
		return nil
	})
	require.NoError(t, err)
}

func TestDamaged(t *testing.T) {
	dir := t.TempDir()
	tokens := access.Open(access.Folder(dir))
	token := add(t, tokens, "Bob", todo.Grant{Prefix: "Bob", ReadOnly: true})
	path := filepath.Join(dir, "tokens.json")
	good, err := os.ReadFile(path)
	require.NoError(t, err)
	wrong := func(old, now string) string {
		require.Contains(t, string(good), old)
		return strings.Replace(string(good), old, now, 1)
	}
	for _, text := range []string{
		"", "[", "{}", "null", "[null]", string(good[:len(good)/2]), string(good) + "x", string(good) + string(good),
		wrong(`"lists": "Bob",`, ""), wrong(`"lists"`, `"list"`), wrong(`"lists"`, `"LISTS"`),
		wrong(`"read_only": true,`, ""), wrong(`"read_only": true`, `"read_only": null`),
		wrong(`"read_only": true`, `"read_only": true, "read_only": false`),
	} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		for _, tokens := range []*access.Tokens{tokens, access.Open(access.Folder(dir))} {
			assert.True(t, tokens.Required(), "%q", text)
			_, err = tokens.Find(token)
			require.ErrorIs(t, err, &todo.Error{Code: todo.Damaged}, "%q", text)
			_, err = tokens.List()
			require.ErrorIs(t, err, &todo.Error{Code: todo.Damaged}, "%q", text)
			_, err = tokens.Add("Alice", todo.Grant{})
			require.ErrorIs(t, err, &todo.Error{Code: todo.Damaged}, "%q", text)
			require.ErrorIs(t, tokens.Revoke("Bob"), &todo.Error{Code: todo.Damaged}, "%q", text)
		}
		left, _ := os.ReadFile(path)
		assert.Equal(t, text, string(left), "what is damaged is left as it is")
	}
	require.NoError(t, os.WriteFile(path, good, 0o600))
	_, err = tokens.Find(token)
	require.NoError(t, err, "it has been mended")

	require.NoError(t, os.Remove(path))
	_, err = tokens.Find(token)
	require.ErrorIs(t, err, &todo.Error{Code: todo.Damaged}, "a file that goes away opens no door")
	assert.True(t, tokens.Required())
	require.NoError(t, os.Mkdir(path, 0o700))
	_, err = access.Open(access.Folder(dir)).Find(token)
	require.ErrorIs(t, err, &todo.Error{Code: todo.Damaged}, "it can't be read")
}

func TestWithoutAFolder(t *testing.T) {
	tokens := access.Open(access.Folder(""))
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("tokens.json", []byte("x"), 0o600))
	assert.False(t, tokens.Required())
}

func BenchmarkFind(b *testing.B) {
	dir := b.TempDir()
	tokens := access.Open(access.Folder(dir))
	var token string
	for i := range 20 {
		var err error
		token, err = tokens.Add(fmt.Sprint(i), todo.Grant{})
		require.NoError(b, err)
	}
	long := time.Now().Add(-time.Hour)
	require.NoError(b, os.Chtimes(filepath.Join(dir, "tokens.json"), long, long))
	b.ReportAllocs()
	for b.Loop() {
		_, _ = tokens.Find(token)
	}
}
