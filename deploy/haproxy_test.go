package deploy_test

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/internal/await"
)

// What is about one list goes to one node, however it is asked for; and when a node says that it is not ready, only its
// lists go elsewhere.
func TestBalanceByList(t *testing.T) {
	b := balance(t)
	of := map[string]string{}
	count := map[string]int{}
	for i := range 60 {
		list := fmt.Sprint("list", i)
		of[list] = b.nodeOf(t, list)
		count[of[list]]++
	}
	assert.Len(t, count, len(machines), "each node has some: %v", count)
	for _, path := range []string{"/v1/lists/a%20b/entries?date=today", "/v1/lists/%61%20b/entries/1", "/entries?list=a+b", "/entries?date=today&list=a%20b"} {
		_, name := b.ask(t, http.MethodGet, path, "")
		assert.Equal(t, b.nodeOf(t, "a%20b"), name, path)
	}
	leaving := b.nodes[of["list0"]]
	leaving.leaving.Store(true)
	require.True(t, await.Until(t, func() bool { return b.nodeOf(t, "list0") != leaving.name }))
	for list, name := range of {
		now := b.nodeOf(t, list)
		assert.Equal(t, name != leaving.name, name == now, "%s: %s, now %s", list, name, now)
	}
	leaving.leaving.Store(false)
	require.True(t, await.Until(t, func() bool { return b.nodeOf(t, "list0") == leaving.name }))
	for list, name := range of {
		assert.Equal(t, name, b.nodeOf(t, list))
	}
}

// What a node fails to answer is sent to another one, a change with the same key, which it gets if it has none. What takes no
// key is sent once.
func TestBalanceRetries(t *testing.T) {
	b := balance(t)
	failing := b.nodes[b.nodeOf(t, "Bob")]
	for _, status := range []int32{1, http.StatusServiceUnavailable, http.StatusInternalServerError} {
		failing.failing.Store(status)
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete} {
			for _, header := range [][]string{nil, {"Idempotency-Key", "mine"}} {
				b.forget()
				got, text := b.ask(t, method, "/v1/lists/Bob/entries", "{}", header...)
				require.Equal(t, http.StatusOK, got, "%s after %d", method, status)
				require.NotEqual(t, failing.name, text[:1])
				assert.Equal(t, "{}", text[1:])
				key := <-failing.asked
				assert.Equal(t, key, <-b.nodes[text[:1]].asked)
				if header != nil {
					assert.Equal(t, "mine", key)
				} else {
					assert.Equal(t, method == http.MethodGet, key == "")
				}
			}
		}
	}
	for _, n := range b.nodes {
		n.failing.Store(http.StatusServiceUnavailable)
	}
	b.forget()
	got, _ := b.ask(t, http.MethodPost, "/login", "token=x")
	assert.Equal(t, http.StatusServiceUnavailable, got)
	assert.Equal(t, 1, b.forget())
}

// A node that can't be reached is passed over.
func TestBalanceUnreachable(t *testing.T) {
	b := balance(t)
	gone := b.nodes[b.nodeOf(t, "Bob")]
	gone.server.Listener.Close()
	gone.server.CloseClientConnections()
	assert.NotEqual(t, gone.name, b.nodeOf(t, "Bob"))
	for range machines {
		got, _ := b.ask(t, http.MethodPost, "/login", "token=x")
		assert.Equal(t, http.StatusOK, got)
	}
}

// While no node is ready, each is still asked for what it knows, and once.
func TestBalanceUnready(t *testing.T) {
	b := balance(t)
	for _, n := range b.nodes {
		n.leaving.Store(true)
	}
	for _, n := range b.nodes {
		n.failing.Store(http.StatusServiceUnavailable)
	}
	require.True(t, await.Until(t, func() bool { // as long as one counts as ready, others are asked again
		b.forget()
		status, _ := b.ask(t, http.MethodGet, "/v1/lists/Bob", "")
		require.Equal(t, http.StatusServiceUnavailable, status)
		return b.forget() == 1
	}))
	for _, n := range b.nodes {
		n.failing.Store(0)
	}
	for i := range 20 {
		b.nodeOf(t, fmt.Sprint("list", i))
	}
	for _, n := range b.nodes {
		n.leaving.Store(false)
		n.failing.Store(http.StatusServiceUnavailable)
	}
	require.True(t, await.Until(t, func() bool {
		b.forget()
		b.ask(t, http.MethodGet, "/v1/lists/Bob", "")
		return b.forget() > 1
	}))
}

// Events come as they happen, and end when their node is no longer ready, so that the client goes on at another.
func TestBalanceEvents(t *testing.T) {
	b := balance(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://lists.example.org/v1/lists/Bob/events", nil)
	require.NoError(t, err)
	answer, err := b.client.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	text := bufio.NewReader(answer.Body)
	name, err := text.ReadString('\n')
	require.NoError(t, err)
	b.nodes[strings.TrimSpace(name)].leaving.Store(true)
	_, err = text.ReadByte()
	require.Error(t, err)
}
