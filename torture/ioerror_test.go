package torture

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/stretchr/testify/require"

	"todoshell/internal/await"
	"todoshell/store"
	"todoshell/todo"
)

// One operation after another on the files fails, once or until the fault has
// gone: there is an answer or an error, and once the fault has gone, all that
// was answered is there.
func TestIOErrors(t *testing.T) {
	run(t, 2, func(p *part) {
		base := grow(p, 5, 7, 40)
		seed := p.random.Uint64()
		all := failAt(p, base, 0, false, seed)
		points := p.random.Perm(int(all))
		if long(t) == 0 {
			points = points[:10]
		}
		var next atomic.Int64
		var group sync.WaitGroup
		for range 8 { // side by side, since after a failed table the store waits before it tries again
			group.Go(func() {
				for !p.Failed() && (long(t) == 0 || time.Now().Before(p.end)) {
					i := int(next.Add(1)) - 1
					if i >= len(points) {
						return
					}
					k := int64(points[i]) + 1
					failAt(p, base, k, false, seed+uint64(k))
					failAt(p, base, k, true, seed+uint64(k))
				}
			})
		}
		group.Wait()
	})
}

// grow returns a closed store of so many lists with several tables, and some
// snapshots.
func grow(p *part, lists, sessions, commands int) world {
	w := world{vfs.NewCrashableMem(), newWriters(p.random, lists, 300)}
	setUsage(w.fs)
	for range sessions {
		s, err := openStack(w.fs, lists)
		require.NoError(p, err)
		work(w.writers, func(writer *writer) {
			for range commands {
				if err := writer.command(p, s.cache); err != nil {
					p.err("%s: %v", writer.name, err)
				}
			}
		})
		require.NoError(p, s.close())
	}
	for _, writer := range w.writers {
		writer.mark() // what they do now is in the log
	}
	return w
}

// work lets all writers work at once.
func work(writers []*writer, f func(*writer)) {
	var group sync.WaitGroup
	for _, w := range writers {
		group.Go(func() { f(w) })
	}
	group.Wait()
}

// A fault makes an operation fail, and those after it if it is lasting, until
// it has gone.
type fault struct {
	*part
	world
	at      int64
	lasting bool
	random  *rand.Rand
	backups int

	operations, struck, lists atomic.Int64
	gone                      atomic.Bool
}

func (f *fault) fail(op errorfs.Op) error {
	if op.Kind == errorfs.OpList && f.lists.Add(1) > 1 {
		return nil // Pebble's Open leaves a goroutine behind where it fails so late
	}
	n := f.operations.Add(1)
	if n != f.at && (n < f.at || !f.lasting) || f.at == 0 || f.gone.Load() {
		return nil
	}
	f.struck.Add(1)
	return &os.PathError{Op: "injected", Path: op.Path, Err: syscall.EIO}
}

// failAt works on a copy of the base while the k-th operation fails, and returns
// how many operations there were.
func failAt(p *part, base world, k int64, lasting bool, seed uint64) int64 {
	random := rand.New(rand.NewPCG(seed, uint64(k)))
	f := &fault{part: p, world: world{base.fs.CrashClone(vfs.CrashCloneCfg{}), forkAll(base.writers, random)},
		at: k, lasting: lasting, random: random}
	setUsage(f.fs)
	await.End(p.T, "work on a failing disk", func() {
		f.session()
		f.session()
		f.at = 0
		f.session()
	})
	if f.struck.Load() > 0 {
		p.faults.Add(1)
	}
	return f.operations.Load()
}

