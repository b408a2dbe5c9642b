package repl_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/repl"
)

// A canceler is who interrupts an answer as soon as it begins.
type canceler struct {
	bytes.Buffer
	cancel context.CancelFunc
}

func (c *canceler) Write(b []byte) (int, error) {
	c.cancel()
	return c.Buffer.Write(b)
}

// An answer that nobody waits for any more is not laid out to its end.
func TestCutAnswer(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	out := &canceler{cancel: func() {}}
	var errs bytes.Buffer
	s := newSession(t, repl.Environment{Out: out, Err: &errs}, repl.Settings{Table: true})
	const rows = 20_000
	require.NoError(t, s.Do(t.Context(), repl.Task{Text: strings.Repeat("add Bob none Milk\n", rows)}))
	out.Reset()
	out.cancel = cancel
	require.NoError(t, s.Do(ctx, repl.Task{Text: "entries Bob"}))
	assert.Less(t, strings.Count(out.String(), "\n"), rows/2)
	assert.Equal(t, "todoshell: interrupted; the answer is cut short\n", errs.String())
	assert.True(t, s.State().Failed)
}
