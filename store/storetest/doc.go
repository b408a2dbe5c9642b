// Package storetest is a suite of tests that every storage engine must pass before the
// program can run on it. It tests what the servers of lists and the cache rely on: versions,
// conflicts, the feed, heads, histories, and what is there after a restart.
//
// An engine's own tests call [Run] with a function that opens a new, empty store, and
// one that opens it again, as a program does that was ended and started anew.
package storetest
