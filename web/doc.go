// Package web is the lists on the wire: HTTP routes, JSON, events, and the page.
// No rule about lists lives here; each request enters the cache as a line of the
// shell does.
//
// # Calls
//
// The calls below /v1 answer JSON, and describe themselves at /openapi.json. An
// error is a problem document as RFC 9457 has it, with the code that the shell
// gives for the same error. GET /entries and POST /add_entry answer text, for
// clients of the first hour.
//
// # Promises
//
// An answered change is durable. An Idempotency-Key makes asking again safe: the
// list remembers what it was asked to do, also through a crash. An entity tag
// stands for one state of an entry, or for one revision of a list, and If-Match
// is compared on the list's server, at the moment of the change.
//
// An event is told after its change is durable, in the order of the list's
// revisions. Whoever reads slowly is told to load anew, and never holds a list
// up.
//
// A caller with a [todo.Grant] finds no other lists than those it covers. A stream
// ends within a second of the token or the login that it came with.
//
// A connection is to each request as if there had been none before it. Where that
// can't be, since a body was not read to its end, it is closed after the answer.
package web
