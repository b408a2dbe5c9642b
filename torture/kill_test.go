//go:build unix

package torture

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"todoshell/internal/await"
	"todoshell/repl"
	"todoshell/store"
	"todoshell/todo"
)

// The program is killed while a script is under way. What it has answered is
// there afterwards, and of what it has not, a beginning of each list's commands.
func TestKill(t *testing.T) {
	buildProgram(t)
	folder := t.TempDir()
	run(t, 2, func(p *part) {
		data := filepath.Join(folder, "data")
		defer os.RemoveAll(data) // now, since a hundred of them would fill the disk
		s := newPipedScript(p, folder)
		for range 2 + p.random.IntN(4) {
			s.kill(p, data)
			if p.Failed() {
				return
			}
			s.verify(p, data)
		}
	})
}

// kill runs the script until a signal comes, and notes what was answered.
func (s *pipedScript) kill(p *part, data string) {
	p.Helper()
	s.commands, s.line = nil, 0
	begin := s.more(1 + p.random.IntN(5000)) // all at once, so that many commands are under way
	patience, chance := p.random.Float64(), p.random.IntN(6)
	moment := time.Millisecond + time.Duration(patience*patience*float64(400*time.Millisecond))
	signal := syscall.SIGKILL
	if chance == 0 {
		signal = syscall.SIGTERM
	}
	read := make(chan struct{}) // closed when the answers find a reader
	heard := p.random.Int64N(100_000)
	if p.random.IntN(5) > 0 {
		close(read)
	}

	c := startProgram(p, data)
	defer c.kill()
	var out bytes.Buffer
	var work sync.WaitGroup
	work.Go(func() {
		for text := begin; ; text = s.more(1 + s.random.IntN(1000)) {
			if _, err := c.in.WriteString(text); err != nil {
				return
			}
		}
	})
	work.Go(func() {
		_, _ = io.CopyN(&out, c.out, heard)
		<-read
		_, _ = io.Copy(&out, c.out)
	})
	<-time.After(moment)
	p.faults.Add(1)
	_ = c.Process.Signal(signal)
	await.End(p.T, "the program", func() { _ = c.Wait() }) // though nobody may read what it writes
	select {
	case <-read:
	default:
		close(read)
	}
	work.Wait()
	status, _ := c.ProcessState.Sys().(syscall.WaitStatus)
	early := out.Len() == 0 && status.Signal() == signal // the program was killed before it handled signals
	switch {
	case signal == syscall.SIGKILL && status.Signal() != signal:
		p.err("the program ended by itself: %v", c.ProcessState)
	case signal == syscall.SIGTERM && !early && status.ExitStatus() != 143:
		p.err("the program ended with %v", c.ProcessState)
	}
	s.listen(p, out.String(), signal == syscall.SIGTERM)
}

// listen compares what was written with what must be, and notes which commands
// were answered.
func (s *pipedScript) listen(p *part, out string, cutOff bool) {
	p.Helper()
	answered := 0
	for i, c := range s.commands {
		rest, ok := c.cut(out)
		if !ok {
			f, isFailure := readFailure(out)
			isCut := cutOff && c.alone && isFailure && (f.Code == repl.Interrupted || f.Code == todo.ErrOutcomeUnknown.Code)
			if !isCut && !c.begun(out) {
				p.err("%.300q is answered in place of %.300q", out, c.answer)
			}
			out = ""
			break
		}
		if out = rest; c.answer != "" {
			answered = i + 1 // which also answers the commands before it that print nothing
		}
	}
	if out != "" {
		p.err("%.300q is answered to no command", out)
	}
	for _, c := range s.commands[:answered] {
		c.of.answered = c.changes
	}
	p.operations.Add(int64(answered))
}

// verify compares the folder with the script, and lets the script go on from
// what is there.
func (s *pipedScript) verify(p *part, data string) {
	p.Helper()
	_, err := os.Stat(data) // it may have been killed before it made the folder
	throughProgram := err == nil && p.random.IntN(4) == 0
	if throughProgram {
		if output, code := runProgram(p, "check", "--data", data); code != 0 || !strings.HasSuffix(output, " 0 problems\n") {
			p.err("check ended with %d: %s", code, output)
		}
	}
	st, err := store.Open(data)
	require.NoError(p, err)
	_, err = st.Check(p.Context(), func(err error) { p.err("check: %v", err) })
	require.NoError(p, err)
	heads, err := collect(st.Heads(p.Context(), "", ""))
	require.NoError(p, err)
	of := map[string]todo.Head{}
	for _, h := range heads {
		of[h.Name] = h
	}
	args, want := []string{"--json", "--data", data}, ""
	for _, j := range s.journals {
		list, err := st.Load(p.Context(), j.name)
		require.NoError(p, err)
		history, err := collect(st.History(p.Context(), j.name, 1))
		require.NoError(p, err)
		if head := todo.HeadOf(j.name, list); list.Version > 0 && of[j.name] != head {
			p.err("%s has the head %v in place of %v", j.name, of[j.name], head)
		}
		j.settle(p, list, history)
		args = append(args, "-c", "export "+jsonText(j.name))
		want += objectLines(j.name, slices.Collect(list.Entries(todo.Always))...)
	}
	require.NoError(p, st.Close())
	if throughProgram {
		if output, code := runProgram(p, args...); code != 0 || output != want {
			p.err("export ended with %d and shows other entries", code)
		}
	}
}

// settle finds out how many changes of the script are in the journal, and goes
// on from there.
func (j *pipedList) settle(p *part, list todo.List, history []todo.Change) {
	p.Helper()
	d, past := j.before.Draft(), slices.Clone(j.past)
	kept := -1
	for n := 0; ; n++ {
		if kept < j.answered && sameList(d.List, list) && slices.EqualFunc(past, history, sameButTime) {
			kept = n
		}
		if n == len(j.draft.Changes) {
			break
		}
		c := j.draft.Changes[n]
		require.NoError(p, d.Apply(c))
		past = append(past, c)
		if c.Kind == todo.Drop {
			past = nil
		}
	}
	switch {
	case kept < 0:
		p.err("%s at revision %d, with %d entries, is nothing that its %d commands lead to, of which %d were answered",
			j.name, list.Rev, list.Len(), len(j.draft.Changes), j.answered)
	case kept < j.answered:
		p.lose("%s has %d changes of %d that were answered", j.name, kept, j.answered)
	}
	j.before, j.past, j.answered = list, history, 0
	j.draft = list.Draft()
	j.draft.Past = func(rev uint64) (todo.Change, error) { return history[rev-1], nil }
}

// sameButTime compares changes: what time it was, only the program knows.
func sameButTime(a, b todo.Change) bool {
	b.Time = a.Time
	return sameChange(a, b)
}
