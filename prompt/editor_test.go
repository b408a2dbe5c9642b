package prompt_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/prompt"
	"todoshell/repl"
)

// A recorder is a shell that notes what it is to run.
type recorder struct {
	state repl.State
	ran   chan string
}

func (r *recorder) Do(_ context.Context, t repl.Task) error {
	r.ran <- t.Text
	return nil
}

func (r *recorder) Complete(line string) repl.Completion {
	return repl.Completion{From: len(line), Words: []repl.Word{{Text: "one"}, {Text: "two"}}}
}

func (r *recorder) State() *repl.State { return &r.state }

// record runs a prompt with a history, and returns its keys, its screen, and what
// is to be run.
func record(t *testing.T, env repl.Environment, chosen repl.Settings, history ...string) (keys *io.PipeWriter, out *screen, ran chan string) {
	t.Helper()
	in, keys := io.Pipe()
	out = &screen{written: make(chan struct{}, 1)}
	env.In, env.Out, env.Err = in, out, out
	r := &recorder{repl.State{Settings: chosen}, make(chan string)}
	h := prompt.OpenHistory("")
	for _, line := range history {
		h.Add(line)
	}
	ended := make(chan error, 1)
	go func() { ended <- prompt.New(env).Run(t.Context(), r, h) }()
	t.Cleanup(func() {
		_ = keys.Close()
		assert.NoError(t, <-ended)
	})
	return keys, out, r.ran
}

