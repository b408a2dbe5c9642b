package prompt

import (
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A piece is what comes of the keys in one read, so long after the one before.
type piece struct {
	after time.Duration
	text  string
}

// pieces are what is typed.
type pieces []piece

func (p *pieces) Read(b []byte) (int, error) {
	if len(*p) == 0 {
		return 0, io.EOF
	}
	next := (*p)[0]
	<-time.After(next.after) // the clock is that of synctest
	n := copy(b, next.text)
	if (*p)[0] = (piece{0, next.text[n:]}); n == len(next.text) {
		*p = (*p)[1:]
	}
	return n, nil
}

// keysOf returns the keys that the pieces are.
func keysOf(t *testing.T, typed ...piece) (keys []key) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		k := newKeyboard((*pieces)(&typed))
		for {
			got, err := k.key()
			if err != nil {
				require.ErrorIs(t, err, io.EOF)
				return
			}
			keys = append(keys, got)
		}
	})
	return keys
}

func TestKeys(t *testing.T) {
	text := func(s string) key { return key{insert, s} }
	late := escTime + time.Millisecond
	for name, test := range map[string]struct {
		typed []piece
		want  []key
	}{
		"text at once":              {[]piece{{0, "add Bob"}, {0, " x"}}, []key{text("add Bob"), text(" x")}},
		"a character in two reads":  {[]piece{{0, "a\xe7"}, {time.Hour, "\x89\x9b"}}, []key{text("a"), text("牛")}},
		"bad UTF-8":                 {[]piece{{0, "a\xffb"}}, []key{text("a\xffb")}},
		"controls in text":          {[]piece{{0, "a\u009b1mb"}}, []key{text("a1mb")}},
		"keys without a meaning":    {[]piece{{0, "\x00\x16\x1c\x1d\x1e\x1fa"}}, []key{text("a")}},
		"Enter":                     {[]piece{{0, "a\rb\n"}}, []key{text("a"), {text: "\r"}, text("b"), {text: "\n"}}},
		"Esc, and a key later":      {[]piece{{0, "\x1b"}, {late, "b"}}, []key{{action: leaveSearch}, text("b")}},
		"Alt, in two reads":         {[]piece{{0, "\x1b"}, {escTime - 1, "b"}}, []key{{action: moveWordLeft}}},
		"Esc, twice":                {[]piece{{0, "\x1b\x1b"}, {late, "b"}}, []key{{action: leaveSearch}, {action: leaveSearch}, text("b")}},
		"Esc and Enter":             {[]piece{{0, "\x1b\r"}}, []key{{action: leaveSearch}, {text: "\r"}}},
		"Esc and Ctrl-C":            {[]piece{{0, "\x1b\x03"}}, []key{{action: leaveSearch}, {text: "\x03"}}},
		"Alt and a wide character":  {[]piece{{0, "\x1b牛x"}}, []key{text("x")}},
		"arrows":                    {[]piece{{0, "\x1b[A\x1bOB\x1b[1;5C"}}, []key{{text: "\x10"}, {text: "\x0e"}, {action: moveWordRight}}},
		"an arrow in pieces":        {[]piece{{0, "\x1b"}, {1, "["}, {sequenceTime - 1, "D"}}, []key{{text: "\x02"}}},
		"an arrow broken off":       {[]piece{{0, "\x1b[1;"}, {sequenceTime + 1, "x"}}, []key{text("x")}},
		"an arrow cut off by Enter": {[]piece{{0, "\x1b[1\rx"}}, []key{{text: "\r"}, text("x")}},
		"function keys":             {[]piece{{0, "\x1b[15~\x1b[[A\x1bOP\x1b[1;2Px"}}, []key{text("x")}},
		"Delete":                    {[]piece{{0, "\x1b[3~\x1b[3;5~"}}, []key{{action: deleteRight}, {action: killWordRight}}},
		"a paste":                   {[]piece{{0, "a\x1b[200~b\tc\r\nd\x1b[201~e"}}, []key{text("a"), {insertPaste, "b\tc\r\nd"}, text("e")}},
		"an end alone":              {[]piece{{0, "\x1b[201~a"}}, []key{text("a")}},
		"keys in a paste": {[]piece{{0, "\x1b[200~a\x03\x04\x1a\x1b[A\x1b[200~\x1bb\x00\x1b[201~c"}},
			[]key{{insertPaste, "a\x03\x04\x1a\x1b[A\x1b[200~\x1bb\x00"}, text("c")}},
		"Ctrl-C at the end of a read": {[]piece{{0, "\x1b[200~a\x03"}, {escTime - 1, "b\n\x1b[201~"}}, []key{{insertPaste, "a\x03b\n"}}},
		"a paste without an end": {[]piece{{0, "\x1b[200~a\nb\n"}, {time.Hour, "c\x03"}, {late, "lists\r"}},
			[]key{{text: "\x03"}, text("lists"), {text: "\r"}}},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, test.want, keysOf(t, test.typed...)) })
	}
}

// Whatever key is pressed together with Alt, it is not typed.
func TestAltTypesNothing(t *testing.T) {
	for c := ' '; c <= '~'; c++ {
		keys := keysOf(t, piece{0, "\x1b" + string(c)}, piece{time.Second, "!"})
		require.NotEmpty(t, keys)
		assert.Equal(t, key{insert, "!"}, keys[len(keys)-1], "behind Alt-%c", c)
		assert.LessOrEqual(t, len(keys), 2)
		for _, k := range keys[:len(keys)-1] {
			assert.Contains(t, []action{moveWordLeft, moveWordRight, killWordRight, lastArgument}, k.action, "Alt-%c", c)
		}
	}
}

// However the end of a paste comes in pieces, it is the end.
func TestPasteInPieces(t *testing.T) {
	text := pasteBegin + "one\ntwo\x1b[20\x1b[201" + pasteEnd
	want := []key{{insertPaste, "one\ntwo\x1b[20\x1b[201"}, {insert, "x"}}
	for i := 1; i < len(text); i++ {
		assert.Equal(t, want, keysOf(t, piece{0, text[:i]}, piece{escTime - 1, text[i:] + "x"}), "%q and %q", text[:i], text[i:])
	}
	var single []piece
	for _, c := range []byte(text + "x") {
		single = append(single, piece{escTime - 1, string([]byte{c})})
	}
	assert.Equal(t, want, keysOf(t, single...))
}

// A paste that is longer than one may be is noticed, and takes no more memory.
func TestLongPaste(t *testing.T) {
	keys := keysOf(t, piece{0, pasteBegin + strings.Repeat("x", 3*maxPaste) + pasteEnd + "y"})
	require.Len(t, keys, 2)
	assert.Len(t, keys[0].text, maxPaste+1)
	assert.Equal(t, key{insert, "y"}, keys[1])
}

// Readline gets what is typed at once as one key: for each it takes time in
// proportion to the line.
func TestTypedAtOnce(t *testing.T) {
	for _, n := range []int{4 << 10, 64 << 10} {
		k := newKeyboard(strings.NewReader(strings.Repeat("x", n) + "\r"))
		var given []byte
		for b := make([]byte, 1); !slices.Contains(given, '\r'); given = append(given, b...) {
			_, err := k.Read(b)
			require.NoError(t, err)
			if b[0] == bell {
				<-k.keys
			}
		}
		assert.LessOrEqual(t, len(given), n/4096+2)
	}
}
