// Package torture tests the whole program under failures: power cuts, failing and full
// disks, kill -9, crashing servers, damaged files. Whatever happens, no change that was
// answered may be lost, and no answer may be wrong.
//
// It is tests alone. go test runs the short form of each part. TORTURE=10m
// go test -timeout 0 runs the long form, which shares that time among the parts,
// and prints a line of figures for each; see "make torture". A failure names the
// seed of its round: TORTURE_SEED=N runs that round alone.
package torture
