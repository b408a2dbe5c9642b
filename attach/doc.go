// Package attach lets a shell run where the data is and be used from elsewhere.
//
// The process that holds a data folder has the [todoshell/repl.Session]; another
// one is its terminal. [Server] is the one side, [Client] the other. Between them
// is a WebSocket, over a unix socket in the folder or over a network. There is no
// second implementation of the language: the client runs no commands. It reads its
// lines with the parser of the session, though, since it trusts no server.
//
// # Messages
//
// The client has one task at a time under way. It sends all that has become of
// its session so far along with the task, and gets it back with the result, so
// that the server keeps nothing between tasks, and another server, or a session
// of the client's own, can go on.
//
// Meanwhile the server sends what is written to standard output and standard
// error, in one order, and asks: for more of a script, and to take what a command
// needs, such as a file to read or to write, or a confirmation. Nothing is sent
// that was not asked for, so that no side ever has to take in more than it has
// room for, and a cancellation always gets through.
//
// # Trust
//
// A client gives a server what the lines need that it has sent to it, and nothing
// else. It works that out itself ([todoshell/repl.Follower]) from what is typed or
// given, and from scripts as it sends them: which files, each to be read or to be
// written, once for each line that names it, and no longer than the server is
// about that part of the script. (Whether a line comes to run, only the server
// knows: what stands behind an exit, or behind a failure with --bail, it may take
// as well.) So too for standard input, the history, confirmations, and the clearing
// of the terminal. A server that asks for anything else is left, with an error that
// says what it was. Files are completed by the client, which asks the server only
// for names and ids. Of what a server sends, a terminal gets text and colours
// ([todoshell/repl.TextWriter]). A server that does not end what was interrupted is
// left after ten seconds.
//
// A server does no more for a client than its grant covers, and finds that out
// before it asks for anything. Messages have bounds, also in memory: 2 MiB to a
// server, which is for a task, or for what a file, a script or the history holds
// next; 1 MiB to a client. A lookUp finds at most 200 words. Replies that nobody
// waits for are dropped.
//
// # Loss
//
// A client whose server has gone says whether the task can have begun: [Gone] is
// that it has not, [Lost] that nobody knows how far it came. A server whose client
// has gone finishes what is begun and reads no more.
package attach
