// Package repl carries out what people type into the shell: it reads a line such as
// "add Bob 2024-01-01 Dentist", changes or reads the list, and prints the answer. It
// runs single lines and whole scripts alike; how lines are edited at a terminal is the
// business of package prompt.
//
// # Language
//
// A line is one command: VERB LIST ARGUMENTS. A # at the start of a line makes
// it a comment; empty lines do nothing. Words are split as
// [github.com/google/shlex] splits them, so a name with a blank is quoted, and a
// word that begins with # ends the line. A TITLE is the rest of the line as it
// is: only where all of it is one quoted word do its quotes come off. The names
// of lists are compared byte for byte; . stands for the list in use. A line has
// at most [MaxLine] bytes. Windows line ends, a byte-order mark and a missing
// last newline are read as people mean them.
//
// [NewTable] returns the commands. One row gives a command's arguments, its
// help, its completion, its hint, and what runs it.
//
// # Answers
//
// An answer is made of records. A plain line shows their fields with tabs
// between them, and a tab, a newline or a backslash inside a title as \t, \n and
// \\; an object has them by their keys; a table is for a person. An error is one
// line, or one object, on the error stream, in the order of its command.
//
// # Order and durability
//
// A [Session] runs scripts, of which a line typed at the prompt is one. Answers
// come in the order of the lines, and each command sees all that the lines above
// it did. An answer is printed when what it tells is durable. A script is read
// ahead by at most 65,536 lines; commands on one list keep their order, lists
// work side by side, and a command over many lists waits for those before it.
//
// What a session reads, writes and asks is its [Environment], which stays as it is.
// What its commands change is its [State], which begins with the [Settings] that an
// operator has chosen; another session can go on from there. A [Shell] is a session,
// or something that has one elsewhere run the lines. It is used by one goroutine, and
// leaves none behind but for a read that nothing can end.
package repl
