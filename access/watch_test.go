package access_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/access"
	"todoshell/todo"
)

// ends tells why a context has ended a second later.
func ends(ctx context.Context) error {
	select {
	case <-ctx.Done():
	case <-time.After(time.Second):
	}
	return context.Cause(ctx)
}

func TestWhile(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		tokens, elsewhere := access.Open(access.Folder(dir)), access.Open(access.Folder(dir))
		defer tokens.Close()
		anyone, stop := tokens.While(t.Context(), access.Holder{})
		defer stop()
		require.NoError(t, ends(anyone))

		token := add(t, elsewhere, "Bob", todo.Grant{})
		require.ErrorIs(t, ends(anyone), access.ErrRevoked, "from now on, everyone needs a token")
		bob, err := tokens.Find(token)
		require.NoError(t, err)
		alice, err := tokens.Find(add(t, elsewhere, "Alice", todo.Grant{}))
		require.NoError(t, err)

		ofBob, stop := tokens.While(t.Context(), bob)
		defer stop()
		ofAlice, stop := tokens.While(t.Context(), alice)
		defer stop()
		stopped, stop := tokens.While(t.Context(), bob)
		stop()
		require.ErrorIs(t, context.Cause(stopped), context.Canceled)
		require.NoError(t, ends(ofBob))

		require.NoError(t, elsewhere.Revoke("Bob"))
		add(t, elsewhere, "Bob", todo.Grant{}) // is another holder
		require.ErrorIs(t, ends(ofBob), access.ErrRevoked)
		require.NoError(t, ends(ofAlice))
		late, stop := tokens.While(t.Context(), bob)
		defer stop()
		require.ErrorIs(t, context.Cause(late), access.ErrRevoked, "he was found before he was revoked")

		require.NoError(t, os.WriteFile(filepath.Join(dir, "tokens.json"), []byte("x"), 0o600))
		require.ErrorIs(t, ends(ofAlice), access.ErrRevoked, "doubt lets nobody in")
	})
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // fails if a goroutine is left
		tokens := access.Open(access.Folder(""))
		tokens.Close()
		tokens = access.Open(access.Folder(""))
		ctx, stop := tokens.While(t.Context(), access.Holder{})
		tokens.Close()
		tokens.Close()
		stop()
		require.ErrorIs(t, context.Cause(ctx), context.Canceled)
		late, stop := tokens.While(t.Context(), access.Holder{})
		defer stop()
		assert.Error(t, late.Err())
	})
}

func TestNoGoroutineWithoutStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tokens := access.Open(access.Folder("")) // is not closed
		for range 3 {
			_, stop := tokens.While(t.Context(), access.Holder{})
			stop()
			<-time.After(time.Second)
		}
	})
}
