// Package attach lets a shell run where the data is and be used from elsewhere.
//
// The process that holds a data folder has the [todoshell/repl.Session]; another
// one is its terminal. [Server] is the one side, [Client] the other. Between them
// is a WebSocket, over a unix socket in the folder or over a network. There is no
// second implementation of the language: the client knows no commands.
//
// # Messages
//
// The client has one task at a time under way. It sends all that has become of
// its session so far along with the task, and gets it back with the result, so
// that the server keeps nothing between tasks, and another server, or a session
// of the client's own, can go on.
//
// Meanwhile the server sends what is written to standard output and standard
// error, in one order, and asks: for more of a script, for the files that commands
// read and write, for a confirmation. Nothing is sent that was not asked for, so
// that no side ever has to take in more than it has room for, and a cancellation
// always gets through.
//
// # Loss
//
// A client whose server has gone says whether the task can have begun: [Gone] is
// that it has not, [Lost] that nobody knows how far it came. A server whose client
// has gone finishes what is begun and reads no more.
package attach
