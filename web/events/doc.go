// Package events tells clients of changes as they happen: of one list, or of all that the client may see. Each client
// has a stream of server-sent events, which goes on until it leaves.
//
// # Promises
//
// An event is told after its change is durable, in the order of the list's
// revisions. Whoever reads slowly is told to load anew, and never holds a list
// up.
package events
