// Package codec turns what a to-do list is made of into bytes that are kept, and
// those bytes back: the records of its journal, snapshots of the list, and heads.
// It reads and writes no files, so that every storage engine can keep the same
// bytes.
//
// A value is one byte of version, the body, and the CRC-32C of both, four bytes,
// little-endian. The version is 3. In a body a number is a uvarint and a string a
// number of bytes and the bytes, as in encoding/binary; a date is a number, days
// since 0000-12-31, 0 for none.
//
//	record    time (nanoseconds since 1970, 8 bytes, little-endian), id of the
//	          batch (16 bytes), version of the list before it, first revision,
//	          number of changes, and each change; version of the list with it
//	          (8 bytes, little-endian)
//	change    kind, who made it, operation, revision - Earlier, Of, Later, number
//	          of edits, and each edit
//	edit      flags, id, entry before, entry after
//	entry     date, title
//	snapshot  revision, last id, undo revision, redo revision, number of entries,
//	          and for each entry in order: id<<1 | done, date, title; memories
//	memories  number of operations, and for each:
//	          revision<<2 | list is gone<<1 | dropped it, operation
//	operation key (16 bytes), request (8 bytes)
//	head      version of the list, revision (0: dropped), entries, open entries,
//	          first open day, revision of the snapshot + 1 (0: none), entries in
//	          the snapshot, edits since the snapshot
//	totals    version of the latest append, lists, open entries
//	replica   id of the source, number of partitions, version of each
//
// A kind of 128 and more says that an operation follows, and one with a bit of 64
// that the name of who made the change follows; otherwise it was made by the one
// who made the change before it, the first one by whoever holds the data.
//
// The flags of an edit are 1: there is a before, 2: there is an after, 4: before
// is done, 8: after is done, 16: the date after is left out, being that before,
// 32: so is the title.
//
// Values of the versions 1 and 2 are read, too. They have no versions of lists, for
// which the revision stands, and no names of who made a change. A head is the revision,
// that of the snapshot (0: none), entries in the snapshot, edits since the snapshot; one
// of version 2 is that of a dropped list and holds nothing but memories. There are
// memories and operations only in version 2, where a memory is the revision, 0 if the list
// is gone, and the operation.
//
// What is decoded is checked: a value that was damaged or that a newer version
// has written is an error of code "damaged", and is never guessed at.
package codec
