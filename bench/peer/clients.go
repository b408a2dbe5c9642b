package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// These are clients of todoshell's server.

const (
	users     = 16 // connections
	usedLists = 1000
	usedEvery = time.Millisecond // a request is due
)

// client runs one of them.
func client(what, url string, words []string) error {
	numbers := make([]int, len(words))
	for i, w := range words {
		if _, err := fmt.Sscan(w, &numbers[i]); err != nil {
			return fmt.Errorf("%q is no number", w)
		}
	}
	switch {
	case what == "bulk" && len(numbers) == 2:
		return bulk(url, numbers[0], numbers[1])
	case what == "streams" && len(numbers) == 3:
		return streams(url, numbers[0], numbers[1], numbers[2])
	case (what == "ordinary" || what == "ceaseless") && len(numbers) == 1:
		return use(url, numbers[0], what == "ordinary")
	case what == "hammer" && len(numbers) == 1:
		return hammer(url, numbers[0])
	}
	return fmt.Errorf("unknown work %q %q", what, words)
}

// bulk sends adds in one request and reads the answers meanwhile. They are looked
// at afterwards.
func bulk(url string, lines, lists int) error {
	conns, err := connect(url, 1)
	if err != nil {
		return err
	}
	defer closeAll(conns)
	c := conns[0]
	var body, answers bytes.Buffer
	for i := range lines {
		fmt.Fprintf(&body, `{"do":"add","list":"list_%d","date":%q,"title":"Task number %d"}`+"\n", i%lists, today, i)
	}
	answers.Grow(2 * body.Len())
	sent := make(chan error, 1)
	begun := time.Now()
	go func() { sent <- c.send(http.MethodPost, "/v1/bulk", body.Bytes()) }()
	out, err := c.answer()
	if err == nil {
		_, err = answers.ReadFrom(out)
	}
	elapsed := time.Since(begun)
	if err != nil {
		_ = c.Close()
	}
	if err = errors.Join(err, <-sent); err != nil {
		return err
	}
	if err = checkAdds(&answers, lines, lists); err != nil {
		return err
	}
	report("Bulk", lines, float64(lines)/elapsed.Seconds(), "lines/s")
	return nil
}

func checkAdds(answers io.Reader, lines, lists int) error {
	type answer struct {
		List, Date, Status, Title string
		ID                        int
	}
	in := json.NewDecoder(answers)
	for i := range lines {
		var got answer
		err := in.Decode(&got)
		if want := (answer{fmt.Sprint("list_", i%lists), today, "open", fmt.Sprint("Task number ", i), i/lists + 1}); err != nil || got != want {
			return errors.Join(fmt.Errorf("line %d is answered by %v, not %v", i+1, got, want), err)
		}
	}
	if in.More() {
		return errors.New("there are more answers than lines")
	}
	return nil
}

// use reads and adds to lists at random, four to one: a request is due each
// millisecond, or there is no pause between them.
func use(url string, seconds int, pauses bool) error {
	conns, err := connect(url, users)
	if err != nil {
		return err
	}
	defer closeAll(conns)
	list := func(i int) string { return fmt.Sprint("list_", i) }
	if _, err = paced(conns, 0, usedLists, func(i int, c *conn) error { return c.addTo(list(i)) }); err != nil {
		return err
	}
	request := func(c *conn) error {
		l := list(rand.IntN(usedLists))
		if rand.IntN(5) == 0 {
			return c.addTo(l)
		}
		return c.call(http.MethodGet, "/entries?list="+l+"&date="+today)
	}
	lasting := time.Duration(seconds) * time.Second
	var took []time.Duration
	if pauses {
		took, err = paced(conns, usedEvery, int(lasting/usedEvery), func(_ int, c *conn) error { return request(c) })
	} else {
		ctx, stop := context.WithTimeout(context.Background(), lasting)
		defer stop()
		took, err = ceaseless(ctx, conns, request)
	}
	p50, p99 := percentiles(took)
	report("Use", len(took), p50, "p50-ns", p99, "p99-ns")
	return err
}

// hammer adds to one list from so many connections, until a signal comes.
func hammer(url string, n int) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	conns, err := connect(url, n)
	if err != nil {
		return err
	}
	defer closeAll(conns)
	add := func(c *conn) error { return c.addTo("hammered") }
	if err = together(conns, func(_ int, c *conn) error { return add(c) }); err != nil {
		return err
	}
	fmt.Fprintln(os.Stdout, "peer: hammering")
	begun := time.Now()
	took, err := ceaseless(ctx, conns, add)
	report("Hammer", len(took), float64(len(took))/time.Since(begun).Seconds(), "adds/s")
	return err
}
