// Package codec turns what a to-do list is made of into bytes that are kept, and
// those bytes back: the records of its journal, snapshots of the list, and heads.
// It reads and writes no files, so that every storage engine can keep the same
// bytes.
//
// A value is one byte of version, the body, and the CRC-32C of both, four bytes,
// little-endian. The version is 2 where there are operations in it, else 1. In a
// body a number is a uvarint and a string a number of bytes and the bytes, as in
// encoding/binary; a date is a number, days since 0000-12-31, 0 for none.
//
//	head      revision, revision of the snapshot, entries in the snapshot,
//	          edits since the snapshot
//	          of version 2: there is no list; memories
//	snapshot  revision, last id, undo revision, redo revision, number of entries,
//	          and for each entry in order: id<<1 | done, date, title; memories
//	record    time (nanoseconds since 1970, 8 bytes, little-endian), operation id
//	          (16 random bytes), first revision, number of changes, and each change
//	change    kind, operation, revision - Earlier, Of, Later, number of edits, and
//	          each edit
//	edit      flags, id, entry before, entry after
//	entry     date, title
//	memories  number of operations, and for each: revision, operation
//
// In version 1 there are no memories. In version 2 a kind of 128 and more says
// that an operation follows, its key (16 bytes) and request (8 bytes); the kind
// is 128 less.
//
// The flags of an edit are 1: there is a before, 2: there is an after, 4: before
// is done, 8: after is done, 16: the date after is left out, being that before,
// 32: so is the title.
//
// What is decoded is checked: a value that was damaged or that a newer version
// has written is an error of code "damaged", and is never guessed at.
package codec
