package server_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/server"
	"todoshell/todo"
)

var errDisk = errors.New("the disk is on fire")

func TestOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, sys := open(t)
		s := sys.Start("Bob")
		gate := make(chan struct{})
		j.onAppend = func(todo.Version, todo.List, todo.Batch) error { <-gate; return nil }
		var want, answered []string
		for i := range 100 {
			title := fmt.Sprintf("%02d", i)
			want = append(want, title)
			r := adding(title)
			r.done = func() { answered = append(answered, title) }
			post(t, s, r) // and does not wait
			if i == 0 {
				synctest.Wait() // the first is in the log when the others come
			}
		}
		synctest.Wait()
		assert.Empty(t, answered, "before the append")
		close(gate)
		synctest.Wait()
		assert.Equal(t, want, answered)
		assert.Equal(t, want, j.titles(t))
		require.Len(t, j.appends, 2, "one for each batch")
		assert.Len(t, j.appends[0], 1)
		assert.Len(t, j.appends[1], 99)
		assert.Equal(t, 1, j.loads)
	})
}

// Nobody sees a change before it is durable, and everybody once it is answered.
func TestPublish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, sys := open(t)
		s := sys.Start("Bob")
		require.NoError(t, s.Call(t.Context(), add("a")))
		visible := func() []string {
			list, err := s.List(t.Context()) // does not wait
			require.NoError(t, err)
			loaded, ok := s.Loaded()
			assert.True(t, ok)
			assert.Equal(t, titles(list), titles(loaded))
			assert.Equal(t, list.Len(), s.Info().Entries)
			return titles(list)
		}
		gate := make(chan struct{})
		j.onAppend = func(todo.Version, todo.List, todo.Batch) error { <-gate; return nil }
		r := adding("b")
		r.done = func() { assert.Equal(t, []string{"a", "b"}, visible()) }
		post(t, s, r)
		synctest.Wait()
		assert.Equal(t, []string{"a"}, visible())
		close(gate)
		synctest.Wait()
		require.Len(t, r.ends, 1)

		gate = make(chan struct{})
		j.onAppend = func(todo.Version, todo.List, todo.Batch) error { <-gate; return errDisk }
		r = adding("c")
		post(t, s, r)
		synctest.Wait()
		assert.Equal(t, []string{"a", "b"}, visible())
		close(gate)
		synctest.Wait()
		require.ErrorIs(t, r.ends[0], errDisk)
		assert.Equal(t, []string{"a", "b"}, visible())
	})
}

func TestListWaitsForTheLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, sys := open(t)
		require.NoError(t, sys.Start("Bob").Call(t.Context(), add("a")))
		s := sys.Start("Bob")
		_, ok := s.Loaded()
		assert.False(t, ok)
		j.onLoad = func() error { <-time.After(time.Second); return nil }
		begin := time.Now()
		list, err := s.List(t.Context())
		require.NoError(t, err)
		assert.Equal(t, []string{"a"}, titles(list))
		assert.Equal(t, time.Second, time.Since(begin))
		synctest.Wait()
		require.True(t, s.StopIdle())

		s = sys.Start("Bob")
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err = s.List(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NotErrorIs(t, err, todo.ErrOutcomeUnknown, "of a look")
		s.Stop()
	})
}

// What was asked before the first change of a batch is answered before that is
// durable: it has seen nothing of it. A command that failed is answered after it, since
// the append tells whether the list was the newest.
func TestLooksDoNotWaitForTheChangesBehindThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, sys := open(t)
		s := sys.Start("Bob")
		letGo := hold(t, s)
		gate := make(chan struct{})
		j.onAppend = func(todo.Version, todo.List, todo.Batch) error { <-gate; return nil }
		before, wrong, after := &request{run: nothing}, &request{run: func(d *todo.Draft) error { _, err := d.Undo(); return err }}, &request{run: nothing}
		a := adding("a")
		post(t, s, before, wrong, a, after)
		letGo()
		assert.Equal(t, []error{nil}, before.ends)
		assert.Empty(t, wrong.ends)
		assert.Empty(t, a.ends)
		assert.Empty(t, after.ends, "it has seen what is not durable yet")
		assert.Equal(t, "busy", s.Info().State)
		assert.Equal(t, uint64(2), s.Info().Handled)
		close(gate)
		synctest.Wait()
		require.ErrorIs(t, wrong.ends[0], &todo.Error{Code: todo.NothingToUndo})
		for _, r := range []*request{before, wrong, a, after} {
			assert.Len(t, r.ends, 1)
		}
	})
}

func TestErrorChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, sys := open(t)
		s := sys.Start("Bob")
		wrong := &request{run: func(d *todo.Draft) error { _, err := d.Finish(77); return err }}
		seen := 0
		look := &request{run: func(d *todo.Draft) error { seen = d.Len(); return nil }}
		before, after := adding("a"), adding("b")
		together(t, s, before, wrong, look, after)
		require.NoError(t, before.ends[0])
		require.ErrorIs(t, wrong.ends[0], &todo.Error{Code: todo.UnknownID})
		require.NoError(t, look.ends[0])
		require.NoError(t, after.ends[0])
		assert.Equal(t, 1, seen, "what comes before in the batch")
		assert.Equal(t, []string{"a", "b"}, j.titles(t))
		require.Len(t, j.appends, 1)

		together(t, s, &request{run: wrong.run}, &request{run: look.run})
		assert.Len(t, j.appends, 1, "no change, no append")
	})
}

// A draft has the system's time, and the journal's changes to undo.
func TestDraft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, sys := open(t)
		s := sys.Start("Bob")
		require.NoError(t, s.Call(t.Context(), add("a")))
		<-time.After(time.Hour)
		require.NoError(t, s.Call(t.Context(), add("b")))
		s.Stop()
		s = sys.Start("Bob")
		for range 2 {
			require.NoError(t, s.Call(t.Context(), func(d *todo.Draft) error { _, err := d.Undo(); return err }))
		}
		assert.Empty(t, j.titles(t))
		require.Len(t, j.appends, 4)
		assert.Equal(t, time.Hour, j.appends[1][0].Time.Sub(j.appends[0][0].Time))
		synctest.Wait()
	})
}

func TestCallEndsBeforeItRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, sys := open(t)
		s := sys.Start("Bob")
		never := func(*todo.Draft) error { assert.Fail(t, "has run"); return nil }
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		err := s.Call(ended, never)
		require.ErrorIs(t, err, context.Canceled)
		require.NotErrorIs(t, err, todo.ErrOutcomeUnknown)
		assert.Equal(t, "new", s.Info().State)

		letGo := hold(t, s)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err = s.Call(ctx, never)
		require.ErrorIs(t, err, todo.ErrOutcomeUnknown)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		letGo()
		require.NoError(t, s.Call(t.Context(), add("a")))
		synctest.Wait()
		assert.Equal(t, uint64(3), s.Info().Handled)
	})
}

func TestCallEndsWhileItRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, sys := open(t)
		s := sys.Start("Bob")
		gate := make(chan struct{})
		j.onAppend = func(todo.Version, todo.List, todo.Batch) error { <-gate; return nil }
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		err := s.Call(ctx, add("a"))
		require.ErrorIs(t, err, todo.ErrOutcomeUnknown)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(begin))
		close(gate)
		require.NoError(t, s.Call(t.Context(), add("b")))
		assert.Equal(t, []string{"a", "b"}, j.titles(t))
		synctest.Wait()
	})
}

func TestInfo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, sys := open(t)
		require.NoError(t, sys.Start("Bob").Call(t.Context(), add("a")))
		s := sys.Start("Bob")
		assert.Equal(t, "Bob", s.Name())
		assert.Equal(t, uint64(2), s.Number())
		info := server.Info{Name: "Bob", Number: 2, State: "new"}
		assert.Equal(t, info, s.Info())

		gate := make(chan struct{})
		j.onLoad = func() error { <-gate; return nil }
		post(t, s, adding("b"))
		synctest.Wait()
		post(t, s, adding("c"), adding("d"))
		info.State, info.Queue = "busy", 2
		assert.Equal(t, info, s.Info())
		assert.Contains(t, stacks(), running)

		close(gate)
		synctest.Wait()
		info.State, info.Queue, info.Handled, info.Entries = "idle", 0, 3, 4
		assert.Equal(t, info, s.Info())
		assert.NotContains(t, stacks(), running, "an idle server has no goroutine")

		s.Stop()
		info.State, info.Entries = "stopped", 0
		assert.Equal(t, info, s.Info())
	})
}

func TestStopDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, sys := open(t)
		s := sys.Start("Bob")
		gate := make(chan struct{})
		j.onAppend = func(todo.Version, todo.List, todo.Batch) error { <-gate; return nil }
		accepted := []*request{adding("a"), adding("b"), adding("c")}
		for _, r := range accepted {
			post(t, s, r)
			synctest.Wait()
		}
		var stopped atomic.Int32
		for range 3 {
			go func() {
				s.Stop()
				for _, r := range accepted {
					assert.Equal(t, []error{nil}, r.ends)
				}
				_, ok := s.Loaded()
				assert.False(t, ok, "it keeps no list that goes out of date")
				stopped.Add(1)
			}()
			synctest.Wait()
		}
		assert.Zero(t, stopped.Load(), "while requests wait")
		refused := adding("d")
		require.ErrorIs(t, s.Post(refused), server.ErrStopped)
		assert.False(t, s.StopIdle())
		assert.Equal(t, "stopped", s.Info().State)

		gate <- struct{}{} // the first batch; there is one more
		synctest.Wait()
		assert.Zero(t, stopped.Load(), "while requests wait")
		close(gate)
		synctest.Wait()
		assert.Equal(t, int32(3), stopped.Load())
		s.Stop()
		assert.True(t, s.StopIdle())
		require.ErrorIs(t, s.Call(t.Context(), add("e")), server.ErrStopped)
		_, err := s.List(t.Context())
		require.ErrorIs(t, err, server.ErrStopped)
		assert.Empty(t, refused.ends)
		assert.Equal(t, []string{"a", "b", "c"}, j.titles(t))
	})
}

func TestStopNew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, sys := open(t)
		s := sys.Start("Bob")
		s.Stop()
		require.ErrorIs(t, s.Post(adding("a")), server.ErrStopped)
		assert.Zero(t, j.loads)
	})
}

func TestStopIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, sys := open(t)
		s := sys.Start("Bob")
		letGo := hold(t, s)
		assert.False(t, s.StopIdle(), "busy")
		post(t, s, adding("a"))
		letGo()
		assert.Equal(t, []string{"a"}, j.titles(t))
		assert.True(t, s.StopIdle())
		_, ok := s.Loaded()
		assert.False(t, ok)
		require.ErrorIs(t, s.Post(adding("b")), server.ErrStopped)
	})
}

func TestListsDoNotWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, sys := open(t)
		letGo := hold(t, sys.Start("Bob"))
		require.NoError(t, sys.Start("Alice").Call(t.Context(), add("a")))
		letGo()
	})
}

// However many have mail, a bounded number runs; the others follow in turn.
func TestManyBusyServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const servers, most = 3000, 1024
		j, _ := open(t)
		sys := &server.System{Log: j.Store, Now: time.Now}
		gate := make(chan struct{})
		var begun, done atomic.Int32
		all := make([]*server.Server, servers)
		for i := range all {
			all[i] = sys.Start(fmt.Sprint(i))
			post(t, all[i], &request{
				run:  func(*todo.Draft) error { begun.Add(1); <-gate; return nil },
				done: func() { done.Add(1) },
			})
		}
		synctest.Wait()
		assert.LessOrEqual(t, begun.Load(), int32(most))
		last := all[servers-1]
		assert.False(t, last.StopIdle(), "it has mail, though it does not run")
		assert.Equal(t, "busy", last.Info().State)
		stopped := make(chan struct{})
		go func() { last.Stop(); close(stopped) }()

		gate <- struct{}{} // one ends, the next begins
		synctest.Wait()
		assert.Equal(t, int32(1), done.Load())
		assert.LessOrEqual(t, begun.Load(), int32(most+1))
		select {
		case <-stopped:
			assert.Fail(t, "stopped before its request is done")
		default:
		}
		close(gate)
		<-stopped
		synctest.Wait()
		assert.Equal(t, int32(servers), done.Load())
	})
}

// With large batches, fewer servers do the same: the others wait for more mail.
func TestManyRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const servers, each = 1000, 100
		j, _ := open(t)
		sys := &server.System{Log: j.Store, Now: time.Now}
		first, second := make(chan struct{}), make(chan struct{})
		var batches, done atomic.Int32
		all := make([]*server.Server, servers)
		for i := range all {
			all[i] = sys.Start(fmt.Sprint(i))
			post(t, all[i], &request{run: func(*todo.Draft) error { <-first; return nil }})
		}
		synctest.Wait()
		for _, s := range all {
			for i := range each {
				post(t, s, &request{run: func(*todo.Draft) error {
					if i == 0 {
						batches.Add(1)
						<-second
					}
					return nil
				}, done: func() { done.Add(1) }})
			}
		}
		close(first)
		synctest.Wait()
		assert.GreaterOrEqual(t, batches.Load(), int32(64))
		assert.Less(t, batches.Load(), int32(200))
		close(second)
		synctest.Wait()
		assert.Equal(t, int32(servers*each), done.Load())
	})
}
