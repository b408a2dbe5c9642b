// Package todo has the rules of to-do lists: what an entry and a list are, which changes
// there are, and what each of them does. It knows no clock, no file, no network and no
// goroutine, so that all of it can be tested by calling functions.
//
// A [List] is a value that never changes: it is the fold of its journal, the
// [Change] records that its commands made, and [List.Apply] is the one function
// that applies them. Whoever holds a List may read it from any goroutine for as long
// as they like.
//
// Commands run on a [Draft], a list that is being changed. Each command either
// applies one Change and says what came of it, or returns an [Error] and leaves
// the draft as it was. Undo and redo are changes like the others: a journal
// only ever grows.
//
//	draft := list.Draft()
//	entry, err := draft.Add(date, "Dentist")
//	list = draft.Snapshot()
//
// A [Date] is a civil date, which no time zone shifts; [ParseDate] and
// [ParseSpan] read the words people use for dates.
package todo
