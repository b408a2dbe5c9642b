// Package metrics keeps the numbers by which an operator sees how the program is doing, such as how long answers and
// fsyncs take, and shows them in the text form that Prometheus reads. It measures nothing itself: the web, the lists'
// servers and the store tell it, and the package app connects them.
package metrics
