// Package seal encrypts the numbers that the API gives to clients: the versions of lists, as
// entity tags, and places in the stream of events, as ids of events. A client sees opaque
// text, which it can only compare and send back.
//
// The numbers count what happens in all lists, most of which may be none of the client's
// business. The key stays with the data, and the same number always becomes the same text:
// so what a client has got means the same after a restart.
package seal
