package server_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"todoshell/server"
	"todoshell/store"
	"todoshell/todo"
)

// A plain server is what one would write instead: a goroutine that takes one
// request at a time from a channel.
type plain struct {
	requests chan plainRequest
	ended    chan struct{}
}

type plainRequest struct {
	run  func(*todo.Draft) error
	done chan error
}

func startPlain(log server.Log, name string) *plain {
	p := &plain{make(chan plainRequest), make(chan struct{})}
	go func() {
		defer close(p.ended)
		var list todo.List
		for r := range p.requests {
			d := list.Draft()
			err := r.run(d)
			if err == nil {
				next := d.Snapshot()
				if next.Version, err = log.Append(context.Background(), name, list.Version, next, todo.NewBatch(d.Changes)); err == nil {
					list = next
				}
			}
			r.done <- err
		}
	}()
	return p
}

func (p *plain) call(f func(*todo.Draft) error) error {
	r := plainRequest{f, make(chan error, 1)}
	p.requests <- r
	return <-r.done
}

func BenchmarkCallAdd(b *testing.B) {
	for _, goroutines := range []int{1, 64} {
		for _, kind := range []string{"server", "channel"} {
			b.Run(fmt.Sprintf("%s/%d", kind, goroutines), func(b *testing.B) {
				data, err := store.OpenMemory()
				require.NoError(b, err)
				var call func(func(*todo.Draft) error) error
				var end func()
				if kind == "server" {
					s := (&server.System{Log: data, Now: time.Now}).Start("Bob")
					call = func(f func(*todo.Draft) error) error { return s.Call(b.Context(), f) }
					end = s.Stop
				} else {
					p := startPlain(data, "Bob")
					call = p.call
					end = func() { close(p.requests); <-p.ended }
				}
				f := add("something to do")
				b.ReportAllocs()
				if goroutines == 1 {
					for b.Loop() {
						if err := call(f); err != nil {
							b.Fatal(err)
						}
					}
				} else {
					b.SetParallelism(goroutines / runtime.GOMAXPROCS(0))
					b.RunParallel(func(pb *testing.PB) {
						for pb.Next() {
							if err := call(f); err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				b.StopTimer()
				end()
				require.NoError(b, data.Close())
			})
		}
	}
}
