package store

import (
	"context"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Since waits for the append that is under way.
func TestSinceWaits(t *testing.T) {
	reached, release := make(chan struct{}), make(chan struct{})
	toggle := &errorfs.Toggle{}
	var once sync.Once
	toggle.Injector = errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData {
			once.Do(func() { close(reached) })
			<-release
		}
		return nil
	})
	s := openIn(t, "data", errorfs.Wrap(vfs.NewMem(), toggle))
	first := add(t, s, "Bob", "one")
	toggle.On()
	go func() { _, _ = run(s, "Bob", first, adding("two")) }()
	<-reached
	limited, cancel := context.WithCancel(ctx)
	cancel()
	for _, err := range s.Since(limited, "Bob", first.Version) {
		require.ErrorIs(t, err, context.Canceled)
	}
	for _, err := range s.Since(ctx, "Alice", 0) {
		require.Fail(t, "there is no such list", "%v", err)
	}
	found := make(chan int)
	go func() {
		n := 0
		for a, err := range s.Since(ctx, "Bob", first.Version) {
			assert.NoError(t, err)
			assert.True(t, s.Latest().Includes(0, a.Version))
			n++
		}
		found <- n
	}()
	select {
	case <-found:
		require.Fail(t, "it has not waited")
	default:
	}
	close(release)
	assert.Equal(t, 1, <-found)
}
