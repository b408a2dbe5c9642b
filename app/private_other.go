//go:build !unix

package app

// keepPrivate does nothing where the folders of a home are private already.
func (*program) keepPrivate(string) error { return nil }

// createPrivate does nothing for the same reason.
func createPrivate() {}
