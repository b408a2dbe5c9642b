// Package attach lets several shells use the same lists, in other processes and on
// other machines. The one process that has the data open runs the commands; the
// others send it what is typed, and show what it answers.
//
// [Server] is the side with the data and the [todoshell/repl.Session], [Client] the
// other. Between them is a WebSocket, over a unix socket in the data folder or over a
// network. There is no second implementation of the language: the client runs no
// commands. It reads its lines with the parser of the session, though, since it trusts
// no server.
//
// # Messages
//
// The client has one task at a time under way. It sends the state of its session
// ([todoshell/repl.State]) along with the task, and gets it back with the result.
// So the server keeps nothing between tasks, and another server, or a session in the
// client's own process, can go on in its place.
//
// Meanwhile the server sends what is written to standard output and standard error,
// in one order, and asks questions: for more of a script, or for what a command needs,
// such as a file to read or to write, or a confirmation. The client sends nothing
// else that it was not asked for, so that neither side must hold more than it has room
// for, and a cancellation always gets through.
//
// # Trust
//
// A client gives a server what the lines need that the server has been sent, and
// nothing else. It works that out itself ([todoshell/repl.Follower]) from what is typed or
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
// next; 1 MiB to a client. At most 200 words are found to complete one. Replies that
// nobody waits for are dropped.
//
// # Loss
//
// A client that loses its server says whether the task can have begun: [IsGone] means
// that it has not, [IsLost] that nobody knows how far it got. A server that loses its
// client finishes the commands that it has begun, and reads no more.
//
// A single command that changes a list carries a key ([todoshell/repl.Task]), which the
// list remembers. If its server is lost, it is given to the next one with the same key,
// and its change is made once ([CanRepeat]). Its answer is shown when it is complete,
// so that none is shown twice.
package attach
