// Package cache keeps many to-do lists at once. It finds the server of a list by the
// list's name, and starts one where there is none, so that each list has one server and
// no list waits for another.
//
// # Servers
//
// Any goroutine may call any method. However many ask for a list at the same
// time, one server is started; it loads on its own goroutine, so that only
// those who ask for this list wait. At any moment at most one server of a list
// may append: a new one is started only when the one before has ended, and
// callers of the cache go over to it without noticing.
//
// The cache holds at most a given number of servers: when one is started beyond
// it, the least recently used idle ones end, and their lists come back from the
// log when they are asked for. Busy ones stay; where many did, the bound holds
// again once they are idle and a sixteenth as many others have been started.
//
// # Overviews
//
// What is asked about many lists is answered from their heads, which say how many entries
// a list has, how many of them are open, and which is the first open day. Only
// lists that can matter are loaded, and no server is started for them.
//
// # Events
//
// The cache follows the feed of the log, which tells of every append, whoever made it. A
// list's server learns of it first, then whoever watches ([Cache.Watch]). Events are kept
// in a linked list in which each watch has its place, so that a change costs the
// same however many watch; the oldest are let go of. A [Place] says how far somebody has been
// told, and outlives the process: whoever comes back with it ([Watch.From]) is told of
// what they have missed, from memory or from the journals.
//
// # Contexts
//
// Where a context has ended, nothing is done and no server is started: the error
// is that of the context, and an iterator yields it in place of what would come
// next.
package cache
