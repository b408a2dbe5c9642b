// Package server runs one to-do list. A [Server] is what the actor pattern calls an
// actor: a mailbox for requests, a goroutine that works through them, and the
// list, which nobody else may change.
//
// # How it works
//
// Any goroutine may call any method. [Server.Post] puts a [Request] into the mailbox
// and never waits. The server's goroutine takes all requests that wait there as one
// batch and runs them, in the order of posting, on a draft of the list. It appends
// the changes that they made to the list's journal (the [Log]) as one record. When that
// is durable, the server publishes the new list, and only then tells each request
// that it is done. So an answered change is on disk, one append serves many callers,
// and whoever reads the published list never waits for a writer.
//
// The journal may also be appended to by others: by another process, where several
// share one log. The log's feed tells of every append, and [Server.Follow] brings those
// to this list: one that continues the published list is applied to it, and after a gap
// the list is loaded again.
//
// So a list may be behind what others have been told. An append is made only on the newest
// list. A request that changed nothing because a command failed, or found nothing to
// do, is answered when the log says that the list it ran on was the newest ([Log.Fresh]),
// and runs again otherwise. One that only looks is answered at once.
//
// An idle server has no goroutine and costs about a hundred bytes. A [System] is what
// the servers of a process share; its scheduler bounds how many run at a time.
//
// Where a context has ended, nothing is done: the error is that of the context.
//
// # Promises
//
//   - Every accepted request is told exactly once how it ended, also when the
//     server stops or a request panics.
//   - A request that ended with an error changed nothing, save for
//     [todo.ErrOutcomeUnknown]. A command that failed would have failed on the newest
//     list too.
//   - An append whose outcome is not known is looked for in the journal, by the id of
//     its batch, and appended again if it is not there. The outcome stays unknown only
//     where the log cannot tell.
//   - The journal is the truth: after a panic or a failed append the server
//     forgets its list and loads it again before it runs anything else.
//   - After [Server.Stop] has returned, the server appends nothing any more.
package server
