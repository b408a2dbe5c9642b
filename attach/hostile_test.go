package attach

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/repl"
)

// A hostile server does what it likes with the client that comes.
type hostile struct {
	conn
	ctx context.Context
	all []string // that it has got
}

// next waits for a message of the client.
func (h *hostile) next() (k kind, body []byte, ok bool) {
	k, body, err := h.receive(h.ctx)
	h.all = append(h.all, string(body))
	return k, body, err == nil
}

// do sends a question, and waits for what comes back.
func (h *hostile) do(q question) (r reply, ok bool) {
	if h.sendJSON(questionKind, q) != nil {
		return r, false
	}
	k, body, ok := h.next()
	if k == dataKind && ok {
		return reply{data: body[4:]}, true
	}
	return r, ok && json.Unmarshal(body, &r) == nil
}

// newHostile serves one client: attack begins when it has said hello. What it has
// got is to be had when the client has gone.
func newHostile(t *testing.T, attack func(*hostile)) (url string, got func() string) {
	t.Helper()
	var h *hostile
	var serving sync.WaitGroup
	serving.Add(1)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer serving.Done()
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{protocol}})
		if err != nil {
			return
		}
		defer ws.CloseNow() //nolint:errcheck // nothing depends on it
		h = &hostile{conn: newConn(ws, 64<<20), ctx: r.Context()}
		_ = h.send(helloKind)
		attack(h)
		for ok := true; ok; {
			_, _, ok = h.next()
		}
	}))
	t.Cleanup(web.Close)
	return web.URL, func() string {
		serving.Wait()
		return strings.Join(h.all, "\n")
	}
}

// A victim is a client with something to lose. It runs in a folder of its own.
type victim struct {
	*Client
	shown screen

	mu   sync.Mutex
	used []string // what was touched of it
}

const secret = "hunter2"

func (v *victim) note(what string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.used = append(v.used, what)
}

func (v *victim) Open(n repl.Need) (io.ReadCloser, error) {
	v.note("open " + n.Path)
	return repl.OS{}.Open(n)
}

func (v *victim) Replace(path string, write func(io.Writer) error) error {
	v.note("replace " + path)
	return repl.OS{}.Replace(path, write)
}

func (v *victim) Complete(prefix string) ([]repl.Word, bool) { return repl.OS{}.Complete(prefix) }

func (v *victim) Read([]byte) (int, error) {
	v.note("stdin")
	return 0, io.EOF
}

// chdirHome makes a home folder and goes there.
func chdirHome(t *testing.T) (home string) {
	t.Helper()
	home = t.TempDir()
	t.Chdir(home)
	for path, text := range map[string]string{
		"in.csv": "title\nfor the server\n", "all.todo": "import Bob in.csv\nlists\n", "self.todo": "source self.todo\n",
		".ssh/key": secret, ".bashrc": secret, "out.csv": secret, "-": secret,
	} {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	require.NoError(t, os.Symlink("in.csv", "link.csv"))
	return home
}

func newVictim(t *testing.T, url, home string) *victim {
	t.Helper()
	v := new(victim)
	var err error
	v.Client, err = ToServer(t.Context(), url, "", repl.Environment{In: v, Out: &v.shown.out, Err: &v.shown.err, Files: v, Home: home,
		Terminal: true, History: func() iter.Seq[string] {
			v.note("history")
			return slices.Values([]string{secret})
		}, Confirm: func(string) (bool, error) {
			v.note("confirm")
			return true, nil
		}}, repl.State{Settings: repl.Settings{Table: true}})
	require.NoError(t, err)
	t.Cleanup(v.Close)
	return v
}

// untouched fails unless nothing was touched but what is said, and no secret told.
func (v *victim) untouched(t *testing.T, got string, but ...string) {
	t.Helper()
	assert.Equal(t, but, v.used)
	assert.NotContains(t, got, secret)
	for _, path := range []string{".ssh/key", ".bashrc", "out.csv", "-"} {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, secret, string(text), path)
	}
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	assert.Len(t, files, 8, "nothing was made")
}

