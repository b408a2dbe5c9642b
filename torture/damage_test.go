package torture

import (
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"

	"todoshell/internal/await"
	"todoshell/store"
	"todoshell/todo"
)

// logTail is how far from the end of a log a damage may look like a write that
// was interrupted: what the latest fsyncs wrote, and the block that ends there.
const logTail = 128 << 10

// patterns are the kinds of file in a data folder.
var patterns = []string{"*.log", "*.sst", "MANIFEST-*", "OPTIONS-*", "marker.*", "PID", "BALLAST", "LOCK"}

// carriesNothing tells whether files of a kind hold nothing that damage could destroy.
func carriesNothing(pattern string) bool { return slices.Contains(patterns[4:], pattern) }

// The possible results of damaging a file.
type outcomes struct{ refused, reported, shorter, harmless int }

// Files are damaged, one at a time: a list is as it was written, or an error
// says that it isn't.
func TestDamage(t *testing.T) {
	figures := make(map[string]*outcomes)
	for _, pattern := range patterns {
		figures[pattern] = new(outcomes)
	}
	run(t, 4, func(p *part) {
		base := grow(p, 8, 2, 120)
		s, err := openStack(base.fs, 8)
		require.NoError(p, err)
		work(base.writers, func(w *writer) { // what they write now is only in the log, not yet in tables
			for range 150 {
				if err := w.command(p, s.cache); err != nil {
					p.err("%s: %v", w.name, err)
				}
			}
		})
		base = world{base.fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: p.random}),
			forkAll(base.writers, p.random)}
		require.NoError(p, s.close())
		for i := 0; i < 32 && !p.Failed(); i++ {
			pattern := patterns[i/2%len(patterns)]
			if i%2 == 0 {
				pattern = patterns[i/2%3] // most rounds damage a kind of file that holds much of the data
			}
			if damage, ok := newDamage(p, base, pattern); ok {
				await.End(p.T, "a look at damage", func() { damage.look(figures[pattern]) })
			}
		}
	})
	for _, pattern := range patterns {
		f := figures[pattern]
		t.Logf("%-12s %4d refused at opening, %4d reported, %4d logs shorter, %4d harmless",
			pattern, f.refused, f.reported, f.shorter, f.harmless)
	}
}

// A damage is done to one file of a copy of a store.
type damage struct {
	*part
	world
	what string
	tail bool // it can't be told from a write that was interrupted
	vain bool // the file carries nothing
}

// newDamage flips a bit of a file of a kind or cuts its tail; ok is false where
// no such file holds anything.
func newDamage(p *part, base world, pattern string) (d *damage, ok bool) {
	d = &damage{part: p, vain: carriesNothing(pattern),
		world: world{base.fs.CrashClone(vfs.CrashCloneCfg{}), forkAll(base.writers, p.random)}}
	setUsage(d.fs)
	names, err := d.fs.List("data")
	require.NoError(p, err)
	slices.Sort(names)
	names = slices.DeleteFunc(names, func(name string) bool {
		fits, _ := path.Match(pattern, name)
		return !fits || len(d.content(name)) == 0
	})
	if len(names) == 0 {
		return nil, false
	}
	at := p.random.IntN(len(names))
	name := names[at]
	content := d.content(name)
	last := strings.HasSuffix(name, ".log") && at == len(names)-1
	if p.random.IntN(3) == 0 {
		length := p.random.IntN(len(content))
		d.what, d.tail = fmt.Sprintf("%s cut to %d of %d bytes", name, length, len(content)), last
		content = content[:length]
	} else {
		place := p.random.IntN(len(content))
		d.what = fmt.Sprintf("%s flipped at %d of %d bytes", name, place, len(content))
		d.tail = last && place >= len(content)-logTail
		content[place] ^= 1 << p.random.IntN(8)
	}
	file, err := d.fs.Create("data/"+name, vfs.WriteCategoryUnspecified)
	require.NoError(p, err)
	_, err = file.Write(content)
	require.NoError(p, errors.Join(err, file.Close()))
	p.faults.Add(1)
	return d, true
}

func (d *damage) content(name string) []byte {
	file, err := d.fs.Open("data/" + name)
	require.NoError(d, err)
	content, err := io.ReadAll(file)
	require.NoError(d, errors.Join(err, file.Close()))
	return content
}

// look opens the store, reads and checks it, and goes on with it.
func (d *damage) look(figures *outcomes) {
	s, err := openStack(d.fs, len(d.writers))
	if err != nil {
		figures.refused++
		if d.vain || !errors.Is(err, &todo.Error{Code: store.CantOpen}) {
			d.err("%s: opening: %v", d.what, err)
		}
		return
	}
	reported, shorter := false, false
	report := func(what string, err error) {
		reported = true
		if d.vain || !errors.Is(err, &todo.Error{Code: todo.Damaged}) && !pebble.IsCorruptionError(err) {
			d.err("%s: %s: %v", d.what, what, err)
		}
	}
	known := true
	for _, w := range d.writers {
		whole := w.steps[len(w.steps)-1]
		if !d.tail {
			w.steps = []step{whole}
		}
		err := w.find(d.part, s.cache)
		if err != nil {
			report(w.name, err)
		}
		known = known && !w.open()
		shorter = shorter || !w.open() && !sameList(w.steps[0].List, whole.List)
	}
	if d.Failed() {
		d.Logf("%s", d.what)
	}
	if err := s.check(d.part); err != nil {
		report("check", err)
	} else if reported { // unless a compaction has replaced the damaged table meanwhile
		for _, w := range d.writers {
			if err := w.find(d.part, s.cache); err != nil {
				d.err("%s: a check finds nothing, and yet %s: %v", d.what, w.name, err)
			}
		}
		known = !slices.ContainsFunc(d.writers, (*writer).open)
	}
	if known {
		if err := compareNames(d.part, s.cache, d.writers); err != nil {
			report("names", err)
		}
	}
	for _, w := range d.writers {
		if w.open() {
			continue
		}
		if err := w.command(d.part, s.cache); err != nil {
			report("a command", err)
		}
	}
	if err := s.close(); err != nil && !reported {
		d.err("%s: closing: %v", d.what, err)
	}
	switch {
	case reported:
		figures.reported++
	case shorter:
		figures.shorter++
	default:
		figures.harmless++
	}
}