func TestLines(t *testing.T) {
	history := []string{"lists", "add Bob none Milk and honey", "use Bob", "add Ann none Don't forget #123", "lists"}
	for name, test := range map[string]struct{ keys, want string }{
		"typed":                      {"lists\r", "lists"},
		"in the middle":              {"lts\x02\x02is\r", "lists"},
		"Ctrl-R, fast":               {"\x12milk\r", "add Bob none Milk and honey"},
		"Ctrl-R, where it is found":  {"\x12honey\x1b\x02X\r", "add Bob none Milk andX honey"},
		"Ctrl-R again":               {"\x12add\x12\r", "add Bob none Milk and honey"},
		"Ctrl-R again, to the end":   {"\x12add\x12\x12\x12\r", "add Bob none Milk and honey"},
		"Ctrl-R and Ctrl-S":          {"\x12add\x12\x13\r", "add Ann none Don't forget #123"},
		"Ctrl-R and Backspace":       {"\x12use\x7f\x7f\x7fmilk\r", "add Bob none Milk and honey"},
		"Ctrl-R, the same again":     {"\x12milk\x1b\r\x12\x12\r", "add Bob none Milk and honey"},
		"Ctrl-R for nothing":         {"ab\x12nothing\x07c\r", "abc"},
		"Ctrl-R and Esc":             {"\x12use\x1b\x05!\r", "use Bob!"},
		"Ctrl-R and a movement":      {"\x12use\x05!\r", "use Bob!"},
		"Ctrl-R and Ctrl-G":          {"abc\x02\x12use\x07X\r", "abXc"},
		"Ctrl-R and Ctrl-C":          {"abc\x12use\x03def\r", "def"},
		"Ctrl-R and a paste":         {"\x12use\x1b[200~X\x1b[201~\r", "Xuse Bob"},
		"Esc in a line":              {"ab\x1b\rcd\r", "ab"},
		"Alt-.":                      {"done \x1b.\r", "done lists"},
		"Alt-., twice":               {"done \x1b.\x1b.\r", "done #123"},
		"Alt-., to the end":          {"done \x1b.\x1b.\x1b.\x1b.\x1b.\x1b.\x1b.\r", "done lists"},
		"Alt-., anew":                {"\x1b. \x1b.\r", "lists lists"},
		"Alt-. in the middle":        {"ab\x02\x1b.\x1b.\x1b.\r", "aBobb"},
		"Alt-b":                      {"one two-three\x1bb\x1bbX\r", "one Xtwo-three"},
		"Alt-f":                      {"one two\x01\x1bfX\x1bfY\r", "oneX twoY"},
		"Alt-d":                      {"one two three\x01\x1bd\x1bd\r", " three"},
		"Alt-Backspace":              {"one two-three end\x1bb\x1b\x7f\r", "one two-end"},
		"Alt-Backspace, all":         {"one\x1b\x7fX\r", "X"},
		"words of other scripts":     {"買い物 über\x1bb\x1bb\x1bd\r", " über"},
		"Ctrl-W":                     {"one two-three end\x1bb\x17\r", "one end"},
		"Ctrl-W, and what follows":   {"one two\x1bb\x17\r", "two"},
		"Ctrl-Y":                     {"one two\x17\x19\x19\r", "one twotwo"},
		"Ctrl-K and Ctrl-U":          {"abcd\x02\x02\x0bX\x15\x19\r", "abX"},
		"Delete":                     {"abc\x01\x1b[3~\x05\x1b[3~\r", "bc"},
		"Up":                         {"\x1b[A\x1b[A\r", "add Ann none Don't forget #123"},
		"Up and Down":                {"ab\x1b[A\x1b[A\x1b[B\x1b[Bc\r", "abc"},
		"a long line":                {strings.Repeat("x", repl.MaxLine) + "\r", strings.Repeat("x", repl.MaxLine)},
		"a paste":                    {"a\x1b[200~b\x1b[201~c\r", "abc"},
		"a paste of a line":          {"\x1b[200~lists\r\n\x1b[201~\r", "lists"},
		"a paste of lines":           {"a\x1b[200~b\nc\r\nd\re\n\x1b[201~f\r", "ab\nc\nd\nef"},
		"a paste in the middle":      {"<>\x02\x1b[200~a\nb\x1b[201~X\r", "<a\nbX>"},
		"two pastes":                 {"\x1b[200~a\nb\x1b[201~\x1b[200~c\nd\x1b[201~\r", "a\nbc\nd"},
		"tabs in a paste":            {"\x1b[200~add\tBob\x1b[201~\r", "add\tBob"},
		"keys in a paste":            {"\x1b[200~a\x1b[31m\x03\x04\x1a\x00b\u202e\x1b[201~\r", "a\x1b[31m\x03\x04\x1a\x00b\u202e"},
		"a paste and Ctrl-C":         {"\x1b[200~a\nb\x1b[201~\x03c\r", "c"},
		"a paste and Ctrl-D":         {"\x1b[200~a\nb\x1b[201~\x15\x04c\r", "a\nc"},
		"a paste that is no text":    {"a\x1b[200~\xff\nb\x1b[201~c\r", "ac"},
		"a paste of a line too long": {"a\x1b[200~b\n" + strings.Repeat("x", repl.MaxLine+1) + "\n\x1b[201~c\r", "ac"},
		"a paste of a megabyte": {"\x1b[200~" + strings.Repeat("add Bob none Milk\n", 60_000) + "\x1b[201~\r",
			strings.TrimSuffix(strings.Repeat("add Bob none Milk\n", 60_000), "\n")},
	} {
		t.Run(name, func(t *testing.T) {
			keys, _, ran := record(t, repl.Environment{}, repl.Settings{}, history...)
			go io.WriteString(keys, test.keys) //nolint:errcheck // what is run will tell
			got := <-ran
			if strings.HasPrefix(name, "Ctrl-R, the same again") {
				got = <-ran
			}
			assert.Equal(t, test.want, got)
			if name == "Esc in a line" {
				assert.Equal(t, "cd", <-ran)
			}
		})
	}
}

// Without a history there is nothing to find, and nothing to fail at.
func TestNoHistory(t *testing.T) {
	keys, _, ran := record(t, repl.Environment{}, repl.Settings{})
	go io.WriteString(keys, "\x12\x07\x12\x12x\x7f\x13\x1b\x12\x03\x1b.\x1b[A\x1b[Blists\r") //nolint:errcheck // as above
	assert.Equal(t, "lists", <-ran)
}

