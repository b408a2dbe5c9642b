// Package app is the program todoshell but for its main function: what an operator chooses,
// by flags and variables, and how the other packages are put together for it. A [Command]
// says what is left: a name, and the storage engine that keeps the lists.
//
// The exit codes, the files and the signals are the ones that the README names.
package app
