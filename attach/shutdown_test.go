package attach

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/repl"
	"todoshell/server"
	"todoshell/store"
)

// A task whose server says goodbye just as the task ends is told its result: taken
// for one that has not begun, it would be run once more.
func TestShutdownAfterTask(t *testing.T) {
	for range 100 {
		data, err := store.OpenMemory()
		require.NoError(t, err)
		lists := cache.New(&server.System{Now: time.Now}, data, 1000)
		s := NewServer(func(*http.Request) *cache.Cache { return lists }, nil)
		web := httptest.NewServer(s)
		var answered atomic.Int64
		var clients sync.WaitGroup
		for range 4 {
			c, connecting := ToServer(t.Context(), web.URL, "", repl.Environment{Out: io.Discard, Err: io.Discard}, repl.State{})
			require.NoError(t, connecting)
			require.NoError(t, c.Do(t.Context(), given("lists")))
			clients.Go(func() {
				defer c.Close()
				for c.Do(t.Context(), given("add Bob none x")) == nil {
					answered.Add(1)
				}
			})
		}
		s.Shutdown(t.Context())
		clients.Wait()
		web.Close()
		list, err := lists.List(t.Context(), "Bob")
		require.NoError(t, err)
		assert.EqualValues(t, answered.Load(), list.Len(), "what was not answered was not begun")
		lists.Close()
		require.NoError(t, data.Close())
	}
}
