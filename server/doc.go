// Package server runs one to-do list: a [Server] is a mailbox, a goroutine
// while there is mail, and the list's current value.
//
// # Concurrency
//
// Any goroutine may call any method. [Server.Post] never waits: it puts a
// [Request] into the mailbox. The server's goroutine takes all that waits there
// as one batch, runs it in the order of posting, appends the changes to the
// [Log] as one record, publishes the new list, and only then tells each request
// that it is done. So an answered change is durable, one append serves many
// callers, and a reader who takes the published list never waits for a writer.
//
// An idle server has no goroutine and costs about a hundred bytes.
//
// Where a context has ended, nothing is done: the error is that of the context.
//
// # Promises
//
//   - Every accepted request is told exactly once how it ended, also when the
//     server stops or a request panics.
//   - A request that ended with an error changed nothing, save for
//     [todo.ErrOutcomeUnknown].
//   - The journal is the truth: after a panic or a failed append the server
//     forgets its list and loads it again before it runs anything else.
//   - After [Server.Stop] has returned, the server appends nothing any more.
package server
