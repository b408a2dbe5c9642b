// Package api answers requests about lists: as JSON below /v1, which describes itself at /openapi.json, as files, and as
// the text of the two calls that the book's to-do server had. No rule about lists is here: a request becomes a function
// that runs on a draft of its list, as a command of the shell does.
//
// # Promises
//
// An answered change is durable. An Idempotency-Key makes asking again safe: the
// list remembers what it was asked to do, also through a crash. An entity tag
// stands for one state of an entry, or for one revision of a list, and If-Match
// is compared on the list's server, at the moment of the change.
//
// A caller with a [todo.Grant] finds no other lists than those it covers.
package api
