// Package engine chooses what keeps the lists of the commands: a folder of this machine, or the
// servers of a cluster.
package engine
