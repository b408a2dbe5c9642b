// Package torture tests the whole program under failures: power cuts, failing and full
// disks, kill -9, crashing servers, damaged files. Whatever happens, no change that was
// answered may be lost, and no answer may be wrong.
//
// It is tests alone. go test runs the short form of each part. TORTURE=10m
// go test -timeout 0 runs the long form, which shares that time among the parts,
// and prints a line of figures for each; see "make torture". A failure names the
// seed of its round: TORTURE_SEED=N runs that round alone.
//
// The part Cluster runs three nats-servers and three nodes, as processes of their own, with
// clients on all of them: over HTTP with keys and without, in shells, at streams of events.
// One trouble comes after the other, and after each the nodes must soon have the same. The
// long form has them all, and takes five minutes at least; TORTURE_TROUBLES=leader,power has those
// with such names. Troubles that need network namespaces or FUSE are left out where
// there are none, which is printed. TORTURE_DIR=DIR keeps the data and what the processes said.
package torture
