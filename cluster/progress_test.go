package cluster

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/internal/await"
	"todoshell/todo"
)

// Each one who waits is told when the follower has come to their version, or when their time is over, also where many wait.
func TestProgress(t *testing.T) {
	const many = 30_000
	var p progress
	ctx, cancel := context.WithCancel(t.Context())
	var waiting sync.WaitGroup
	for _, i := range rand.Perm(many) {
		waiting.Go(func() {
			err := p.wait(ctx, todo.Version(i+1))
			p.mu.Lock()
			defer p.mu.Unlock()
			if err == nil {
				assert.LessOrEqual(t, todo.Version(i+1), p.at)
			} else {
				assert.Greater(t, i+1, many/2)
			}
		})
	}
	left := func(n int) func() bool {
		return func() bool {
			p.mu.Lock()
			defer p.mu.Unlock()
			return p.living == n
		}
	}
	require.True(t, await.Until(t, left(many)))
	began := time.Now()
	for i := range many / 2 {
		p.set(todo.Version(i + 1))
	}
	require.True(t, left(many-many/2)())
	cancel()
	waiting.Wait()
	t.Log(time.Since(began))
	assert.False(t, p.wanted())
}
