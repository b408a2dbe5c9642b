package api

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l limiter
		for range maxAtOnce {
			require.NoError(t, l.acquire(t.Context(), "Bob"))
		}
		require.NoError(t, l.acquire(t.Context(), "Alice"), "who waits for nobody")
		l.release("Alice")

		var came []int
		wait := func(ctx context.Context, i int) {
			go func() {
				if l.acquire(ctx, "Bob") == nil {
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
			l.release("Bob")
			synctest.Wait()
		}
		assert.Equal(t, []int{1, 3}, came)
		for range maxAtOnce {
			l.release("Bob")
		}
		assert.Empty(t, l.lists)
	})
}
