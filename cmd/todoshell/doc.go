// Command todoshell is a to-do shell for many lists at once.
//
// This package only wires: it reads what an operator chooses, flags and
// variables, and puts the store under the cache and the session over it. Its
// exit codes, its files and its signals are the ones that the README names.
package main
