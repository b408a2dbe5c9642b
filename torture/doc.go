// Package torture holds the promises of the whole to what they say: nothing
// answered is lost, and nothing wrong is ever told, whatever happens to the
// power, the disk, the process, the servers and the files.
//
// It is tests alone. go test runs the short form of each part. TORTURE=10m
// go test -timeout 0 runs the long form, which shares that time among the parts,
// and prints a line of figures for each; see "make torture". A failure names the
// seed of its round: TORTURE_SEED=N runs that round alone.
package torture