// demands are all that can be asked of a client.
func demands(dir string) (all []question) {
	kinds := []repl.NeedKind{repl.NeedsNothing, repl.NeedsRead, repl.NeedsScript, repl.NeedsWrite, repl.NeedsConfirm,
		repl.NeedsHistory, repl.NeedsClear, 99}
	paths := []string{"", "-", ".", "in.csv", "./in.csv", "x/../in.csv", "link.csv", "all.todo", "out.csv", ".bashrc", "~/.bashrc",
		".ssh/key", "../" + filepath.Base(dir) + "/in.csv", filepath.Join(dir, "in.csv"), filepath.Join(dir, ".ssh/key"), "/etc/passwd"}
	for _, k := range kinds {
		for _, p := range paths {
			all = append(all, question{ID: 1, Do: doTake, Need: repl.Need{Kind: k, Path: p}, Text: "really?"})
		}
	}
	for _, d := range []action{doRead, doClose, doCommit, doAbandon, "", "open", "create", "complete", "history"} {
		for _, handle := range []uint32{0, 1, 1 << 31} {
			all = append(all, question{ID: 2, Do: d, Handle: handle, Text: ".ssh/key"})
		}
	}
	return all
}

// Whatever is typed, a server gets what that needs, once, and for anything else it
// is left.
func TestHostileDemands(t *testing.T) {
	for line, needs := range map[string]repl.Need{
		"lists":                            {},
		"entries Bob":                      {},
		"add Bob none import Bob .ssh/key": {},
		"# import Bob .ssh/key":            {},
		"import Bob":                       {},
		"import Bob .ssh/key and more":     {},
		"drop Bob -y":                      {},
		"export Bob -":                     {},
		"backup .ssh":                      {},
		"help import":                      {},
		"import Bob in.csv":                {Kind: repl.NeedsRead, Path: "in.csv"},
		`"import" 'Bob' in".csv"`:          {Kind: repl.NeedsRead, Path: "in.csv"},
		"import Bob --format csv ~/in.csv": {Kind: repl.NeedsRead, Path: "~/in.csv"},
		"export Bob out.csv --format ics":  {Kind: repl.NeedsWrite, Path: "out.csv"},
		"source all.todo":                  {Kind: repl.NeedsScript, Path: "all.todo"},
		"drop Bob":                         {Kind: repl.NeedsConfirm},
		"history":                          {Kind: repl.NeedsHistory},
		"clear":                            {Kind: repl.NeedsClear},
		"import . in.csv":                  {Kind: repl.NeedsRead, Path: "in.csv"},
		"import Bob -":                     {Kind: repl.NeedsRead, Path: "-"},
		"source -":                         {Kind: repl.NeedsScript, Path: "-"},
	} {
		t.Run(line, func(t *testing.T) {
			home := chdirHome(t)
			needs.Path = strings.Replace(needs.Path, "~", home, 1)
			for _, q := range demands(home) {
				stdin := needs.Path == "-" && q.Do == doRead && q.Handle == 0
				if stdin || needs.Kind != repl.NeedsNothing && q.Do == doTake && q.Need.Kind == needs.Kind && q.Need.Path == needs.Path {
					continue // that is what it needs
				}
				url, got := newHostile(t, func(h *hostile) {
					_, _, _ = h.next()
					_ = h.sendJSON(questionKind, q)
				})
				v := newVictim(t, url, home)
				require.ErrorIs(t, v.Do(t.Context(), given(line)), code(repl.ServerRefused), "%+v", q)
				v.untouched(t, got())
				assert.Empty(t, v.shown.out.String()+v.shown.err.String())
			}
		})
	}
}

func take(k repl.NeedKind, path string) question {
	return question{ID: 7, Do: doTake, Need: repl.Need{Kind: k, Path: path}}
}

