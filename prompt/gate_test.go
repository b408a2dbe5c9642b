package prompt

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/repl"
)

// A slow terminal is one that takes what is written in its own time.
type slowTerminal struct {
	bytes.Buffer
	wrote func()
}

func (s *slowTerminal) Write(b []byte) (int, error) {
	s.wrote()
	return s.Buffer.Write(b)
}

// After an interrupt no more than what was just being written is shown of an
// answer, and what ended it comes last.
func TestGate(t *testing.T) {
	for name, test := range map[string]struct {
		complains, color bool
		want             string
	}{
		"an answer is dropped": {false, false, "\ntodoshell: interrupted; the answer is cut short\n"},
		"with colours":         {false, true, "\x1b[0m\ntodoshell: interrupted; the answer is cut short\n"},
		"the command says why": {true, false, "\ntodoshell: interrupted\n"},
	} {
		t.Run(name, func(t *testing.T) {
			terminal := new(slowTerminal)
			g := &gate{answers: terminal, errors: &terminal.Buffer}
			terminal.wrote = g.close
			g.begin(test.color)
			n, err := g.Write([]byte(strings.Repeat("row\n", 100_000)))
			require.NoError(t, err)
			assert.Equal(t, 400_000, n, "a cut answer is no failure of the terminal")
			if test.complains {
				repl.Report(complaints{g}, false, context.Canceled)
			}
			_, err = g.Write([]byte("more"))
			require.NoError(t, err)
			var state repl.State
			g.end(&state)
			assert.Equal(t, !test.complains, state.Failed)
			rows := strings.TrimLeft(terminal.String(), "row\n")
			assert.LessOrEqual(t, terminal.Len()-len(test.want), pieceSize)
			assert.True(t, strings.HasSuffix(terminal.String(), test.want), rows)
			terminal.wrote = func() {}
			_, err = g.Write([]byte("the next answer"))
			require.NoError(t, err)
			assert.True(t, strings.HasSuffix(terminal.String(), "the next answer"))
		})
	}
}
