//go:build linux

package torture

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"todoshell/repl"
	"todoshell/store"
	"todoshell/todo"
)

// ownMounts is set for the copy of the test that runs in a mount namespace of its own,
// where it may mount a small disk.
const ownMounts = "TORTURE_OWN_MOUNTS"

// The program runs on a disk that is full again and again. It says so, can still read,
// loses nothing that it has answered, and writes again when there is room.
func TestFullDisk(t *testing.T) {
	buildProgram(t)
	dir := t.TempDir()
	if err := mountSmall(dir, 1); err != nil {
		if os.Getenv(ownMounts) == "" && runInNamespace(t) {
			return
		}
		t.Skipf("a small file system can't be mounted here: %v", err)
	}
	require.NoError(t, unmount(dir))
	run(t, 1, func(p *part) {
		size := 48 + p.random.IntN(17)
		require.NoError(p, mountSmall(dir, size))
		defer func() { require.NoError(p, unmount(dir)) }()
		d := &fullDisk{part: p, dir: dir}
		for range 4 {
			d.lists = append(d.lists, todo.List{}.Draft())
		}
		d.start()
		defer func() { d.kill() }()
		for i := range 1 + p.random.IntN(3) {
			d.cycle(i > 0) // the first one shows that one process finds room again
			if p.Failed() {
				return
			}
		}
		d.finish()
		d.compare()
	})
}

func mountSmall(dir string, megabytes int) error {
	return mounting("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%dm", megabytes), "tmpfs", dir)
}

func unmount(dir string) error { return mounting("umount", dir) }

func mounting(command string, args ...string) error {
	output, err := exec.Command(command, args...).CombinedOutput() //nolint:noctx // it must run even when the test's context has ended
	if err != nil {
		return fmt.Errorf("%w: %s", err, output)
	}
	return nil
}

// runInNamespace runs the test where an ordinary user may mount, if there can be
// such a place, and tells whether it could.
func runInNamespace(t *testing.T) bool {
	t.Helper()
	unshare := []string{"--user", "--map-root-user", "--mount", "--kill-child"}
	if exec.CommandContext(t.Context(), "unshare", append(unshare, "mount", "-t", "tmpfs", "tmpfs", t.TempDir())...).Run() != nil {
		return false
	}
	args := []string{os.Args[0], "-test.run=^" + t.Name() + "$", "-test.timeout=0"}
	if testing.Short() {
		args = append(args, "-test.short")
	}
	c := exec.CommandContext(t.Context(), "unshare", append(unshare, args...)...)
	c.Env = append(os.Environ(), ownMounts+"=1")
	output, err := c.CombinedOutput()
	for line := range strings.Lines(string(output)) {
		if strings.HasPrefix(line, "FullDisk ") {
			_, _ = os.Stdout.WriteString(line)
		}
	}
	require.NoError(t, err, "%s", output)
	return true
}

// A fullDisk is the program on a small disk, with its lists as it has answered.
type fullDisk struct {
	*part
	*process
	dir   string
	lists []*todo.Draft
	code  int // with which the program must end
}

func (d *fullDisk) data() string { return filepath.Join(d.dir, "data") }
func (d *fullDisk) junk() string { return filepath.Join(d.dir, "junk") }

func (d *fullDisk) start() { d.process, d.code = startProgram(d.part, d.data()), repl.ExitOK }

// finish ends the script.
func (d *fullDisk) finish() {
	d.Helper()
	rest, code := d.process.finish()
	if code != d.code || rest != "" {
		d.err("the program ended with %d in place of %d, and said: %s", code, d.code, rest)
	}
}

// cycle makes the disk full, by the program's own doing and by that of others,
// and makes room again. Meanwhile the program may be ended and begun anew.
func (d *fullDisk) cycle(mayEnd bool) {
	d.Helper()
	d.add(8, "") // there is room
	left := 2 + d.random.IntN(6)
	d.fill(left << 20)
	racing := make(chan struct{})
	go func() {
		defer close(racing)
		if d.seed%3 == 0 {
			d.fill(0)
		}
	}()
	for full := false; !full && !d.Failed(); {
		full = d.add(64, store.DiskFull) > 0
	}
	<-racing
	d.faults.Add(1)
	if d.random.IntN(2) == 0 {
		d.fill(0)
		d.add(16, store.DiskFull) // some may succeed, in room that the store has freed
	}
	d.read()
	if mayEnd && d.random.IntN(3) > 0 && d.canReopen() {
		d.reopen()
	}
	require.NoError(d, os.Remove(d.junk()))
	if d.process == nil {
		d.start()
		d.read()
	}
	d.add(8, "") // the same program finds room
	d.read()
}

