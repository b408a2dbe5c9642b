// Package clustertest runs nats-servers on this machine, for tests and for
// cmd/todocluster. They are what several machines run in earnest: the same program, with
// JetStream, every write fsynced, as a cluster.
//
// [Start] runs them in the process of a test; [Options] says how each of them is set up,
// for whoever runs them otherwise.
package clustertest
