package app

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"todoshell/attach"
	"todoshell/cache"
	"todoshell/cluster"
	"todoshell/server"
	"todoshell/store"
)

// A holder is this process while it has the data open. Through a socket in the data folder,
// the shells of other processes attach to it.
type holder struct {
	data   Store
	lists  *cache.Cache
	shells *attach.Server
	socket http.Server
	web    *site // nil: the lists are not served
	run    sync.WaitGroup
}

// hold opens the data folder, or one in memory.
func (p *program) hold() (*holder, error) {
	if p.memory {
		data, err := store.OpenMemory()
		if err != nil {
			return nil, err
		}
		h := p.newHolder(data)
		return h, h.serve()
	}
	dir, err := p.dataDir()
	if err != nil {
		return nil, err
	}
	if err = p.keepPrivate(dir); err != nil {
		return nil, err
	}
	data, err := p.openData(dir)
	if err != nil {
		return nil, err
	}
	h := p.newHolder(data)
	h.listen(dir)
	return h, h.serve()
}

func (p *program) newHolder(data Store) *holder {
	h := &holder{data: data}
	system := &server.System{Now: time.Now, Panicked: p.panicked}
	if p.Now != nil {
		system.Now = p.Now
	}
	if p.http.address != "" {
		h.web = p.newSite()
		system.Observe = h.web.metrics.Appended
	}
	h.lists = cache.New(system, data, p.maxLive)
	return h
}

// serve begins to serve the lists over HTTP, if the flags say so.
func (h *holder) serve() error {
	if h.web == nil {
		return nil
	}
	err := h.web.open(h)
	if err != nil {
		h.web = nil
		err = errors.Join(err, h.close(context.Background()))
	}
	return err
}

// listen lets the shells of other processes attach. Where no socket can be made, these say
// so when they find none.
func (h *holder) listen(dir string) {
	listener, err := attach.Listen(dir)
	if err != nil {
		return
	}
	h.shells = attach.NewServer(func(*http.Request) *cache.Cache { return h.lists }, h.data.Backup)
	mux := http.NewServeMux()
	mux.Handle(attach.Path, h.shells)
	h.socket.Handler, h.socket.ReadHeaderTimeout = mux, grace
	h.run.Go(func() { _ = h.socket.Serve(listener) }) // it ends when it is closed
}

// drainFor is how long a node of a cluster goes on after a signal, so that load balancers, which look every
// second or so whether it is ready, learn that it is not, and send nothing that would get no answer.
const drainFor = 2500 * time.Millisecond

// drain lets a load balancer turn to other nodes.
func (h *holder) drain() {
	if _, clustered := h.data.(*cluster.Log); clustered {
		h.web.draining.Store(true)
		<-time.After(drainFor)
	}
}

// close accepts no more shells, lets those that are attached finish what is under way for
// the grace, or until ctx ends, and closes the data.
func (h *holder) close(ctx context.Context) error {
	closing := h.socket.Close()
	if h.web != nil {
		closing = errors.Join(closing, h.web.close())
	}
	h.run.Wait()
	if h.shells != nil {
		soon, cancel := context.WithTimeout(ctx, grace)
		defer cancel()
		h.shells.Shutdown(soon)
	}
	h.lists.Close()
	return errors.Join(closing, h.data.Close())
}
