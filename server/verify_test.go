package server_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/server"
	"todoshell/todo"
)

var errCutOff = errors.New("the others can't be asked")

// late has others append to Bob's list, which the server is told of when it asks whether its
// list is fresh, or when that is called.
func (j *journal) late(t *testing.T, s *server.Server, titles ...string) (tell func()) {
	t.Helper()
	var told []todo.Append
	for _, title := range titles {
		told = append(told, j.appended(t, title))
	}
	tell = func() {
		for _, a := range told {
			s.Follow(a)
		}
		told = nil
	}
	j.onFresh = func() error { tell(); return nil }
	return tell
}

func finishing(id uint64) *request {
	return &request{run: func(d *todo.Draft) error { _, err := d.Finish(id); return err }}
}

// A command that fails, or finds nothing to do, on a list that others have changed, runs
// again on the newest list. One that fails there too has failed.
func TestVerify(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, sys := open(t)
		s := sys.Start("Bob")
		require.NoError(t, s.Call(t.Context(), add("mine")))
		j.late(t, s, "theirs")
		theirs, nobodys := finishing(2), finishing(77)
		looked := 0
		look := &request{run: func(d *todo.Draft) error { looked = d.Len(); return nil }}
		together(t, s, look, theirs, nobodys)
		require.NoError(t, theirs.ends[0], "it has failed on the older list only")
		require.ErrorIs(t, nobodys.ends[0], &todo.Error{Code: todo.UnknownID})
		assert.Equal(t, 2, theirs.runs)
		assert.Equal(t, 1, look.runs)
		assert.Equal(t, 1, looked, "a look may be behind others")
		assert.Equal(t, 1, j.freshes, "the append has verified the list the second time")

		again := finishing(2)
		together(t, s, again)
		require.NoError(t, again.ends[0])
		assert.Equal(t, 2, j.freshes, "it has found nothing to do")
		assert.Equal(t, 1, again.runs)
		assert.Equal(t, theirs.seen, again.seen)
		assert.Len(t, j.appends, 2)

		together(t, s, &request{run: look.run}, &request{run: look.run})
		assert.Equal(t, 2, j.freshes, "who only looks, asks nobody")
		together(t, s, finishing(1))
		assert.Equal(t, 2, j.freshes, "an append verifies its batch")
	})
}

// What a request says of the list, though it changes nothing, can be verified as well, such as a
// condition that does not hold.
func TestVerifyConditions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, sys := open(t)
		s := sys.Start("Bob")
		require.NoError(t, s.Call(t.Context(), add("mine")))
		j.late(t, s, "theirs")
		list, err := j.Store.Load(t.Context(), "Bob")
		require.NoError(t, err)
		errChanged := errors.New("changed")
		conditional := &request{run: func(d *todo.Draft) error {
			if d.Version != list.Version {
				d.Verify = true
				return errChanged
			}
			return add("on theirs")(d)
		}}
		together(t, s, conditional)
		require.NoError(t, conditional.ends[0])
		assert.Equal(t, []string{"mine", "theirs", "on theirs"}, j.titles(t))
		together(t, s, &request{run: conditional.run})
		assert.Len(t, j.titles(t), 3)

		seen := 0
		newest := &request{run: func(d *todo.Draft) error { seen, d.Verify = d.Len(), true; return nil }}
		j.late(t, s, "more of theirs")
		together(t, s, newest)
		assert.Equal(t, 4, seen)
		assert.Equal(t, 2, newest.runs)

		refused := &request{run: func(d *todo.Draft) error {
			d.Refuse = todo.ErrReadOnly
			defer func() { d.Refuse = nil }()
			return add("no")(d)
		}}
		freshes := j.freshes
		together(t, s, refused)
		require.ErrorIs(t, refused.ends[0], todo.ErrReadOnly)
		assert.Equal(t, freshes, j.freshes, "whatever the list holds")
	})
}

