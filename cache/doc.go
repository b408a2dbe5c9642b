// Package cache finds the server of a list by its name, and starts it where
// there is none: many lists, each with a server of its own.
//
// # Concurrency
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
// Where a context has ended, nothing is done and no server is started: the error
// is that of the context, and an iterator yields it in place of what would come
// next.
package cache
