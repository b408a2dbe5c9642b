package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/access"
	"todoshell/cluster/clustertest"
	"todoshell/internal/await"
	"todoshell/todo"
)

// A node of a test is one that has tokens. Its clock can be put forward.
type node struct {
	*access.Tokens

	source *Access
	ahead  atomic.Int64
}

func (n *node) now() time.Time { return time.Now().Add(time.Duration(n.ahead.Load())) }

func newNode(t *testing.T, c Config) *node {
	t.Helper()
	n := &node{}
	var err error
	n.source, err = openAccess(t.Context(), c, n.now)
	require.NoError(t, err)
	n.Tokens = access.Open(n.source)
	t.Cleanup(n.Close)
	return n
}

// knows waits until a node lets a token in, or doesn't any more.
func (n *node) knows(t *testing.T, token string, known bool) {
	t.Helper()
	assert.True(t, await.Until(t, func() bool { _, err := n.Find(token); return (err == nil) == known }))
}

var unavailableNow = &todo.Error{Code: todo.ClusterUnavailable}

func accessConfig(url string, replicas int) Config {
	return Config{URL: url, Space: "todo", Replicas: replicas, Partitions: 1}
}

func TestAccess(t *testing.T) {
	servers := clustertest.Start(t, 3)
	var nodes []*node
	for _, url := range servers.URLs() {
		nodes = append(nodes, newNode(t, accessConfig(url, 3)))
	}
	one, two, three := nodes[0], nodes[1], nodes[2]
	assert.False(t, three.Required())

	bob, err := one.Add("Bob", todo.Grant{Prefix: "Bob"})
	require.NoError(t, err)
	_, err = two.Add("Bob", todo.Grant{})
	require.ErrorIs(t, err, &todo.Error{Code: access.NameTaken}, "two knows what one was answered")
	three.knows(t, bob, true)
	assert.True(t, await.Until(t, three.Required), "it has looked a moment ago, when there were none")

	secret, err := two.Login(bob)
	require.NoError(t, err)
	session := func(n *node, known bool) {
		assert.True(t, await.Until(t, func() bool { _, e := n.FindSession(secret); return (e == nil) == known }))
	}
	session(three, true)
	session(one, true)
	h, err := one.FindSession(secret)
	require.NoError(t, err)
	stream, stop := one.While(t.Context(), h)
	defer stop()
	require.NoError(t, three.Logout(secret))
	<-stream.Done()
	session(two, false)

	require.NoError(t, three.Revoke("Bob"))
	require.ErrorIs(t, three.Revoke("Bob"), &todo.Error{Code: access.UnknownName})
	require.ErrorIs(t, two.Revoke("Bob"), &todo.Error{Code: access.UnknownName})
	for _, n := range nodes {
		n.knows(t, bob, false)
		assert.True(t, n.Required())
	}
	late := newNode(t, accessConfig(servers.URL(), 3))
	assert.True(t, late.Required(), "also by who comes later")
}

// The servers may not tell of a change: comparing finds it.
func TestAccessMissesWord(t *testing.T) {
	servers := clustertest.Start(t, 1)
	c := accessConfig(servers.URL(), 1)
	one, two := newNode(t, c), newNode(t, c)
	info := two.source.stream.CachedInfo().Config
	info.RePublish = nil
	_, err := two.source.js.UpdateStream(t.Context(), info)
	require.NoError(t, err)
	token, err := one.Add("Bob", todo.Grant{})
	require.NoError(t, err)
	two.knows(t, token, true)
}

// patiently makes a change again where others were first for so long that it was given up.
func patiently(change func() error) error {
	for {
		if err := change(); !errors.Is(err, unavailableNow) {
			return err
		}
	}
}

func TestAccessTakesTurns(t *testing.T) {
	servers := clustertest.Start(t, 3)
	c := accessConfig(servers.URL(), 3)
	first := newNode(t, c)
	bob, err := first.Add("Bob", todo.Grant{})
	require.NoError(t, err)
	var all sync.WaitGroup
	for i := range 4 {
		n := newNode(t, c)
		all.Go(func() {
			for j := range 4 {
				var secret string
				assert.NoError(t, patiently(func() error { _, e := n.Add(fmt.Sprint(i, j), todo.Grant{}); return e }))
				assert.NoError(t, patiently(func() (e error) { secret, e = n.Login(bob); return e }))
				if j%2 == 0 {
					assert.NoError(t, patiently(func() error { return n.Logout(secret) }))
				}
			}
		})
	}
	all.Wait()
	holders, err := newNode(t, c).List()
	require.NoError(t, err)
	assert.Len(t, holders, 17)
	assert.Len(t, holders[0].Sessions, 8)
}

