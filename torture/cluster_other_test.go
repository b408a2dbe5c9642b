//go:build unix && !linux

package torture

// runAsChild: machines are made on Linux alone.
func runAsChild() (code int, isOne bool) { return 0, false }