// What was pasted is to be seen before it runs, with its tabs, and what it would
// do to the terminal spelled out.
func TestPasteIsShown(t *testing.T) {
	keys, out, ran := record(t, repl.Environment{}, repl.Settings{Color: true})
	_, err := io.WriteString(keys, "\x1b[200~add Bob none one\nadd Bob none \ttwo\x1b]0;title\x07\nlists\x1b[201~")
	require.NoError(t, err)
	out.see(t, 1, "todoshell> add Bob none one\n> add Bob none     two"+`\x1b]0;title\x07`+"\n")
	out.see(t, 1, "> lists\x1b[2m  Enter runs 3 lines, Ctrl-C drops them")
	select {
	case got := <-ran:
		require.Fail(t, "it runs", got)
	default:
	}
	go io.WriteString(keys, "\r") //nolint:errcheck // as above
	assert.Equal(t, "add Bob none one\nadd Bob none \ttwo\x1b]0;title\x07\nlists", <-ran)
	out.see(t, 2, "\x1b[?2004h")
	assert.Equal(t, 1, strings.Count(out.String(), "\x1b[?2004l"))
}

// What is not UTF-8 is not taken for something else.
func TestTypedBytes(t *testing.T) {
	for _, typed := range []string{"caf\xe9!", "\xff\xfe", "\xed\xa0\x80", "日\xe6\x97 "} {
		keys, out, ran := record(t, repl.Environment{}, repl.Settings{})
		_, err := io.WriteString(keys, "lists")
		require.NoError(t, err)
		out.see(t, 1, "lists")
		_, err = io.WriteString(keys, typed)
		require.NoError(t, err)
		out.see(t, 1, "todoshell: what was typed is not valid UTF-8; nothing was taken: ")
		go io.WriteString(keys, "\r") //nolint:errcheck // as above
		assert.Equal(t, "lists", <-ran)
	}
}

// Of many pasted lines the first are shown, and how many there are.
func TestLongPasteIsShown(t *testing.T) {
	keys, out, _ := record(t, repl.Environment{}, repl.Settings{})
	_, err := io.WriteString(keys, "\x1b[200~"+strings.Repeat("add Bob none Milk\n", 1000)+"\x1b[201~")
	require.NoError(t, err)
	out.see(t, 1, "… and 898 more\n")
	out.see(t, 1, "> add Bob none Milk\n… and")
}

// A terminal that knows no escape sequences gets none, whatever is typed.
func TestPlainTerminal(t *testing.T) {
	keys, out, ran := record(t, repl.Environment{Plain: true, Width: func() int { return 30 }}, repl.Settings{}, "lists", "use Bob")
	go io.WriteString(keys, "\t\x0c\x12use\x12\x1bx\x07\x1b.\x1b[A\x1b[D\x1b[Hé\x1b[200~a\nb\x1b[201~\x1b[200~\xff\x1b[201~"+ //nolint:errcheck // as above
		strings.Repeat("long ", 20)+"\x01\x0b\x1b[Dlists\r\x03abc\x03x\r")
	<-ran
	assert.Equal(t, "x", <-ran)
	assert.NotContains(t, out.String(), "\x1b")
	assert.NotContains(t, out.String(), "\b")
}

// What a key writes does not grow with the line: it is as much as the terminal
// shows.
func TestKeysWriteLittle(t *testing.T) {
	keys, out, _ := record(t, repl.Environment{}, repl.Settings{})
	_, err := io.WriteString(keys, strings.Repeat("x", 30_000)+"END")
	require.NoError(t, err)
	out.see(t, 1, "END")
	before := len(out.String())
	const n = 20
	for range n {
		_, err = io.WriteString(keys, "\x1b[D")
		require.NoError(t, err)
	}
	_, err = io.WriteString(keys, "!")
	require.NoError(t, err)
	out.see(t, 1, "!")
	assert.Less(t, len(out.String())-before, (n+1)*2*80*24)
}
