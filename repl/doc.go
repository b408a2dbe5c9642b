// Package repl is the shell's language: the words that people type, and what
// comes back.
package repl
