package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"
)

// channels is the plain way to a server for each list: a goroutine that takes
// one request at a time from a channel, and a map of them behind a lock.
type channels struct {
	journal *journal // nil: nothing is durable

	mu      sync.RWMutex
	servers map[string]chan request
	group   sync.WaitGroup
}

type request struct {
	command
	remove uint64 // the id of an entry to delete, if not 0
	done   chan answer
}

func openChannels(file string, late time.Duration) (*channels, error) {
	j, err := openJournal(file, late)
	if err != nil {
		return nil, err
	}
	return newChannels(j), nil
}

func newChannels(j *journal) *channels {
	return &channels{journal: j, servers: map[string]chan request{}}
}

// server finds the list's server, or starts it.
func (c *channels) server(list string) chan request {
	c.mu.RLock()
	mail, ok := c.servers[list]
	c.mu.RUnlock()
	if ok {
		return mail
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if mail, ok = c.servers[list]; !ok {
		mail = make(chan request, 16)
		c.servers[list] = mail
		c.group.Go(func() { c.serve(mail) })
	}
	return mail
}

func (c *channels) serve(mail chan request) {
	var entries []entry
	var last uint64
	for r := range mail {
		switch {
		case r.remove > 0:
			for i, e := range entries {
				if e.id == r.remove {
					entries = append(entries[:i], entries[i+1:]...)
					break
				}
			}
			r.done <- answer{}
		case r.title == "":
			var found []entry
			for _, e := range entries {
				if e.date == r.date {
					found = append(found, e)
				}
			}
			r.done <- answer{entries: found}
		default:
			var err error
			if c.journal != nil {
				err = c.journal.append(r.list, r.date, r.title)
			}
			last++
			entries = append(entries, entry{last, r.date, r.title})
			r.done <- answer{id: last, err: err}
		}
	}
}

func (c *channels) post(r request) chan answer {
	r.done = make(chan answer, 1)
	c.server(r.list) <- r
	return r.done
}

func (c *channels) add(list, date, title string) (uint64, error) {
	a := <-c.post(request{command: command{list, date, title}})
	return a.id, a.err
}

func (c *channels) day(list, date string) ([]entry, error) {
	a := <-c.post(request{command: command{list: list, date: date}})
	return a.entries, a.err
}

func (c *channels) close() error {
	for _, mail := range c.servers {
		close(mail)
	}
	c.group.Wait()
	if c.journal == nil {
		return nil
	}
	return c.journal.close()
}

// channelsScript reads ahead by a window of commands.
func channelsScript(file string, lines *bufio.Scanner, out *bufio.Writer) error {
	c, err := openChannels(file, 0)
	if err != nil {
		return err
	}
	pending, printed := make(chan chan answer, 1<<16), make(chan error)
	go func() {
		var failed error
		for done := range pending {
			if err := (<-done).write(out); err != nil && failed == nil {
				failed = err
			}
		}
		printed <- failed
	}()
	for lines.Scan() {
		com, err := parse(lines.Text())
		if err != nil {
			return err
		}
		pending <- c.post(request{command: com})
	}
	close(pending)
	if err := <-printed; err != nil {
		return err
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return c.close()
}

// startGoroutines is what a million servers would be as goroutines behind
// channels.
func startGoroutines(n int) {
	c := newChannels(nil)
	for i := range n {
		c.day(fmt.Sprint("list_", i), "2026-01-01") //nolint:errcheck // it can't fail
	}
	fmt.Fprintln(os.Stdout, len(c.servers))
}

// measureList tells what a list of so many entries costs.
func measureList() error {
	for _, n := range []int{1, 1000, 200_000} {
		before := heap()
		c := newChannels(nil)
		date := func(i int) string { return fmt.Sprint("day_", i%max(n/100, 1)) }
		lists := max(1000/n, 1) // one entry alone would drown in the noise
		for i := range n * lists {
			name := "Bob"
			if i >= n {
				name = fmt.Sprint("Bob ", i/n)
			}
			if _, err := c.add(name, strings.Clone(date(i%n)), strings.Clone("something to do")); err != nil {
				return err
			}
		}
		memory := float64(heap()-before) / float64(n*lists)
		ops, took := repeat(func() {
			id, _ := c.add("Bob", date(0), "one more")
			<-c.post(request{command: command{list: "Bob"}, remove: id})
		})
		report(fmt.Sprintf("Entries/entries=%d/change", n), ops, took, "ns/op")
		ops, took = repeat(func() {
			c.day("Bob", date(0)) //nolint:errcheck // nothing is durable
		})
		report(fmt.Sprintf("Entries/entries=%d/day", n), ops, took, "ns/op", memory, "B/entry")
		if err := c.close(); err != nil {
			return err
		}
	}
	return nil
}

// repeat calls f for half a second and returns the nanoseconds of a call.
func repeat(f func()) (n int, nanoseconds float64) {
	begun := time.Now()
	for time.Since(begun) < time.Second/2 {
		f()
		n++
	}
	return n, float64(time.Since(begun)) / float64(n)
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
