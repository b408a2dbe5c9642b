package main

import (
	"errors"
	"os"
	"sync"
	"time"
)

// A journal is a file of lines. Those that come while an fsync is under way
// share the next one.
type journal struct {
	file *os.File
	late time.Duration // how much longer each fsync takes

	mu    sync.Mutex
	next  *group
	ready chan struct{}
	ended chan struct{}
}

type group struct {
	lines []byte
	done  chan struct{}
	err   error
}

func openJournal(path string, late time.Duration) (*journal, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	j := &journal{file: file, late: late, next: newGroup(), ready: make(chan struct{}, 1), ended: make(chan struct{})}
	go j.write()
	return j, nil
}

func newGroup() *group { return &group{done: make(chan struct{})} }

// append returns when the line is on disk.
func (j *journal) append(words ...string) error {
	j.mu.Lock()
	g := j.next
	for i, w := range words {
		if i > 0 {
			g.lines = append(g.lines, '\t')
		}
		g.lines = append(g.lines, w...)
	}
	g.lines = append(g.lines, '\n')
	j.mu.Unlock()
	select {
	case j.ready <- struct{}{}:
	default:
	}
	<-g.done
	return g.err
}

func (j *journal) write() {
	defer close(j.ended)
	for range j.ready {
		j.mu.Lock()
		g := j.next
		j.next = newGroup()
		j.mu.Unlock()
		if len(g.lines) == 0 {
			continue
		}
		_, g.err = j.file.Write(g.lines)
		if j.late > 0 {
			<-time.After(j.late)
		}
		g.err = errors.Join(g.err, j.file.Sync())
		close(g.done)
	}
}

// close must come after the last append has returned.
func (j *journal) close() error {
	close(j.ready)
	<-j.ended
	return j.file.Close()
}
