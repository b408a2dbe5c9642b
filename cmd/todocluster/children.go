package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"todoshell/app"
	"todoshell/cluster/clustertest"
)

// The first argument of a process that this program starts.
const (
	server = "server" // then the folder, which server it is, and the ports: those for clients, then those for the others
	node   = "node"   // then what todoshell is given
)

// runServer is a nats-server until its standard input ends, or a signal comes.
func runServer(args []string) error {
	if len(args) < 4 {
		return errors.New("servers are started by todocluster itself; see: todocluster --help")
	}
	numbers := make([]int, 0, len(args))
	for _, a := range args[1:] {
		n, err := strconv.Atoi(a)
		if err != nil {
			return err
		}
		numbers = append(numbers, n)
	}
	dir, i, ports := args[0], numbers[0], make([]clustertest.Ports, len(numbers[1:])/2)
	for k := range ports {
		ports[k] = clustertest.Ports{Clients: numbers[1+k], Routes: numbers[1+len(ports)+k]}
	}
	o := clustertest.Options(dir, i, ports)
	o.NoLog, o.Logtime = false, true
	lock, err := vfs.Default.Lock(filepath.Join(dir, o.ServerName+".lock")) // nats-server takes none
	if err != nil {
		return fmt.Errorf("the files of %s in %s are in use: %w", o.ServerName, dir, err)
	}
	defer lock.Close()

	signal.Ignore(os.Interrupt) // which a terminal sends to all: the nodes end first
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	s, err := clustertest.Run(o)
	if err != nil {
		return err
	}
	for tick := time.NewTicker(betweenLooks); ctx.Err() == nil && !clustertest.IsReady(s, len(ports)); {
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	fmt.Fprintln(os.Stdout, "todocluster: the servers are a cluster")
	<-ctx.Done()
	s.Shutdown()
	s.WaitForShutdown()
	return nil
}

// runNode is todoshell until its standard input ends, or a signal comes.
func runNode(args []string) (code int) {
	os.Args = append([]string{"todoshell"}, args...)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		time.AfterFunc(toEnd, func() { os.Exit(exitFailed) })
		self, err := os.FindProcess(os.Getpid())
		if err != nil || self.Signal(syscall.SIGTERM) != nil { // Windows has no such signal
			os.Exit(0)
		}
	}()
	return app.Run(app.Command{Name: "todoshell"})
}
