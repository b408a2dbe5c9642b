// Package cluster keeps the same lists on many machines: it is a storage engine whose journal
// is a set of NATS JetStream streams. Each node has a replica of all lists in its data folder, a
// [todoshell/store.Store], so that whatever only looks is done there.
//
// # Streams and messages
//
// The lists are divided into partitions by their names: [todoshell/store.PartitionOf]. Each
// partition is a stream, kept by several servers, and the sequence of a message is the version
// of the list that it is about. In the space "todo", the partition 3 is the stream TODO_03 with
// the subjects
//
//	todo.03.l.NAME  the appends to a list; in its name, bytes other than letters, digits, - and _
//	                are written as = and two hexadecimal digits
//	todo.03.bar     barriers: messages without a body, of which only the latest is kept
//	todo.00.secret  what all nodes seal versions and positions with for their clients, 16 random bytes
//
// An append is one message, or several of an atomic batch where it is larger than a message may
// be; then the header Todo-Part says which of how many each is, and the sequence of the last is
// the version. The appends of an upload come many in an atomic batch: the header Todo-Follows says that
// the version before one of them is the sequence of the message before. The body is one byte and what it says:
//
//	r  a record: see [todoshell/store/codec]. The version in it means nothing
//	d  a drop: the length of a snapshot (a uvarint), a snapshot of the list as the drop leaves
//	   it, with what it remembers, and the record that ends with the drop. The message replaces
//	   all before it of its subject, and stays
//
// # How it works
//
// An append is published on the condition that the latest message of its subject is the list's
// version. What is acknowledged is on the disks of most of the servers. A follower of each
// partition reads the stream and is the only one who changes the replica, in the order of the
// stream; the append waits for it, and so do the feed and everyone who watches.
//
// A barrier is a message that is published and waited for: when the follower has come to it, the
// replica has all that anyone was answered before.
//
// When no acknowledgement comes, a barrier tells whether the append is there: it is found by the id of
// its batch. Where it is not, it is published again, on the same condition, so that one of the two
// at most is stored. All of this ends after [patience].
package cluster
