// Package store keeps what must survive a crash: the journal of each list, on
// disk, in one [Pebble] database.
//
// # Promises
//
// Any goroutine may call any method. When [Store.Append] returns nil, the batch
// is on disk (fsync) as a whole; lists that append at the same time share the
// fsync. When it returns an error, nothing was kept, unless the error wraps
// [todo.ErrOutcomeUnknown]. An append to another version than the list has is
// refused with [todo.ErrConflict].
//
// Versions come from one counter, in the order of the log, and none is ever given
// twice: neither after a drop, nor after an append of unknown outcome, nor after a
// crash. A list that is dropped keeps its head, with its version, the append that
// ended with the drop, and what it remembers of operations.
//
// Whoever follows ([Store.Follow]) is told of every append once it is durable: in
// the order of the versions while it comes, and before [Store.Append] returns; list
// by list what was before. Nothing is told of an append whose fsync has failed, and
// [Store.Since] says that it can't know about it. [Store.Load], [Store.History],
// [Store.Heads], [Store.Due] and [Store.Totals] already show appends whose fsync is
// under way.
//
// While the disk is full, appends fail with code "disk_full" and reads go on;
// appends work again once there is room. After any other failure to write,
// nothing more reaches the disk, as after a power cut: appends fail with code
// "store_broken" until the store is opened anew. Reads go on; they may show
// changes whose outcome is unknown. [Store.Close] may be called twice; it ends all
// following, and nothing else may be called after it. Where a context has ended,
// nothing is done: the error is that of the context, and an iterator yields it in
// place of what would come next.
//
// What is on disk is checked when it is read: a damaged record or one of an
// unknown version is an error of code "damaged" that names the list and the
// revision. It is never guessed at and never left out. A disk that cannot be
// read is an error without that code. One thing cannot be told from a write that
// was interrupted: damage at the end of the log of a store that was not closed,
// in its last block of 32 KiB or in what the latest few fsyncs wrote. The log ends
// there.
//
// Journals and snapshots are what counts. Heads, the index by days and the totals
// say of them what an overview needs to know; [Store.Check] compares them, and if they
// are wrong the next opening writes them anew. Data of earlier versions, which did
// not have all of that, is brought up to date when it is opened, a thousand lists at
// a time; being cut off does no harm. A list that can't be read then keeps its old
// head, which counts as one open entry of the first day there is: so whoever looks for
// entries looks into the list and gets the error.
//
// # Replicas
//
// A store is opened to make appends, or, with [OpenReplica], as a replica of what a cluster's
// streams hold. A replica takes no appends. [Store.Apply] changes it, and only that: with
// batches that are durable in the streams, whose versions come from there. Each list belongs to
// a partition ([PartitionOf]), and versions grow within a partition: so a position has one for
// each. Nobody waits for an fsync. How far the streams were followed is written with what came
// from them, so that after a crash a replica is as it was at an earlier position, and goes on
// from there. Everything that reads works as in other stores, and sees a batch of updates as a
// whole or not at all. What is told is told after that.
//
// A replica follows its own source and no other, and is not opened without it; a folder with
// lists of its own becomes no replica: these are errors of the code [CantOpen]. A backup of a replica
// is a folder of an ordinary store, in which the versions go on above all that there are.
//
// # Keys
//
//	n NAME               the head of a list: what it holds, and how far its journal
//	                     and snapshot go
//	s NAME               the list's latest snapshot
//	j NAME 00 REVISION   a record of its journal: REVISION, 8 bytes, big-endian,
//	                     is that of the last change in the record; 0 is the append
//	                     that ended with the drop of an earlier list of the name
//	d DAY NAME           the index by first open days: DAY, 4 bytes, big-endian,
//	                     is a number as in the values; there is no value
//	k                    16 random bytes, drawn when the folder was made: see [Store.Secret]
//	t                    the totals, with the version of the latest append; they are
//	                     not there from the first append to Close, and counted anew
//	                     after a crash
//	r                    in a replica: its source, and how far it has followed that; written
//	                     with the records that this includes
//	tr                   a check has found that heads, index or totals are wrong
//
// A name holds no control characters, so that 00 ends it. Heads lie side by side:
// an overview of all lists reads nothing else.
//
// The values are those of [todoshell/store/codec].
//
// [Pebble]: https://pkg.go.dev/github.com/cockroachdb/pebble/v2
package store
