// Package seal makes opaque text of the numbers that the API hands out: of the versions
// of lists, which are their entity tags, and of places in the events, which are the ids of
// events.
//
// The numbers count all that happens in all lists, of which most may be none of the
// client's business. So they are encrypted, each always to the same text, under a key
// that stays with the data: a client can compare them, come back with them after
// a restart, and learn nothing else from them.
package seal
