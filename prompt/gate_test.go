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

type gated struct {
	repl.Shell
	options repl.Options
}

func (g *gated) Settings() *repl.Options { return &g.options }

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
			g := new(gate)
			terminal := &slowTerminal{wrote: func() { g.closed.Store(true) }}
			s := &gated{options: repl.Options{Out: terminal, Err: &terminal.Buffer, Color: test.color}}
			err := g.run(s, func() error {
				n, err := s.options.Out.Write([]byte(strings.Repeat("row\n", 100_000)))
				assert.Equal(t, 400_000, n, "a cut answer is no failure of the terminal")
				if test.complains {
					repl.Report(s.options.Err, false, context.Canceled)
				}
				_, _ = s.options.Out.Write([]byte("more"))
				return err
			})
			require.NoError(t, err)
			rows := strings.TrimLeft(terminal.String(), "row\n")
			assert.LessOrEqual(t, terminal.Len()-len(test.want), pieceSize)
			assert.True(t, strings.HasSuffix(terminal.String(), test.want), rows)
			assert.Same(t, terminal, s.options.Out)
		})
	}
}
