// Package app is the program todoshell but for its main function, so that another
// command can be made of it. It reads what an operator chooses, flags and variables, and
// puts the store under the cache and the session over it.
//
// Its exit codes, its files and its signals are the ones that the README names.
package app
