package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// serveNothing answers all requests with nothing, until a signal comes.
func serveNothing() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	server := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	fmt.Fprintf(os.Stdout, "peer: serving at http://%s\n", l.Addr())
	<-ctx.Done()
	err = server.Close()
	if failed := <-ended; !errors.Is(failed, http.ErrServerClosed) {
		err = errors.Join(err, failed)
	}
	return err
}

// A conn is a connection to a server, which answers one request after another.
type conn struct {
	net.Conn
	in   *bufio.Reader
	host string
}

// connect opens n connections, some at the same time.
func connect(url string, n int) (conns []*conn, err error) {
	host := strings.TrimPrefix(url, "http://")
	address, err := net.ResolveTCPAddr("tcp", host)
	if err != nil {
		return nil, err
	}
	conns, errs := make([]*conn, n), make([]error, n)
	places := make(chan struct{}, 64)
	var group sync.WaitGroup
	for i := range n {
		places <- struct{}{}
		group.Go(func() {
			defer func() { <-places }()
			var c *net.TCPConn
			if c, errs[i] = net.DialTCP("tcp", nil, address); errs[i] == nil {
				_ = c.SetLinger(0) // a closed connection would keep its port for a minute
				conns[i] = &conn{c, bufio.NewReaderSize(c, 1<<10), host}
			}
		})
	}
	group.Wait()
	if err = errors.Join(errs...); err != nil {
		closeAll(conns)
		return nil, err
	}
	return conns, nil
}

func closeAll(conns []*conn) {
	for _, c := range conns {
		if c != nil {
			_ = c.Close()
		}
	}
}

// send sends a request.
func (c *conn) send(method, target string, body []byte) error {
	head := fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n", method, target, c.host, len(body))
	if _, err := c.Write(head); err != nil || len(body) == 0 {
		return err
	}
	_, err := c.Write(body)
	return err
}

// answer reads an answer, up to its body.
func (c *conn) answer() (io.ReadCloser, error) {
	response, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the server answers %s", response.Status)
	}
	return response.Body, nil
}

// call sends a request and reads the whole answer.
func (c *conn) call(method, target string) error {
	if err := c.send(method, target, nil); err != nil {
		return err
	}
	body, err := c.answer()
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, body)
	return errors.Join(err, body.Close())
}

func (c *conn) addTo(list string) error {
	return c.call(http.MethodPost, "/add_entry?list="+list+"&date="+today+"&title=Something%20to%20do")
}

// together runs do on all connections at the same time.
func together(conns []*conn, do func(i int, c *conn) error) error {
	errs := make([]error, len(conns))
	var group sync.WaitGroup
	for i, c := range conns {
		group.Go(func() { errs[i] = do(i, c) })
	}
	group.Wait()
	return errors.Join(errs...)
}

// paced makes n calls, one each time that so long has passed, on the connections
// in turn. The time of a call counts from when it was due, where the connection
// was busy then.
func paced(conns []*conn, every time.Duration, n int, do func(i int, c *conn) error) ([]time.Duration, error) {
	took := make([]time.Duration, n)
	begun := time.Now()
	err := together(conns, func(first int, c *conn) error {
		for i := first; i < n; i += len(conns) {
			from := begun.Add(time.Duration(i) * every)
			if early := time.Until(from); early > 0 {
				<-time.After(early)
				from = time.Now()
			}
			if err := do(i, c); err != nil {
				return err
			}
			took[i] = time.Since(from)
		}
		return nil
	})
	return took, err
}

// ceaseless makes calls on all connections, each as soon as the one before has
// ended, until the context ends.
func ceaseless(ctx context.Context, conns []*conn, do func(*conn) error) ([]time.Duration, error) {
	each := make([][]time.Duration, len(conns))
	err := together(conns, func(i int, c *conn) (failed error) {
		for ctx.Err() == nil && failed == nil {
			begun := time.Now()
			failed = do(c)
			each[i] = append(each[i], time.Since(begun))
		}
		return failed
	})
	return slices.Concat(each...), err
}
