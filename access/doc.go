// Package access decides who may use the lists over the network. An operator gives each
// person or program a token, and this package keeps who has one, what they may do with it,
// and the sessions of browsers that have logged in with one.
//
// They are in one document, which a [Source] keeps: for the servers of one machine the file tokens.json of
// the data folder ([Folder]), for a cluster a message that all its nodes share. A token itself is shown
// once, to whoever adds it, and the secret of a session to its browser; the document
// keeps their SHA-256. Both are 32 random bytes, so that a fast hash without salt
// gives nothing away, and nobody can guess one.
//
// A session is a part of its token: what the token may do, the session may, and
// when the token is revoked the session is gone. The hash of a token is also its
// identity, since names can be given again.
//
// # Promises
//
// Any goroutine and any process may call any method. Tokens are added and
// revoked whether or not a server runs; the next request is
// decided by the new document. A document is replaced as a whole and is durable when
// [Tokens.Add], [Tokens.Revoke], [Tokens.Login] and [Tokens.Logout] return; of writers, each sees what
// the one before has written. Nothing that comes without
// a valid token makes this package write.
//
// Where it is in doubt, nobody comes in: a document that cannot be read, or is not as this package
// writes it, or is gone while a server runs, or may be out of date, is an error for everyone. When the
// last token is revoked the document stays, and requests still need a token: what a
// token could not do must not become possible by revoking it.
package access
