package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"todoshell/cluster/clustertest"
)

const (
	size         = 3                     // servers, and nodes
	toStart      = 2 * time.Minute       // for all, on a busy machine
	betweenLooks = 20 * time.Millisecond // whether a process is ready
)

// A cluster is what this program runs.
type cluster struct {
	Servers []*process `json:"servers"`
	Nodes   []*process `json:"nodes"`

	dir       string
	temporary bool
	ports     []int // of the nodes, of the servers for clients, and of the servers for each other
}

// newCluster chooses folder and ports: dir may be empty, and port 0.
func newCluster(dir string, port int) (*cluster, error) {
	c := &cluster{dir: dir, temporary: dir == ""}
	var err error
	if port == 0 {
		c.ports, err = clustertest.Free(3 * size)
	}
	for i := 0; port != 0 && i < 3*size; i++ {
		c.ports = append(c.ports, port+i)
	}
	switch {
	case err != nil:
	case c.temporary:
		c.dir, err = os.MkdirTemp("", "todocluster-")
	default:
		if c.dir, err = filepath.Abs(dir); err == nil {
			err = os.MkdirAll(c.dir, 0o700)
		}
	}
	return c, err
}

// start starts the servers, and when they are a cluster, the nodes. All are ready when it returns nil.
func (c *cluster) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, toStart)
	defer cancel()
	var urls []string
	for i := range size {
		url := clustertest.Ports{Clients: c.ports[size+i]}.URL()
		urls = append(urls, url)
		args := []string{server, c.dir, strconv.Itoa(i)}
		for _, port := range c.ports[size:] {
			args = append(args, strconv.Itoa(port))
		}
		p, err := start(c.dir, fmt.Sprintf("nats-%d", i+1), url, args)
		if err != nil {
			return err
		}
		c.Servers = append(c.Servers, p)
	}
	for _, p := range c.Servers {
		if err := p.await(ctx, p.hasSpoken); err != nil {
			return err
		}
	}
	for i := range size {
		name, address := fmt.Sprintf("node-%d", i+1), fmt.Sprintf("127.0.0.1:%d", c.ports[i])
		p, err := start(c.dir, name, "http://"+address, []string{node, "serve", "--http", address,
			"--data", filepath.Join(c.dir, name), "--nats-url", strings.Join(urls, ",")})
		if err != nil {
			return err
		}
		c.Nodes = append(c.Nodes, p)
	}
	for _, p := range c.Nodes {
		if err := p.await(ctx, func() bool { return isReady(ctx, p.URL) }); err != nil {
			return err
		}
	}
	return nil
}

// isReady tells whether a node can serve requests.
func isReady(ctx context.Context, url string) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/readyz", http.NoBody)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// all returns the servers, then the nodes.
func (c *cluster) all() []*process {
	return append(append([]*process{}, c.Servers...), c.Nodes...)
}

// wait says which process ends, until ctx ends, or the last of them.
func (c *cluster) wait(ctx context.Context) error {
	all := c.all()
	ended := make(chan *process)
	for _, p := range all {
		go func() {
			select {
			case <-p.ended:
			case <-ctx.Done():
				return
			}
			select {
			case ended <- p:
			case <-ctx.Done():
			}
		}()
	}
	for range all {
		select {
		case p := <-ended:
			report(p.failure())
		case <-ctx.Done():
			return nil
		}
	}
	return errors.New("all have ended")
}

// end ends the nodes, then the servers, and removes a temporary folder.
func (c *cluster) end() error {
	for _, some := range [][]*process{c.Nodes, c.Servers} {
		var ending sync.WaitGroup
		for _, p := range some {
			ending.Go(p.end)
		}
		ending.Wait()
	}
	if c.temporary {
		return os.RemoveAll(c.dir)
	}
	return nil
}
