// Package store keeps what must survive a crash: the journal of each list, on
// disk, in one [Pebble] database.
//
// # Promises
//
// Any goroutine may call any method. When [Store.Append] returns nil, the
// changes are on disk (fsync) as a whole; lists that append at the same time
// share the fsync. When it returns an error, nothing was kept, unless the error
// wraps [todo.ErrOutcomeUnknown]. An append that does not continue the journal
// is refused with [todo.ErrConflict].
//
// While the disk is full, appends fail with code "disk_full" and reads go on;
// appends work again once there is room. After any other failure to write,
// nothing more reaches the disk, as after a power cut: appends fail with code
// "store_broken" until the store is opened anew. Reads go on; they may show
// changes whose outcome is unknown. [Store.Close] may be called twice; nothing
// may be called after it. Where a context has ended, nothing is done: the error is
// that of the context, and an iterator yields it in place of what would come next.
//
// What is on disk is checked when it is read: a damaged record or one of an
// unknown version is an error of code "damaged" that names the list and the
// revision. It is never guessed at and never left out. A disk that cannot be
// read is an error without that code. One thing cannot be told from a write that
// was interrupted: damage at the end of the log of a store that was not closed,
// in its last block of 32 KiB or in what the latest few fsyncs wrote. The log ends
// there.
//
// # Keys
//
//	n NAME               the head of a list: how far its journal and snapshot go
//	s NAME               the list's latest snapshot
//	j NAME 00 REVISION   a record of its journal: REVISION, 8 bytes, big-endian,
//	                     is that of the last change in the record
//
// A name holds no control characters, so that 00 ends it. Heads lie side by side:
// listing all names reads nothing else.
//
// The values are those of [todoshell/store/codec].
//
// [Pebble]: https://pkg.go.dev/github.com/cockroachdb/pebble/v2
package store