// Where it can't be known whether the list is the newest, a command that failed on it does
// not end with that failure. Who looks, and who changes, is not held up.
func TestVerifyFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, sys := open(t)
		s := sys.Start("Bob")
		require.NoError(t, s.Call(t.Context(), add("mine")))
		j.onFresh = func() error { return errCutOff }
		look, wrong, after := &request{run: nothing}, finishing(77), &request{run: nothing}
		together(t, s, look, wrong, after)
		require.NoError(t, look.ends[0])
		require.ErrorIs(t, wrong.ends[0], errCutOff)
		require.NoError(t, after.ends[0])

		wrong = finishing(77)
		together(t, s, wrong, adding("more"))
		require.ErrorIs(t, wrong.ends[0], &todo.Error{Code: todo.UnknownID}, "the append has verified it")

		// An append that fails verifies nothing.
		j.onAppend = func(todo.Version, todo.List, todo.Batch) error { return errDisk }
		wrong, a := finishing(77), adding("a")
		together(t, s, wrong, a)
		require.ErrorIs(t, wrong.ends[0], errCutOff)
		require.ErrorIs(t, a.ends[0], errDisk)
		j.onAppend, j.onFresh = nil, nil
		wrong = finishing(77)
		together(t, s, wrong)
		require.ErrorIs(t, wrong.ends[0], &todo.Error{Code: todo.UnknownID})
		assert.Zero(t, s.Info().Restarts)
		assert.Equal(t, "idle", s.Info().State)
	})
}

// A request that panics ends with that; the others of its batch are verified on their own.
func TestVerifyBesidePanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, sys := open(t)
		s := sys.Start("Bob")
		require.NoError(t, s.Call(t.Context(), add("mine")))
		j.late(t, s, "theirs")
		j.onLoaded = func(todo.List) { j.onLoaded = nil; j.late(t, s, "later") }
		theirs, bad, later := finishing(2), panicking("on purpose"), finishing(3)
		together(t, s, theirs, bad, later)
		require.NoError(t, theirs.ends[0])
		require.ErrorIs(t, bad.ends[0], server.ErrCrashed)
		require.NoError(t, later.ends[0])
		assert.Equal(t, 1, bad.runs)
		list, err := s.List(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 1, list.Open())
	})
}

// Others may go on changing the list while it is asked whether it is fresh. What was true when
// that was asked is answered, so that it ends.
func TestVerifyBesideOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, sys := open(t)
		s := sys.Start("Bob")
		require.NoError(t, s.Call(t.Context(), add("mine")))
		j.onFresh = func() error { s.Follow(j.appended(t, "theirs")); return nil }
		undone, nobodys := &request{run: func(d *todo.Draft) error { _, err := d.Redo(); return err }}, finishing(77)
		together(t, s, undone, nobodys)
		require.ErrorIs(t, undone.ends[0], &todo.Error{Code: todo.NothingToRedo})
		require.ErrorIs(t, nobodys.ends[0], &todo.Error{Code: todo.UnknownID})
		assert.Equal(t, 2, undone.runs)
		assert.Equal(t, 1, j.freshes)
		list, err := s.List(t.Context())
		require.NoError(t, err)
		assert.Equal(t, list.Version, undone.seen)
	})
}

// A list that was dropped and begun anew elsewhere is another one.
func TestVerifyAfterADrop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, sys := open(t)
		s, theirs := sys.Start("Bob"), (&server.System{Log: j.Store, Now: sys.Now}).Start("Bob")
		require.NoError(t, s.Call(t.Context(), add("one")))
		require.NoError(t, theirs.Call(t.Context(), (*todo.Draft).Drop))
		gone, err := j.Store.Load(t.Context(), "Bob")
		require.NoError(t, err)
		require.NoError(t, theirs.Call(t.Context(), add("anew")))
		require.NoError(t, theirs.Call(t.Context(), add("second")))
		j.onFresh = func() error {
			for a, err := range j.Store.Since(t.Context(), "Bob", gone.Version) {
				require.NoError(t, err)
				s.Follow(a)
			}
			return nil
		}
		second := finishing(2)
		together(t, s, second)
		require.NoError(t, second.ends[0])
		list, err := j.Store.Load(t.Context(), "Bob")
		require.NoError(t, err)
		assert.Equal(t, 1, list.Open())
		e, _ := list.Entry(2)
		assert.Equal(t, todo.Done, e.Status)
	})
}
