package torture

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/repl"
	"todoshell/server"
	"todoshell/store"
	"todoshell/todo"
)

// heapSlack is how much more memory may be in use after many rounds than after
// the first few. A round has several cycles.
const heapSlack = 4 << 20

// What is opened and closed again leaves no goroutine, no file and no memory
// behind, however it was cut off.
func TestLeaks(t *testing.T) {
	folder := t.TempDir()
	_, w, err := os.Pipe() // the first pipe makes the runtime open files that it keeps
	require.NoError(t, err)
	require.NoError(t, w.Close())
	var least, rounds uint64
	run(t, 6, func(p *part) {
		for range 4 {
			newLeak(p, folder).cycle()
			if p.Failed() {
				return
			}
		}
		rounds++
		switch used := heap(); {
		case rounds <= 4: // caches of the whole process are still growing
			least = max(least, used)
		case used > least+heapSlack:
			p.err("%d KiB are in use, and %d KiB were after a few rounds", used>>10, least>>10)
		}
	})
}

func heap() uint64 {
	runtime.GC() // twice: pools live through one
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A leak looks for leaks: it opens and closes stores, caches and sessions.
type leak struct {
	*part
	folder string
	onDisk bool
	store  *store.Store
	lists  *cache.Cache

	backups int
}

func newLeak(p *part, folder string) *leak { return &leak{part: p, folder: folder} }

// cycle opens, works and closes, and compares what there is before and after.
func (l *leak) cycle() {
	l.Helper()
	goroutines, files := runtime.NumGoroutine(), openFiles()
	var err error
	if l.onDisk = l.random.IntN(2) == 0; l.onDisk {
		l.store, err = store.Open(filepath.Join(l.folder, "data"))
	} else {
		l.store, err = store.OpenMemory()
	}
	require.NoError(l, err)
	l.lists = cache.New(&server.System{Now: time.Now}, l.store, 1+l.random.IntN(20))
	works := []func(){l.script, l.pipe, l.calls, l.looks, l.backup, l.check}
	for range 2 + l.random.IntN(8) {
		works[l.random.IntN(len(works))]()
		l.operations.Add(1)
	}
	for range 1 + l.random.IntN(2) {
		l.lists.Close()
	}
	for range 1 + l.random.IntN(2) {
		require.NoError(l, l.store.Close())
	}
	l.expectNoMore(goroutines, files)
}

// soon returns a context that ends at some moment, or has ended, or doesn't end.
func (l *leak) soon() (context.Context, context.CancelFunc) {
	switch l.random.IntN(4) {
	case 0:
		return context.WithCancel(l.Context())
	case 1:
		ctx, cancel := context.WithCancel(l.Context())
		cancel()
		l.faults.Add(1)
		return ctx, cancel
	}
	l.faults.Add(1)
	return context.WithTimeout(l.Context(), time.Duration(l.random.Int64N(int64(10*time.Millisecond))))
}

// text returns the lines of a script.
func (l *leak) text(random *rand.Rand) string {
	var b strings.Builder
	for range random.IntN(2000) {
		list := random.IntN(40)
		switch random.IntN(200) {
		case 0:
			fmt.Fprintf(&b, "crash %d\n", list)
		case 1:
			fmt.Fprintf(&b, "stop %d\n", list)
		case 2:
			fmt.Fprintf(&b, "drop -y %d\n", list) // so that they stay small
		case 3:
			fmt.Fprintf(&b, "undo %d\nlog %d\n", list, list)
		case 4:
			fmt.Fprintln(&b, "find needle\nlists\nservers\nagenda")
		case 5:
			fmt.Fprintf(&b, "export %d %q\n", list, filepath.Join(l.folder, "file.csv"))
		case 6:
			fmt.Fprintf(&b, "import %d %q\n", list, filepath.Join(l.folder, "file.csv"))
		default:
			fmt.Fprintf(&b, "add %d none entry\ndone %d 1\n", list, list)
		}
	}
	return b.String()
}

func (l *leak) session(in io.Reader) *repl.Session {
	return repl.NewSession(repl.Environment{Cache: l.lists, In: in, Out: io.Discard, Err: io.Discard, Backup: l.store.Backup}, repl.State{})
}

// script runs a file, as with -f.
func (l *leak) script() {
	ctx, cancel := l.soon()
	defer cancel()
	path := filepath.Join(l.folder, "script")
	require.NoError(l, os.WriteFile(path, []byte(l.text(l.random)+"exit\n"), 0o600))
	require.NoError(l, l.session(nil).RunFile(ctx, path))
}

// pipe runs what comes through a pipe, the end of which may never come.
func (l *leak) pipe() {
	ctx, cancel := l.soon()
	defer cancel()
	r, w, err := os.Pipe()
	require.NoError(l, err)
	text, ends := l.text(l.random), l.random.IntN(2) == 0
	var writing sync.WaitGroup
	writing.Go(func() {
		_, _ = w.WriteString(text) // the session may be over
		if ends {
			_, _ = w.WriteString("import late -\n{\"title\":\"one\"}\n")
			_ = w.Close()
		}
	})
	if !ends {
		var giveUp context.CancelFunc
		ctx, giveUp = context.WithTimeout(ctx, time.Duration(l.random.Int64N(int64(50*time.Millisecond))))
		defer giveUp()
	}
	require.NoError(l, l.session(r).Run(ctx, "stdin", r))
	require.NoError(l, r.Close()) // which ends the read that is under way
	writing.Wait()
	_ = w.Close()
}

// calls come from many goroutines, and some go away.
func (l *leak) calls() {
	var calling sync.WaitGroup
	for range 1 + l.random.IntN(50) {
		ctx, cancel := l.soon()
		name := fmt.Sprint(l.random.IntN(40))
		calling.Go(func() {
			defer cancel()
			_ = l.lists.Call(ctx, name, func(d *todo.Draft) error { // it may be too late for it
				_, err := d.Add(0, "called")
				return err
			})
			if s, err := l.lists.Server(name); err == nil {
				_, _ = s.List(ctx)
			}
		})
	}
	calling.Wait()
}

// looks break off at some place.
func (l *leak) looks() {
	ctx, cancel := l.soon()
	defer cancel()
	left := l.random.IntN(100)
	for name, err := range l.lists.Names(ctx, "", "") {
		l.expectEnd(ctx, err)
		if err != nil {
			return
		}
		for _, err := range l.lists.History(ctx, name, 1) {
			l.expectEnd(ctx, err)
			if left--; left < 0 {
				return
			}
		}
		_, err := l.lists.View(ctx, name)
		l.expectEnd(ctx, err)
	}
}

// expectEnd checks that there is no error but that of a context that has ended.
func (l *leak) expectEnd(ctx context.Context, err error) {
	l.Helper()
	if err != nil {
		require.ErrorIs(l, err, ctx.Err())
	}
}

func (l *leak) backup() {
	l.backups++
	dir := filepath.Join(l.folder, fmt.Sprint("backup", l.backups))
	require.NoError(l, l.store.Backup(dir))
	require.Error(l, l.store.Backup(dir), "it is there")
	if !l.onDisk {
		return // the backup is in memory, too
	}
	copied, err := store.Open(dir)
	require.NoError(l, err)
	require.NoError(l, copied.Close())
	require.NoError(l, os.RemoveAll(dir))
}

func (l *leak) check() {
	ctx, cancel := l.soon()
	defer cancel()
	_, err := l.store.Check(ctx, func(err error) { l.err("check: %v", err) })
	l.expectEnd(ctx, err)
}
