package main

import (
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// A listActor is a to-do list behind Proto.Actor.
type listActor struct{ entries []entry }

type ask struct{ date string }

func (l *listActor) Receive(c actor.Context) {
	if m, ok := c.Message().(ask); ok {
		n := 0
		for _, e := range l.entries {
			if e.date == m.date {
				n++
			}
		}
		c.Respond(n)
	}
}

func newActors() (*actor.ActorSystem, *actor.Props) {
	quiet := func(*actor.ActorSystem) *slog.Logger { return slog.New(slog.DiscardHandler) }
	return actor.NewActorSystem(actor.WithLoggerFactory(quiet)),
		actor.PropsFromProducer(func() actor.Actor { return &listActor{} })
}

// startActors starts n and asks the last one.
func startActors(n int) error {
	system, props := newActors()
	var last *actor.PID
	for i := range n {
		pid, err := system.Root.SpawnNamed(props, fmt.Sprint("list_", i))
		if err != nil {
			return err
		}
		last = pid
	}
	answer, err := system.Root.RequestFuture(last, ask{"2026-01-01"}, time.Minute).Result()
	fmt.Fprintln(os.Stdout, answer)
	return err
}

// callActors asks a thousand actors in turn, from all cores, and waits for each
// answer.
func callActors() error {
	system, props := newActors()
	pids := make([]*actor.PID, 1000)
	for i := range pids {
		pids[i] = system.Root.Spawn(props)
	}
	var failed atomic.Int64
	n, took := fromAllCores(func(i int) {
		if _, err := system.Root.RequestFuture(pids[i%len(pids)], ask{"2026-01-01"}, time.Minute).Result(); err != nil {
			failed.Add(1)
		}
	})
	if failed.Load() > 0 {
		return fmt.Errorf("%d calls failed", failed.Load())
	}
	report("Hit/actors", n, took, "ns/op")
	return nil
}

// fromAllCores calls f for a second, and returns the nanoseconds between two
// calls, as the testing package's RunParallel does.
func fromAllCores(f func(i int)) (n int, nanoseconds float64) {
	var calls atomic.Int64
	var group sync.WaitGroup
	begun := time.Now()
	for range cores() {
		group.Go(func() {
			i := 0
			for ; i%64 != 0 || time.Since(begun) < time.Second; i++ {
				f(i)
			}
			calls.Add(int64(i))
		})
	}
	group.Wait()
	n = int(calls.Load())
	return n, float64(time.Since(begun)) / float64(n)
}
