package cache

import (
	"context"
	"iter"

	"todoshell/server"
	"todoshell/todo"
)

// A Log keeps many lists: their journals, what an overview needs of them, and a
// feed of all that is appended.
type Log interface {
	server.Log
	Overview
	Feed
}

// An Overview tells of many lists without loading them. Where the context has
// ended, or on any other error, an iterator yields that and ends.
type Overview interface {
	// Heads goes through the heads of all lists whose names begin with prefix, in
	// the byte order of the names, those before from left out. Lists that have been
	// dropped are among them, with the revision 0.
	Heads(ctx context.Context, prefix, from string) iter.Seq2[todo.Head, error]

	// Due goes through the names of the lists that begin with prefix and have a dated
	// open entry until a day, by their first open day.
	Due(ctx context.Context, prefix string, until todo.Date) iter.Seq2[string, error]

	// Find goes through the entries whose titles match, of the lists whose names begin
	// with prefix, those before from left out: by the byte order of the names, and each
	// list's by [todo.Entry.Compare]. Matches may be called from several goroutines at the
	// same time, and must not keep the title. What is not yet durable is not found.
	Find(ctx context.Context, prefix, from string, matches func(title []byte) bool) iter.Seq2[todo.Found, error]

	// Totals counts what all lists hold together.
	Totals(ctx context.Context) (todo.Totals, error)
}

// A Feed tells of every append, whoever made it.
type Feed interface {
	// Latest returns how far the feed has been told.
	Latest() todo.Position

	// Follow calls tell with every append after a position, those to one list in
	// their order. It returns when all have been told that were made before; from then
	// on they are told as they are made, until stop is called, after which none is. Tell
	// must not wait, nor keep the changes, whose memory is used again.
	Follow(ctx context.Context, from todo.Position, tell func(todo.Append)) (stop func(), err error)
}
