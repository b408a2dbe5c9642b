// Package access keeps the tokens of those who may come in over the network:
// who has one, and what they may do.
//
// The tokens are in one file of the data folder, tokens.json. A token itself is
// shown once, to whoever adds it; the file keeps its SHA-256. A token is 32
// random bytes, so that a fast hash without salt gives nothing away.
//
// # Promises
//
// Any goroutine and any process may call any method. Tokens are added and
// revoked whether or not a server runs on the folder; who asks next is told by
// the new file. A file is replaced as a whole and is durable when
// [Tokens.Add] and [Tokens.Revoke] return; writers take turns.
//
// Doubt lets nobody in: a file that cannot be read, or is not as this package
// writes it, or is gone while a server runs, is an error for everyone. When the
// last token is revoked the file stays, and requests still need a token: what a
// token could not do must not become possible by revoking it.
package access
