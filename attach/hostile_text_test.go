package attach

import (
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/repl"
	"todoshell/todo"
)

// controls are what a server could do to a terminal.
const controls = "\x1b]52;c;ZXZpbA==\a\x1b]0;title\x1b\\\x1b[2J\x1b[10A\x1b[6n\x1b[?1049h\x1bP$q\x1b\\\x1bc\u009b2J\u009d0;x\u009c\x9b2J\u202eevil\b\r\x00"

// shown fails if there is anything but text and colours.
func shown(t *testing.T, text string) {
	t.Helper()
	assert.Contains(t, text, "evil", "what was text is there")
	for _, r := range regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(text, "") {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			require.Fail(t, "a control character", "%q in %q", r, text)
		}
	}
}

// A server's answers are text and colours to a terminal, however they are cut into
// messages; a pipe gets each byte.
func TestHostileText(t *testing.T) {
	answer := controls + "\x1b[31mevil\x1b"
	attack := func(h *hostile) {
		for range 2 {
			_, _, _ = h.next()
			for i := range len(answer) {
				_ = h.send(outKind, []byte(answer[i:i+1]))
				_ = h.send(errKind, []byte(answer[i:i+1]))
			}
			_ = h.sendJSON(resultKind, result{Failure: &failure{Message: controls}})
		}
	}
	url, _ := newHostile(t, attack)
	v := newVictim(t, url, chdirHome(t))
	err := v.Do(t.Context(), given("clear"))
	repl.Report(&v.shown.err, false, err)
	shown(t, v.shown.out.String())
	shown(t, v.shown.err.String())
	assert.True(t, strings.HasSuffix(v.shown.out.String(), "\x1b[31mevil\\u001b\x1b[0m"), "%q", v.shown.out.String())

	url, _ = newHostile(t, attack)
	c, s := newTestClient(t, url, repl.Environment{}, repl.Settings{})
	require.Error(t, c.Do(t.Context(), given("lists")))
	assert.Equal(t, answer, s.out.String())
	shown(t, s.err.String())
}

// A terminal that knows no colours gets none, whatever a server says of it.
func TestHostilePlain(t *testing.T) {
	url, _ := newHostile(t, func(h *hostile) {
		for range 2 {
			_, _, _ = h.next()
			_ = h.send(outKind, []byte("\x1b[31mevil"))
			_ = h.send(errKind, []byte("\x1b[31mevil"))
			_ = h.sendJSON(resultKind, result{Session: repl.State{Settings: repl.Settings{Color: true}}})
		}
	})
	c, s := newTestClient(t, url, repl.Environment{Terminal: true, Plain: true}, repl.Settings{})
	for range 2 {
		require.NoError(t, c.Do(t.Context(), given("lists")))
	}
	assert.Equal(t, strings.Repeat(`\u001b[31mevil`, 2), s.out.String())
	assert.Equal(t, strings.Repeat(`\u001b[31mevil`, 2), s.err.String())
}

// The client clears the terminal itself, when its own line says so.
func TestClear(t *testing.T) {
	_, url := newServer(t, todo.Grant{}, nil)
	c, s := newTestClient(t, url, repl.Environment{Terminal: true}, repl.Settings{Table: true})
	require.NoError(t, c.Do(t.Context(), given("lists\nclear\nlists")))
	assert.Equal(t, "no lists\n"+repl.ClearTerminal+"no lists\n", s.out.String())
}

func TestHostileQuestion(t *testing.T) {
	url, _ := newHostile(t, func(h *hostile) {
		_, _, _ = h.next()
		q := take(repl.NeedsConfirm, "")
		q.Text = controls + strings.Repeat("x", 100_000)
		_, _ = h.do(q)
		_ = h.sendJSON(resultKind, result{})
	})
	asked := ""
	c, _ := newTestClient(t, url, repl.Environment{Confirm: func(text string) (bool, error) {
		asked = text
		return false, nil
	}}, repl.Settings{})
	require.NoError(t, c.Do(t.Context(), given("drop Bob")))
	shown(t, asked)
	assert.Less(t, len(asked), 2000)
}

// A server only says which names and ids there are: it can't put anything else
// into the line, is not told of files, and cannot make TAB wait for long.
func TestHostileCompletion(t *testing.T) {
	var asked []string
	url, got := newHostile(t, func(h *hostile) {
		for {
			k, body, ok := h.next()
			if !ok {
				return
			}
			assert.Equal(t, lookUpKind, k)
			asked = append(asked, string(body))
			_ = h.send(resultKind, []byte(`{"Words":[{"Text":"Bob"},{"Text":"export Bob .bashrc"},{"Text":"Bo\u001b[2J"},`+
				`{"Text":"Bo`+strings.Repeat("b", 10_000)+`"}],"From":0,"Insert":"drop Bob","Completion":{"From":0,"Insert":"drop Bob"}}`))
		}
	})
	v := newVictim(t, url, chdirHome(t))
	for line, insert := range map[string]string{
		"entries Bo": "Bob ", "impo": "import ", "import Bob .ss": ".ssh/", "import Bob .ssh/k": ".ssh/key ",
		"source ~/al": "~/all.todo ", "add Bob tom": "tomorrow ",
	} {
		c := v.Client.Complete(line)
		assert.Equal(t, insert, c.Insert, line)
		assert.Equal(t, strings.LastIndex(line, " ")+1, c.From, line)
	}
	v.Close()
	v.untouched(t, got())
	assert.Equal(t, []string{`{"Words":["entries"],"Prefix":"Bo","InUse":""}`}, asked)

	home := chdirHome(t)
	for _, q := range demands(home) {
		url, got = newHostile(t, func(h *hostile) {
			_, _, _ = h.next()
			_ = h.sendJSON(questionKind, q)
		})
		v = newVictim(t, url, home)
		assert.Empty(t, v.Client.Complete("entries Bo").Words)
		require.ErrorIs(t, v.Do(t.Context(), given("lists")), code(repl.ServerRefused))
		v.untouched(t, got())
	}
}
