// Package storetest is what every engine that keeps lists must pass: tests of what
// servers and the cache rely on, whatever stores the journals and wherever that is.
//
// An engine's own tests call [Run] with a function that opens a new, empty store, and
// one that opens it again, as a program does that was ended and started anew.
package storetest
