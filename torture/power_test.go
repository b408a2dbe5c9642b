package torture

import (
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/server"
	"todoshell/store"
)

// A stack is a store with a cache over it.
type stack struct {
	store *store.Store
	cache *cache.Cache
}

// openStack opens the lists of a file system, of which so many may be live.
func openStack(fs vfs.FS, bound int) (*stack, error) { return openFolder(fs, "data", bound) }

func openFolder(fs vfs.FS, folder string, bound int) (*stack, error) {
	s, err := store.OpenFS(fs, folder)
	if err != nil {
		return nil, err
	}
	return &stack{s, cache.New(&server.System{Now: noon}, s, bound)}, nil
}

func (s *stack) close() error {
	s.cache.Close()
	return s.store.Close()
}

// check returns all problems that a check finds.
func (s *stack) check(p *part) error {
	var problems []error
	_, err := s.store.Check(p.Context(), func(err error) { problems = append(problems, err) })
	return errors.Join(append(problems, err)...)
}

// A world is a file system, and the writers, who know what the lists in it may be.
type world struct {
	fs      *vfs.MemFS
	writers []*writer
}

// setUsage gives the disk so little room that the ballast is small.
func setUsage(fs *vfs.MemFS) {
	fs.TestingSetDiskUsage(vfs.DiskUsage{AvailBytes: 1 << 40, TotalBytes: 1 << 18})
}

// The power is cut again and again, while lists change and while they are being
// opened after a cut: each list is as it was answered, or one command further,
// and can be changed again.
func TestPowerCuts(t *testing.T) {
	run(t, 4, func(p *part) {
		lists, many, again := 16+p.random.IntN(16), 200, 2
		if long(t) > 0 {
			lists, again = 16+p.random.IntN(48), 1+p.random.IntN(10)
			if p.random.IntN(4) == 0 {
				many = 6000 // snapshots of imports
			}
		}
		w := world{vfs.NewCrashableMem(), newWriters(p.random, lists, many)}
		for range again {
			w = powerCuts(p, w)
			if p.Failed() {
				return
			}
		}
		survive(p, p.random, w, 2)
	})
}

// powerCuts lets all writers go on while the power is cut several times, and
// returns what there is after the last cut.
func powerCuts(p *part, w world) (last world) {
	s, power := openAgain(p, p.random, w, 1)
	var gate sync.RWMutex // closed while a copy is looked at
	var stop atomic.Bool
	var group sync.WaitGroup
	for _, w := range w.writers {
		group.Go(func() {
			for !stop.Load() && !p.Failed() {
				gate.RLock()
				if w.random.IntN(500) == 0 {
					s.cache.Stop(w.name)
				}
				if err := w.command(p, s.cache); err != nil {
					p.err("%s: %v", w.name, err)
				}
				gate.RUnlock()
			}
		})
	}
	for range 2 + p.random.IntN(4) {
		power.arm(3000, p.random.IntN(3) == 0)
		select {
		case last = <-power.cuts:
		case <-time.After(time.Duration(p.random.IntN(int(50 * time.Millisecond)))):
			last = power.cutNow()
		}
		gate.Lock()
		survive(p, p.random, world{last.fs.CrashClone(vfs.CrashCloneCfg{}), forkAll(last.writers, p.random)}, 2)
		gate.Unlock()
	}
	stop.Store(true)
	group.Wait()
	require.NoError(p, s.close())
	return last
}

// survive looks at what there is after a cut, and goes on from there.
func survive(p *part, random *rand.Rand, w world, depth int) {
	s, _ := openAgain(p, random, w, depth)
	for _, w := range w.writers {
		if err := w.do(p, s.cache, w.add()); err != nil {
			p.err("%s: after a cut: %v", w.name, err)
		}
	}
	require.NoError(p, s.close())
}

// openAgain opens the lists and finds out where they are. The power may be cut
// again meanwhile, up to so many times in a row.
func openAgain(p *part, random *rand.Rand, w world, depth int) (*stack, *power) {
	if random.IntN(4) == 0 {
		setUsage(w.fs)
	}
	power := newPower(p, random, w)
	if depth > 0 && random.IntN(2) == 0 {
		power.arm(120, false)
	}
	s, err := openStack(errorfs.Wrap(w.fs, errorfs.InjectorFunc(power.tick)),
		[]int{1, len(w.writers) / 3, 2 * len(w.writers)}[random.IntN(3)])
	require.NoError(p, err, "after a cut")
	power.disarm()
	select {
	case again := <-power.cuts:
		survive(p, random, again, depth-1)
	default:
	}
	require.NoError(p, s.check(p), "after a cut")
	for _, w := range w.writers {
		if err = w.find(p, s.cache); err != nil {
			p.err("%s: after a cut: %v", w.name, err)
		}
	}
	if err = compareNames(p, s.cache, w.writers); err != nil {
		p.err("after a cut: %v", err)
	}
	return s, power
}

// A power is the power supply of one file system. It is cut in the midst of an operation.
type power struct {
	*part
	world
	cuts chan world

	mu     sync.Mutex // held during a cut
	random *rand.Rand
	left   atomic.Int64 // operations until the cut; below 1: there is none to come
	logs   atomic.Bool  // operations on logs don't count
}

func newPower(p *part, random *rand.Rand, w world) *power {
	return &power{part: p, world: w, cuts: make(chan world, 1), random: split(random)}
}

// arm lets the power be cut within the next n operations, perhaps not counting
// those on logs, which are the most.
func (w *power) arm(n int64, butLogs bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.logs.Store(butLogs)
	if butLogs {
		n = 20
	}
	w.left.Store(1 + w.random.Int64N(n))
}

func (w *power) disarm() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left.Store(0)
}

// tick is called before each operation.
func (w *power) tick(op errorfs.Op) error {
	if w.left.Load() <= 0 || w.logs.Load() && strings.HasSuffix(op.Path, ".log") {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if left := w.left.Load(); left > 0 {
		if w.left.Store(left - 1); left == 1 {
			w.cuts <- w.cut()
		}
	}
	return nil
}

// cutNow cuts the power, if that has not been done meanwhile.
func (w *power) cutNow() world {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left.Store(0)
	select {
	case done := <-w.cuts:
		return done
	default:
		return w.cut()
	}
}

// cut returns what there is after the power is cut now. What was not synced is
// lost, or some of it.
func (w *power) cut() world {
	w.faults.Add(1)
	for _, writer := range w.writers {
		writer.mark()
	}
	percent := []int{0, 100, w.random.IntN(101)}[w.random.IntN(3)]
	fs := w.fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: w.random})
	return world{fs, forkAll(w.writers, w.random)}
}
