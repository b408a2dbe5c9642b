package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"todoshell/store/codec"
	"todoshell/todo"
)

// Snapshots are written when at least this many edits have come since the one
// before, and as many as that one has entries: so loading reads no more than
// about twice what the list holds, and writing them at most doubles the edits.
const snapshotEvery = 4096

// Only the follower of a source changes a replica, and only that.
var (
	errReplica  = errors.New("a replica takes updates, not appends")
	errEmbedded = errors.New("only a replica takes updates")
)

var errDropInside = errors.New("a drop must be the last change of its batch")

// Append makes a batch durable: see [todoshell/server.Log].
func (s *Store) Append(ctx context.Context, name string, after todo.Version, next todo.List, b todo.Batch) (todo.Version, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if err := s.writable(); err != nil {
		return 0, err
	}
	if s.source != nil {
		return 0, errReplica
	}
	p := prepared{Append: todo.Append{List: name, After: after, Batch: b}}
	if err := s.prepare(&p, next); err != nil {
		return 0, err
	}
	defer p.batch.Close()
	if err := s.disk.room(p.batch.Len() + p.record.Len()); err != nil {
		return 0, err
	}
	g, leads, err := s.putIntoLog(&p)
	if err != nil {
		return 0, err
	}
	if leads {
		s.lead(g)
	}
	<-g.done
	if g.err != nil {
		return 0, unknown(g.err)
	}
	return p.head.Version, nil
}

// A prepared append lacks nothing but its version. That, and what depends on it, is
// added while the others wait.
type prepared struct {
	todo.Append
	batch  *pebble.Batch
	record codec.Record
	key    []byte // of the record
	head   codec.Head
	before headRead // the head of the version before
}

// prepare reads the head of the list, so that nobody waits for the disk meanwhile, and
// prepares an append to it that leads to next.
func (s *Store) prepare(p *prepared, next todo.List) (err error) {
	if p.before, err = s.readHead(p.List); err != nil {
		return err
	}
	changes := p.Changes
	if p.before.Version != p.After || changes[0].Rev != p.before.Rev+1 {
		return todo.ErrConflict
	}
	last := len(changes) - 1
	if dropInside(changes) {
		return errDropInside
	}
	p.record, p.key = codec.EncodeRecord(p.After, p.Batch), recordKey(p.List, changes[last].Rev)
	p.head = p.before.Head
	p.head.Head, p.head.Counted, p.head.Memories = todo.HeadOf(p.List, next), true, nil
	p.batch = s.db.NewBatch()
	if changes[last].Kind == todo.Drop {
		p.key = recordKey(p.List, 0)
		err = setDropped(p.batch, p.List, &p.head, next)
	} else {
		p.head.Edits += countEdits(p.Changes)
		err = setSnapshot(p.batch, p.List, &p.head, next)
	}
	if err = errors.Join(err, setDue(p.batch, p.List, p.before.FirstOpen, p.head.FirstOpen)); err != nil {
		return errors.Join(err, p.batch.Close())
	}
	return nil
}

func dropInside(changes []todo.Change) bool {
	return slices.ContainsFunc(changes[:len(changes)-1], func(c todo.Change) bool { return c.Kind == todo.Drop })
}

// setDropped empties the journal of a list. Its new beginning, to be set after that, is the
// append that ends with the drop, as the record of the revision 0.
func setDropped(batch *pebble.Batch, name string, h *codec.Head, next todo.List) error {
	h.HasSnapshot, h.SnapshotRev, h.SnapshotLen, h.Edits = len(next.Memories()) > 0, 0, 0, 0
	err := batch.DeleteRange(recordKey(name, 0), recordsEnd(name), nil)
	if h.HasSnapshot {
		return errors.Join(err, batch.Set(snapshotKey(name), codec.EncodeSnapshot(next), nil))
	}
	return errors.Join(err, batch.Delete(snapshotKey(name), nil))
}

func countEdits(changes []todo.Change) (n uint64) {
	for _, c := range changes {
		n += uint64(len(c.Edits))
	}
	return n
}

func snapshotDue(h *codec.Head) bool { return h.Edits >= max(snapshotEvery, h.SnapshotLen) }

// setSnapshot sets a snapshot if it is time for one.
func setSnapshot(batch *pebble.Batch, name string, h *codec.Head, next todo.List) error {
	if !snapshotDue(h) {
		return nil
	}
	h.HasSnapshot, h.SnapshotRev, h.SnapshotLen, h.Edits = true, next.Rev, uint64(next.Len()), 0
	return batch.Set(snapshotKey(name), codec.EncodeSnapshot(next), nil)
}

// setDue moves a list in the index by first open days.
func setDue(batch *pebble.Batch, name string, from, to todo.Date) (err error) {
	if from == to {
		return nil
	}
	if from != 0 {
		err = batch.Delete(dueKey(from, name), nil)
	}
	if to != 0 {
		err = errors.Join(err, batch.Set(dueKey(to, name), nil, nil))
	}
	return err
}

// putIntoLog gives the append its version and puts it into the log, if it follows
// what is there. From then on readers and the next append see it. All appends do so
// one after another: so their versions are in the order of the log, and so they are told.
// The fsync is waited for after that, so that appends share it; the first of those who
// do leads them.
func (s *Store) putIntoLog(p *prepared) (g *group, leads bool, err error) {
	s.put.Lock()
	defer s.put.Unlock()
	heads := s.heads.of(p.List)
	h, err := heads.current(s.db, p.List, &p.before)
	if err != nil {
		return nil, false, err
	}
	if h.Version != p.After {
		return nil, false, todo.ErrConflict
	}
	totals := s.last
	totals.Version++
	totals.Open += p.head.Open - h.Open
	totals.Lists += exists(p.head) - exists(h)
	p.Version, p.head.Version = totals.Version, totals.Version
	head := p.head.Encode()
	err = errors.Join(
		p.batch.Set(p.key, p.record.Value(p.Version), nil),
		p.batch.Set(headKey(p.List), head, nil))
	if s.totalsKept {
		err = errors.Join(err, p.batch.Delete(totalsKey, nil))
	}
	if err != nil {
		return nil, false, err
	}
	if err = s.db.Apply(p.batch, pebble.NoSync); err != nil {
		s.broke(err) // whoever leads the group finds it so
	}
	s.last, s.totalsKept = totals, false
	heads.put(p.List, head)
	g, leads = s.group.join(p.Append)
	return g, leads, nil
}

func exists(h codec.Head) int {
	if h.Rev > 0 {
		return 1
	}
	return 0
}

// lead makes the fsync of a group and tells its appends.
func (s *Store) lead(g *group) {
	s.group.gather(g, &s.put)
	err := s.db.LogData(nil, pebble.Sync) // puts on disk all that is in the log
	if err != nil {
		s.broke(err)
	}
	if failed := s.fatal.Load(); failed != nil {
		g.err = *failed
	} else {
		s.feed.tell(g.appends)
	}
	g.appends = nil
	close(g.done)
}

func unknown(err error) error { return fmt.Errorf("%w: %w", todo.ErrOutcomeUnknown, err) }