func on(do action, handle uint32) question { return question{ID: 8, Do: do, Handle: handle} }

// What a line needs is given once, and nothing else beside it, whatever goes before.
func TestHostileSteps(t *testing.T) {
	script := func(path string) repl.Task { return repl.Task{Kind: repl.Script, Text: path} }
	in, out := take(repl.NeedsRead, "in.csv"), take(repl.NeedsWrite, "new.csv")
	all := take(repl.NeedsScript, "all.todo")
	read := on(doRead, 7)
	another := func(q question, id uint32) question { q.ID = id; return q }
	for name, test := range map[string]struct {
		task  repl.Task
		steps []question // the last one is refused
		used  []string
	}{
		"twice":                    {given("import Bob in.csv"), []question{in, another(in, 9)}, []string{"open in.csv"}},
		"twice, after it was read": {given("import Bob in.csv"), []question{in, read, read, on(doClose, 7), in}, []string{"open in.csv"}},
		"twice, in two lines": {given("import Bob in.csv\nimport Bob in.csv"),
			[]question{in, another(in, 9), another(in, 10)}, []string{"open in.csv", "open in.csv"}},
		"another file meanwhile":        {given("import Bob in.csv"), []question{in, take(repl.NeedsRead, ".ssh/key")}, []string{"open in.csv"}},
		"a file in its place":           {given("import Bob in.csv"), []question{in, take(repl.NeedsWrite, "in.csv")}, []string{"open in.csv"}},
		"standard input beside":         {given("import Bob in.csv"), []question{in, on(doRead, 0)}, []string{"open in.csv"}},
		"a closed file":                 {given("import Bob in.csv"), []question{in, on(doClose, 7), read}, []string{"open in.csv"}},
		"another handle":                {given("import Bob in.csv"), []question{in, on(doRead, 8)}, []string{"open in.csv"}},
		"a handle that is taken":        {given("import Bob in.csv\nimport Bob in.csv"), []question{in, in}, []string{"open in.csv", "open in.csv"}},
		"the handle of standard input":  {given("import Bob in.csv"), []question{another(in, 0)}, []string{"open in.csv"}},
		"data are no commands":          {given("import Bob all.todo"), []question{take(repl.NeedsRead, "all.todo"), read, in}, []string{"open all.todo"}},
		"a script's before it is read":  {script("all.todo"), []question{all, in}, []string{"open all.todo"}},
		"a script's after it is closed": {script("all.todo"), []question{all, read, on(doClose, 7), in}, []string{"open all.todo"}},
		"a script's, twice": {script("all.todo"), []question{all, read, another(in, 9), another(in, 10)},
			[]string{"open all.todo", "open in.csv"}},
		"a script as data":    {script("all.todo"), []question{take(repl.NeedsRead, "all.todo")}, nil},
		"one end of a file":   {given("export Bob new.csv"), []question{out, on(doAbandon, 0), on(doCommit, 0)}, []string{"replace new.csv"}},
		"two files at a time": {given("export Bob new.csv\nexport Bob new.csv"), []question{out, another(out, 9)}, []string{"replace new.csv"}},
		"a file to read it":   {given("export Bob new.csv"), []question{out, read}, []string{"replace new.csv"}},
		"two answers":         {given("drop Bob"), []question{take(repl.NeedsConfirm, ""), take(repl.NeedsConfirm, "")}, []string{"confirm"}},
		"a history twice":     {given("lists\nclear"), []question{take(repl.NeedsClear, ""), take(repl.NeedsHistory, "")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			url, got := newHostile(t, func(h *hostile) {
				_, _, _ = h.next()
				for i, q := range test.steps {
					_, ok := h.do(q)
					assert.Equal(t, i < len(test.steps)-1, ok, "%d", i)
				}
			})
			v := newVictim(t, url, chdirHome(t))
			require.ErrorIs(t, v.Do(t.Context(), test.task), code(repl.ServerRefused))
			v.untouched(t, got(), test.used...)
		})
	}
}

