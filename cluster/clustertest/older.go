package clustertest

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
)

// Older returns the URL of a server that seems to be of another version: the one at
// url, but for what it says of its version.
func Older(tb testing.TB, url, version string) string {
	tb.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0")) //nolint:noctx // nothing is waited for
	if err != nil {
		tb.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() { pose(client, strings.TrimPrefix(url, "nats://"), version) })
		}
	})
	tb.Cleanup(func() {
		_ = l.Close()
		running.Wait() // for the connections, too, which the test has closed
	})
	return "nats://" + l.Addr().String()
}

// pose connects a client with the server at an address until one of them ends, and
// has the server say that it is of a version.
func pose(client net.Conn, address, version string) {
	defer client.Close()
	s, err := net.Dial("tcp", address) //nolint:noctx // this machine answers at once
	if err != nil {
		return
	}
	defer s.Close()
	var asking sync.WaitGroup
	defer asking.Wait()
	asking.Go(func() {
		_, _ = io.Copy(s, client)
		_ = s.Close()
	})
	for in := bufio.NewReader(s); ; {
		line, err := in.ReadBytes('\n')
		if bytes.HasPrefix(line, []byte("INFO ")) {
			line = bytes.Replace(line, []byte(`"version":"`+server.VERSION+`"`), []byte(`"version":"`+version+`"`), 1)
		}
		if _, e := client.Write(line); e != nil || err != nil {
			_ = client.Close()
			return
		}
	}
}
