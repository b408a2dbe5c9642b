// Package deploy holds what three machines need beside the program: the configuration of
// nats-server and haproxy, and units of systemd. docs/cluster.md says where each file goes.
//
// The tests hand each file to the program that it is for, and send requests through haproxy.
// Where a program is not installed, its tests are skipped.
package deploy