// A node that does not hear of the others lets nobody in after a while, and goes on when it does.
func TestAccessCutOff(t *testing.T) {
	servers := clustertest.Start(t, 3)
	c := accessConfig(servers.URL(), 3)
	n, empty := newNode(t, c), newNode(t, Config{URL: c.URL, Space: "empty", Replicas: 3})
	bob, err := n.Add("Bob", todo.Grant{})
	require.NoError(t, err)
	h, err := n.Find(bob)
	require.NoError(t, err)
	stream, stop := n.While(t.Context(), h)
	defer stop()

	servers.Stop(1)
	servers.Stop(2) // the one that is left can promise nothing
	assert.True(t, await.Until(t, func() bool {
		return n.now().Sub(*n.source.compared.Load()) > 3*compareEvery
	}), "nothing can be compared any more")
	_, err = n.Find(bob)
	require.NoError(t, err)
	for _, one := range []*node{n, empty} {
		one.ahead.Store(int64(currentFor))
	}
	_, err = n.Find(bob)
	require.ErrorIs(t, err, unavailableNow)
	assert.True(t, n.Required())
	assert.False(t, empty.Required(), "where no tokens are known, nobody can have been revoked")
	<-stream.Done()
	var failing sync.WaitGroup
	failing.Go(func() {
		_, err := n.Add("Alice", todo.Grant{})
		assert.ErrorIs(t, err, unavailableNow)
	})
	failing.Go(func() {
		_, err := openAccess(t.Context(), c, time.Now)
		assert.ErrorIs(t, err, unavailableNow, "nobody starts from what they knew")
	})
	failing.Wait()

	servers.Restart(1)
	servers.Restart(2)
	n.knows(t, bob, true)
}

// What is published again because no answer came is stored once.
func TestAccessAnswerLost(t *testing.T) {
	servers := clustertest.Start(t, 3)
	n := newNode(t, accessConfig(servers.URL(), 3))
	text := []byte("[]\n")
	js := n.source.js
	n.source.js = &deaf{JetStream: js, answers: 2}
	require.NoError(t, n.source.Change(func(d *access.Document) ([]byte, error) {
		assert.Nil(t, d, "it is not edited again")
		return text, nil
	}))
	d, err := n.source.Current()
	require.NoError(t, err)
	assert.Equal(t, text, d.Text)
}

func TestAccessTooLarge(t *testing.T) {
	servers := clustertest.Start(t, 1)
	n := newNode(t, accessConfig(servers.URL(), 1))
	err := n.source.Change(func(*access.Document) ([]byte, error) { return make([]byte, 2<<20), nil })
	require.ErrorIs(t, err, &todo.Error{Code: access.CantSave})
	require.ErrorContains(t, err, "2097152")
}

// A stream that is purged is one whose tokens are gone: nobody comes in until the server starts again.
func TestAccessPurged(t *testing.T) {
	servers := clustertest.Start(t, 1)
	c := accessConfig(servers.URL(), 1)
	n := newNode(t, c)
	bob, err := n.Add("Bob", todo.Grant{})
	require.NoError(t, err)
	require.Contains(t, n.Removal(), "nats stream purge TODO_ACCESS")
	require.NoError(t, n.source.stream.Purge(t.Context()))
	n.ahead.Store(int64(2 * currentFor))
	n.knows(t, bob, false)
	assert.True(t, n.Required())
	assert.False(t, newNode(t, c).Required())
}

// deaf loses the answers to documents, for a while.
type deaf struct {
	jetstream.JetStream

	answers int // still to lose
}

func (d *deaf) Publish(ctx context.Context, subject string, text []byte, options ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	ack, err := d.JetStream.Publish(ctx, subject, text, options...)
	if err == nil && text != nil && d.answers > 0 {
		d.answers--
		return nil, context.DeadlineExceeded
	}
	return ack, err
}

// Several nodes may be the first ones, at the same time; of two who add a token, none overwrites the other's.
func TestAccessOpenTogether(t *testing.T) {
	servers := clustertest.Start(t, 3)
	open := func(name string) error {
		source, err := OpenAccess(t.Context(), accessConfig(servers.URL(), 3))
		if err != nil {
			return err
		}
		tokens := access.Open(source)
		defer tokens.Close()
		_, err = tokens.Add(name, todo.Grant{})
		return err
	}
	var all sync.WaitGroup
	for i := range 3 {
		all.Go(func() { assert.NoError(t, open(fmt.Sprint(i))) })
	}
	all.Wait()
	holders, err := newNode(t, accessConfig(servers.URL(), 3)).List()
	require.NoError(t, err)
	assert.Len(t, holders, 3)
}
