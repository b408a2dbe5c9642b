// Package app is the program that people run: it reads flags and variables, opens the lists,
// and starts the shell or the HTTP server that an operator has chosen. A main function only
// gives it a [Command]: a name, and the storage engine that keeps the lists.
//
// The exit codes, the files and the signals are the ones that the README names.
package app