// session opens the store, works with it, and closes it, or cuts the power.
func (f *fault) session() {
	fs := errorfs.Wrap(f.fs, errorfs.InjectorFunc(f.fail))
	f.lists.Store(0)
	bound := 1 + f.random.IntN(2*len(f.writers))
	s, err := openStack(fs, bound)
	if err != nil {
		f.expect("opening", err, store.CantOpen, store.InUse)
		f.gone.Store(true)
		if s, err = openStack(fs, bound); err != nil {
			f.lose("operation %d: opening, when the fault has gone: %v", f.at, err)
			return
		}
	}
	f.read(s, true)
	f.write(s, 5)
	f.read(s, false)
	if f.random.IntN(2) == 0 {
		f.backup(s)
	}
	if f.random.IntN(2) == 0 {
		f.end()
		f.read(s, false)
		f.write(s, 1)
	}
	next := f.fs
	if f.random.IntN(2) == 0 {
		next = next.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: f.random.IntN(101), RNG: f.random})
		setUsage(next)
	}
	f.expect("closing", s.close(), "")
	f.fs = next
	f.end()
}

// end lets the fault go, if it has struck.
func (f *fault) end() {
	if f.struck.Load() > 0 {
		f.gone.Store(true)
	}
}

// read reads all there is. What it finds is there for good if the store has
// just been opened: what a broken one has in memory may not reach the disk.
func (f *fault) read(s *stack, settled bool) {
	known := true
	for _, writer := range f.writers {
		w := writer
		if !settled {
			w = writer.fork(split(f.random))
		}
		err := w.find(f.part, s.cache)
		if err != nil && f.gone.Load() {
			err = w.find(f.part, s.cache) // the first may have waited for what had failed before
		}
		f.expectRead("reading "+w.name, err)
		known = known && !writer.open()
	}
	if known {
		f.expectRead("names", compareNames(f.part, s.cache, f.writers))
	}
	f.expectRead("checking", s.check(f.part))
}

// write lets each writer give up to n commands, and none after one whose
// outcome is open.
func (f *fault) write(s *stack, n int) {
	work(f.writers, func(w *writer) {
		gone := f.gone.Load()
		for range n {
			if w.open() {
				return
			}
			err := w.command(f.part, s.cache)
			f.expect(w.name, err, store.Broken, todo.ErrOutcomeUnknown.Code)
			if gone && err != nil && !errors.Is(err, &todo.Error{Code: store.Broken}) {
				f.err("operation %d: %s: when the fault has gone: %v", f.at, w.name, err)
			}
		}
	})
}

// backup makes a backup and looks at it.
func (f *fault) backup(s *stack) {
	f.backups++ // a crash may bring back what was removed
	folder := fmt.Sprint("backup", f.backups)
	if err := s.store.Backup(folder); err != nil {
		f.expect("backup", err, store.Broken)
	} else if b, err := openFolder(f.fs, folder, len(f.writers)); err != nil {
		f.err("operation %d: the backup: %v", f.at, err)
	} else {
		for _, w := range f.writers {
			if err := w.fork(split(f.random)).find(f.part, b.cache); err != nil {
				f.err("operation %d: the backup: %v", f.at, err)
			}
		}
		if err := errors.Join(b.check(f.part), b.close()); err != nil {
			f.err("operation %d: the backup: %v", f.at, err)
		}
	}
	_ = f.fs.RemoveAll(folder)
}

// expectRead expects no error of a read but those of a fault that is there.
func (f *fault) expectRead(what string, err error) {
	f.expect(what, err, "")
	if err != nil && f.gone.Load() {
		f.err("operation %d: %s: when the fault has gone: %v", f.at, what, err)
	}
}

// expect expects no error but those that follow from the fault: of the codes,
// or that of the disk.
func (f *fault) expect(what string, err error, codes ...todo.Code) {
	if err == nil {
		return
	}
	expected := strings.Contains(err.Error(), syscall.EIO.Error()) // a backup wraps nothing
	for _, code := range codes {
		expected = expected || errors.Is(err, &todo.Error{Code: code})
	}
	if !expected || f.struck.Load() == 0 || errors.Is(err, &todo.Error{Code: todo.Damaged}) {
		f.err("operation %d, lasting %v: %s: %v", f.at, f.lasting, what, err)
	}
}
