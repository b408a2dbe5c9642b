package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

const (
	changeEvery = 10 * time.Millisecond
	patience    = time.Minute // until the last event is there
)

// A stream follows the events of a list.
type stream struct {
	in   *bufio.Reader
	want int    // events
	text []byte // the beginning of an event, up to its revision
	took []time.Duration
}

// streams opens n streams of events of so many lists, changes the lists, and
// reads from each stream all that has happened to its list. What is told is how
// long after the time of the change, which is a little before its commit.
func streams(url string, n, lists, seconds int) error {
	conns, err := connect(url, n)
	if err != nil {
		return err
	}
	defer closeAll(conns)
	writers, err := connect(url, users)
	if err != nil {
		return err
	}
	defer closeAll(writers)
	changes := int(time.Duration(seconds) * time.Second / changeEvery)
	all := make([]stream, n)
	if err = together(conns, func(i int, c *conn) error {
		list := i % lists
		all[i] = stream{want: (changes - list + lists - 1) / lists, text: fmt.Appendf(nil, `data: {"list":"list_%d","rev":`, list)}
		return all[i].open(c, list)
	}); err != nil {
		return err
	}
	changed := make(chan error, 1)
	go func() {
		_, failed := paced(writers, changeEvery, changes, func(i int, c *conn) error { return c.addTo(fmt.Sprint("list_", i%lists)) })
		changed <- failed
	}()
	err = together(conns, func(i int, c *conn) error {
		until := time.Now().Add(time.Duration(seconds)*time.Second + patience)
		return errors.Join(c.SetReadDeadline(until), all[i].follow())
	})
	if err = errors.Join(err, <-changed); err != nil {
		return err
	}
	var took []time.Duration
	for _, s := range all {
		took = append(took, s.took...)
	}
	p50, p99 := percentiles(took)
	report("Streams", len(took), p50, "delivery-p50-ns", p99, "delivery-p99-ns", slices.Max(took).Nanoseconds(), "delivery-max-ns")
	return nil
}

func (s *stream) open(c *conn, list int) error {
	if err := c.send(http.MethodGet, fmt.Sprintf("/v1/lists/list_%d/events", list), nil); err != nil {
		return err
	}
	body, err := c.answer()
	if err != nil {
		return err
	}
	s.in = bufio.NewReaderSize(body, 1<<10)
	s.took = make([]time.Duration, 0, s.want)
	return nil
}

// follow reads the events that are to come, each of the list's next revision.
func (s *stream) follow() error {
	for len(s.took) < s.want {
		line, err := s.in.ReadSlice('\n')
		if err != nil {
			return fmt.Errorf("after %d of %d events: %w", len(s.took), s.want, err)
		}
		if !bytes.HasPrefix(line, []byte("data: ")) {
			continue
		}
		beginning := append(strconv.AppendInt(s.text, int64(len(s.took)+1), 10), `,"time":"`...)
		rest, found := bytes.CutPrefix(line, beginning)
		text, _, ended := bytes.Cut(rest, []byte(`"`))
		changed, err := time.Parse(time.RFC3339Nano, string(text))
		if !found || !ended || err != nil {
			return fmt.Errorf("%q is not event %d", line, len(s.took)+1)
		}
		s.took = append(s.took, time.Since(changed))
	}
	return nil
}
