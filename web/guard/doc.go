// Package guard decides which requests reach the lists, who has sent them, and for how long they may go on. It stands
// before everything that web serves, and knows no routes: each route says by a [Rule] whether it is open to all, how long
// its bodies may be, and whether it is a stream.
//
// # Promises
//
// A stream ends within a second of the token or the login that it came with.
//
// A connection is to each request as if there had been none before it. Where that
// can't be, since a body was not read to its end, it is closed after the answer.
package guard
