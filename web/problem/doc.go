// Package problem is how an error looks on the wire. Whatever went wrong, the client gets a problem document as RFC 9457
// describes it, with the stable code and the hint that the shell gives for the same error.
//
// What is the server's own fault is told in words that give nothing away; the log gets the cause.
package problem