// canReopen tells whether the file of others takes more than half of the disk. Then, once it
// is gone, there is room for opening, when the store writes what its log holds into tables.
func (d *fullDisk) canReopen() bool {
	var disk syscall.Statfs_t
	require.NoError(d, syscall.Statfs(d.dir, &disk))
	junk, err := os.Stat(d.junk())
	require.NoError(d, err)
	return uint64(junk.Size()) > (disk.Blocks*uint64(disk.Bsize) - uint64(junk.Size()))
}

// fill lets a file of someone else take all the room but so many bytes.
func (d *fullDisk) fill(left int) {
	f, err := os.OpenFile(d.junk(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		d.Error(err)
		return
	}
	defer f.Close()
	for block := make([]byte, 16<<10); ; {
		var disk syscall.Statfs_t
		if err := syscall.Statfs(d.dir, &disk); err != nil {
			d.Error(err)
			return
		}
		if disk.Bavail*uint64(disk.Bsize) <= uint64(left) {
			return
		}
		if _, err := f.Write(block); err != nil {
			return
		}
	}
}

// add adds so many entries, and returns how many were refused, which may be for
// one reason only: "" for none.
func (d *fullDisk) add(n int, mayBe todo.Code) (refused int) {
	d.Helper()
	commands, titles, of := make([]string, n), make([]string, n), make([]int, n)
	for i := range commands {
		title := make([]byte, 1+d.random.IntN(todo.MaxTitle))
		for k := range title {
			title[k] = byte('A' + d.random.IntN(26)) // compression gains little
		}
		titles[i], of[i] = string(title), d.random.IntN(len(d.lists))
		commands[i] = fmt.Sprintf("add %d none %s", of[i], title)
	}
	answers := d.ask(d.part, n, commands...)
	if len(answers) < n {
		d.err("%d of %d commands were answered, the last with %.300q", len(answers), n, last(answers))
	}
	for i, answer := range answers {
		d.operations.Add(1)
		if f, ok := readFailure(answer); ok {
			refused++
			d.code = repl.ExitFailed
			if f.Code != mayBe || !strings.Contains(f.Hint, "nothing was changed") {
				d.err("%.300q is answered", answer)
			}
			continue
		}
		e, err := d.lists[of[i]].Add(0, titles[i])
		if want := objectLine(fmt.Sprint(of[i]), e); err != nil || answer != want {
			d.err("%.300q is answered in place of %.300q", answer, want)
		}
	}
	return refused
}

func last(answers []string) string {
	if len(answers) == 0 {
		return ""
	}
	return answers[len(answers)-1]
}

// read looks at all lists through the program.
func (d *fullDisk) read() {
	d.Helper()
	for i, list := range d.lists {
		name := fmt.Sprint(i)
		want := objectLines(name, slices.Collect(list.Entries(todo.Always))...)
		if got := strings.Join(d.ask(d.part, list.Len(), "entries "+name), ""); got != want {
			d.lose("list %s has %d bytes in place of %d: %.300q…", name, len(got), len(want), got)
		}
	}
}

// reopen ends the program in one way or another, and starts it on the full disk,
// where it may be unable to: there is no process then.
func (d *fullDisk) reopen() {
	d.Helper()
	switch d.random.IntN(3) {
	case 0:
		d.kill()
	case 1:
		d.code = 143
		_ = d.Process.Signal(syscall.SIGTERM)
		_ = d.Wait()
		d.finish()
	default:
		d.finish()
	}
	d.faults.Add(1)
	d.start()
	answer := last(d.ask(d.part, 1, "server 0"))
	if answer == "{\"list\":\"0\",\"server\":1}\n" {
		d.read()
		return
	}
	f, _ := readFailure(answer)
	d.code = 4
	d.finish()
	if f.Code != store.CantOpen || !strings.Contains(f.Message, "no space left") {
		d.err("on a full disk the program says %.300q", answer)
	}
	d.process = nil
}

// compare compares the folder, which no process has open, with what was answered.
func (d *fullDisk) compare() {
	d.Helper()
	st, err := store.Open(d.data())
	require.NoError(d, err)
	defer func() { require.NoError(d, st.Close()) }()
	sum, err := st.Check(d.Context(), func(err error) { d.err("check: %v", err) })
	require.NoError(d, errors.Join(err, d.Context().Err()))
	entries := 0
	for i, list := range d.lists {
		entries += list.Len()
		if kept, err := st.Load(d.Context(), fmt.Sprint(i)); err != nil || !sameList(list.Snapshot(), kept) {
			d.lose("list %d has %d entries in place of %d: %v", i, kept.Len(), list.Len(), err)
		}
	}
	if sum.Entries != entries {
		d.lose("there are %d entries in place of %d", sum.Entries, entries)
	}
}