// No script can have a server open more and more files.
func TestHostileRecursion(t *testing.T) {
	opened := 0
	url, got := newHostile(t, func(h *hostile) {
		_, _, _ = h.next()
		for id := uint32(1); ; id++ {
			q := take(repl.NeedsScript, "self.todo")
			q.ID = id
			if _, ok := h.do(q); !ok {
				return
			}
			opened++
			_, _ = h.do(on(doRead, id))
		}
	})
	v := newVictim(t, url, chdirHome(t))
	require.ErrorIs(t, v.Do(t.Context(), repl.Task{Kind: repl.Script, Text: "self.todo"}), code(repl.ServerRefused))
	assert.NotContains(t, got(), secret)
	assert.Equal(t, maxFiles, opened)
}

// Nor can it have it read a file many times at once.
func TestHostileReads(t *testing.T) {
	url, got := newHostile(t, func(h *hostile) {
		_, _, _ = h.next()
		for h.sendJSON(questionKind, on(doRead, 0)) == nil {
		}
	})
	home := chdirHome(t)
	v := newVictim(t, url, home)
	in, _ := io.Pipe() // where nobody types
	v.env.In = in
	require.ErrorIs(t, v.Do(t.Context(), given("import Bob -")), code(repl.ServerRefused))
	v.untouched(t, got())
}

// What comes when nothing was asked is refused, too: before a task, after it, while
// a word is completed; and so is what is no message.
func TestHostileMessages(t *testing.T) {
	key := take(repl.NeedsRead, ".ssh/key")
	ok := result{}
	for name, attack := range map[string]func(*hostile){
		"before the task": func(h *hostile) { _ = h.sendJSON(questionKind, key) },
		"after the task": func(h *hostile) {
			_, _, _ = h.next()
			_ = h.sendJSON(resultKind, ok)
			_ = h.sendJSON(questionKind, key)
		},
		"hello again":     func(h *hostile) { _ = h.send(helloKind) },
		"a task":          func(h *hostile) { _ = h.sendJSON(taskKind, task{Task: given("export Bob .bashrc")}) },
		"a reply":         func(h *hostile) { _ = h.sendJSON(replyKind, reply{ID: 1, Yes: true}) },
		"data":            func(h *hostile) { _ = h.sendData(1, [][]byte{[]byte("x")}) },
		"a file to write": func(h *hostile) { _ = h.send(writeKind, []byte("x")) },
		"no question":     func(h *hostile) { _ = h.send(questionKind, []byte("{")) },
		"a strange one":   func(h *hostile) { _ = h.send(questionKind, []byte(`{"Do":7}`)) },
		"a strange kind":  func(h *hostile) { _ = h.send('?') },
		"no result":       func(h *hostile) { _ = h.send(resultKind, []byte("[]")) },
		"a list in use": func(h *hostile) {
			_ = h.sendJSON(resultKind, result{Session: repl.State{InUse: "\x1b[2J"}})
		},
		"that it has gone": func(h *hostile) { _ = h.sendJSON(resultKind, result{Failure: &failure{Code: repl.ServerGone}}) },
		"that it is lost":  func(h *hostile) { _ = h.sendJSON(resultKind, result{Failure: &failure{Code: repl.ServerLost}}) },
	} {
		t.Run(name, func(t *testing.T) {
			url, got := newHostile(t, attack)
			v := newVictim(t, url, chdirHome(t))
			err := v.Do(t.Context(), given("lists"))
			if name == "after the task" {
				require.NoError(t, err)
				err = v.Do(t.Context(), given("lists"))
			}
			require.ErrorIs(t, err, code(repl.ServerRefused))
			assert.True(t, IsLost(err))
			assert.False(t, IsGone(err))
			require.ErrorIs(t, v.Do(t.Context(), given("lists")), code(repl.ServerRefused), "it is not tried again")
			v.untouched(t, got())
		})
	}
}
