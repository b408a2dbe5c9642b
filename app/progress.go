package app

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows on standard error how far a long read is, where that is a
// terminal.
func (p *program) progress(r io.Reader, size int64, what string) (shown io.Reader, done func()) {
	if !isTerminal(p.stderr) {
		return r, func() {}
	}
	bar := progressbar.NewOptions64(size,
		progressbar.OptionSetWriter(p.stderr),
		progressbar.OptionSetDescription(what),
		progressbar.OptionShowBytes(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetRenderBlankState(false))
	reader := progressbar.NewReader(r, bar)
	return &reader, func() { _ = bar.Finish() }
}
