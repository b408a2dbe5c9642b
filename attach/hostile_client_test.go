package attach

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/repl"
	"todoshell/todo"
)

// A stranger is a client that does what it likes.
type stranger struct {
	conn
	t *testing.T
}

// newStranger connects to a server.
func newStranger(t *testing.T, url string) *stranger {
	t.Helper()
	ws, _, err := websocket.Dial(t.Context(), url+Path, //nolint:bodyclose // it needs no closing
		&websocket.DialOptions{Subprotocols: []string{protocol}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = ws.CloseNow() })
	s := &stranger{newConn(ws, 64<<20), t}
	k, _, err := s.receive(t.Context())
	require.NoError(t, err)
	require.Equal(t, helloKind, k)
	return s
}

func (s *stranger) task(text string) {
	s.t.Helper()
	require.NoError(s.t, s.sendJSON(taskKind, task{Task: given(text), Width: 80, Zone: encodeZone(time.UTC, time.Now()),
		Confirm: true, History: true}))
}

// question returns the next question, or the result. What is answered is added to out.
func (s *stranger) question(out *bytes.Buffer) (q question, ended bool) {
	s.t.Helper()
	for {
		k, body, err := s.receive(s.t.Context())
		require.NoError(s.t, err)
		switch k {
		case questionKind:
			require.NoError(s.t, json.Unmarshal(body, &q))
			return q, false
		case resultKind:
			return q, true
		default:
			out.Write(body)
		}
	}
}

// Who may not change a list is asked for nothing.
func TestRightsBeforeQuestions(t *testing.T) {
	for grant, want := range map[todo.Grant]string{
		{ReadOnly: true}: "you may only read", {Prefix: "A"}: "you may not use the list",
	} {
		_, url := newServer(t, grant, nil)
		for _, line := range []string{"import Bob -", "import Bob in.csv", "drop Bob"} {
			s := newStranger(t, url)
			s.task(line)
			var out bytes.Buffer
			_, ended := s.question(&out)
			assert.True(t, ended, line)
			assert.Contains(t, out.String(), want, line)
		}
	}
}

// An endless history passes line by line, and a line has an end.
func TestEndlessHistory(t *testing.T) {
	_, url := newServer(t, todo.Grant{ReadOnly: true}, nil)
	piece := maxToServer - 5
	for name, text := range map[string][]byte{
		"lines":    bytes.Repeat([]byte("add Bob none Milk\n"), piece/18),
		"one line": bytes.Repeat([]byte("x"), piece),
	} {
		t.Run(name, func(t *testing.T) {
			s := newStranger(t, url)
			before, during := new(peak), new(peak)
			before.look()
			s.task("set json on\nhistory")
			var out bytes.Buffer
			q, ended := s.question(&out)
			require.False(t, ended)
			require.NoError(t, s.sendJSON(replyKind, reply{ID: q.ID}))
			pieces := 0
			for q, ended = s.question(&out); !ended && q.Do == doRead && pieces < 60; q, ended = s.question(&out) {
				require.NoError(t, s.sendData(q.ID, [][]byte{text}))
				out.Reset()
				if pieces++; pieces%10 == 0 {
					during.look()
				}
			}
			if name == "one line" {
				assert.Equal(t, 1, pieces)
			}
			assert.Less(t, during.most, before.most+24<<20)
		})
	}
}

// A message has an end, and so has what is in it.
func TestStrangers(t *testing.T) {
	_, url := newServer(t, todo.Grant{}, nil)
	sound := func() *task { return &task{Task: given("lists"), Width: 80, Zone: encodeZone(time.UTC, time.Now())} }
	encode := func(k kind, v any) []byte {
		text, err := json.Marshal(v)
		require.NoError(t, err)
		return append([]byte{byte(k)}, text...)
	}
	with := func(change func(*task)) []byte {
		w := sound()
		change(w)
		return encode(taskKind, w)
	}
	for name, message := range map[string][]byte{
		"a long task":         with(func(w *task) { w.Text = strings.Repeat("x", maxToServer) }),
		"a long zone":         with(func(w *task) { w.Zone = append(w.Zone, make([]byte, maxZone)...) }),
		"a wide terminal":     with(func(w *task) { w.Width = 1 << 40 }),
		"a narrow terminal":   with(func(w *task) { w.Width = -1 }),
		"a strange list":      with(func(w *task) { w.Session.InUse = "\x00" }),
		"a list of long name": with(func(w *task) { w.Session.InUse = strings.Repeat("x", 300) }),
		"a strange word":      encode(lookUpKind, lookUp{Words: []string{"entries"}, InUse: "."}),
		"long data":           append([]byte{byte(dataKind)}, make([]byte, maxToServer)...),
		"no data":             {byte(dataKind), 1},
		"another kind":        []byte("?"),
	} {
		s := newStranger(t, url)
		_ = s.Write(t.Context(), websocket.MessageBinary, message)
		_, _, err := s.receive(t.Context())
		require.Error(t, err, name)
	}
	// what nobody has asked for is not kept
	s := newStranger(t, url)
	before, after := new(peak), new(peak)
	before.look()
	for id := range uint32(100) {
		require.NoError(t, s.sendData(id, [][]byte{make([]byte, maxToServer/2)}))
		require.NoError(t, s.sendJSON(replyKind, reply{ID: id, Yes: true}))
	}
	s.task("lists")
	_, ended := s.question(new(bytes.Buffer))
	assert.True(t, ended)
	after.look()
	assert.Less(t, after.most, before.most+16<<20)
}

// All that a lookUp may find fits into a message.
func TestLongWords(t *testing.T) {
	_, url := newServer(t, todo.Grant{}, nil)
	title := "x" + strings.Repeat("\x01", todo.MaxTitle-1)
	c, _ := newTestClient(t, url, repl.Environment{Out: io.Discard, In: strings.NewReader(strings.Repeat("add Bob none "+title+"\n", 250))}, repl.Settings{})
	require.NoError(t, c.Do(t.Context(), repl.Task{Kind: repl.Script, Text: "-"}))
	assert.Len(t, c.Complete("done Bob ").Words, 200)
	long := strings.Repeat("<", 254)
	c, _ = newTestClient(t, url, repl.Environment{Out: io.Discard}, repl.Settings{})
	for i := range 250 {
		require.NoError(t, c.Do(t.Context(), given("add "+long[:250]+string(rune('a'+i%26))+string(rune('a'+i/26))+" none x")))
	}
	assert.Len(t, c.Complete("entries <").Words, 200)
}

// More than a message holds is not sent.
func TestLongTask(t *testing.T) {
	_, url := newServer(t, todo.Grant{}, nil)
	c, s := newTestClient(t, url, repl.Environment{}, repl.Settings{})
	require.ErrorIs(t, c.Do(t.Context(), given(strings.Repeat("# long\n", maxToServer/7))), code(repl.LineTooLong))
	require.NoError(t, c.Do(t.Context(), given("add Bob none Milk")))
	assert.Equal(t, "1\n", s.out.String())
}
