package api

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ts turns
		for range maxAtOnce {
			require.NoError(t, ts.take(t.Context(), "Bob"))
		}
		require.NoError(t, ts.take(t.Context(), "Alice"), "who waits for nobody")
		ts.end("Alice")

		var came []int
		wait := func(ctx context.Context, i int) {
			go func() {
				if ts.take(ctx, "Bob") == nil {
					came = append(came, i)
				}
			}()
			synctest.Wait()
		}
		wait(t.Context(), 1)
		impatient, leave := context.WithCancel(t.Context())
		wait(impatient, 2)
		wait(t.Context(), 3)
		assert.Empty(t, came)
		leave()
		for range 2 {
			ts.end("Bob")
			synctest.Wait()
		}
		assert.Equal(t, []int{1, 3}, came)
		for range maxAtOnce {
			ts.end("Bob")
		}
		assert.Empty(t, ts.lists)
	})
}
