package web

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	jsonv2 "github.com/go-json-experiment/json"

	"todoshell/cache"
	"todoshell/todo"
)

// Bulk takes commands, a line of JSON each, and answers a line for each of them,
// in order, in a stream of any length. As in a script, one goroutine reads and
// posts, and another writes what is durable; lists work side by side.
const (
	bulkWindow      = 32 << 10        // lines under way
	bulkWindowOfKey = todo.Remembered // a stream with a key that broke off can be sent again: all that had no answer is remembered
	bulkBatch       = 8 << 10         // lines that are posted at once, so that a list gets many together
	bulkLine        = 64 << 10        // the longest line, in bytes
)

// bulkStream is one request.
type bulkStream struct {
	api   *api
	cache *cache.Cache
	ctx   context.Context //nolint:containedctx // of the request
	stop  context.CancelFunc
	key   string
	free  chan *bulkJob
	begun chan *bulkJob // in the order of the lines
	batch []*bulkJob    // begun, and not yet posted
}

func (a *api) bulk(w http.ResponseWriter, r *http.Request) {
	if err := http.NewResponseController(w).EnableFullDuplex(); err != nil && r.ProtoMajor == 1 {
		problem(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	ctx, cancel := context.WithCancel(r.Context())
	key, window := r.Header.Get("Idempotency-Key"), bulkWindow
	if key != "" {
		window = bulkWindowOfKey
	}
	s := &bulkStream{api: a, cache: a.within(ctx), ctx: ctx, stop: cancel, key: key,
		free: make(chan *bulkJob, window), begun: make(chan *bulkJob, window)}
	var reading sync.WaitGroup
	var readErr error
	reading.Go(func() {
		defer close(s.begun)
		readErr = s.read(r.Body)
	})
	out := bufio.NewWriterSize(w, 32<<10)
	err := s.write(out, http.NewResponseController(w))
	cancel()
	reading.Wait()
	if cause := context.Cause(r.Context()); cause != nil && readErr != nil {
		readErr = cause
	}
	if readErr != nil && err == nil {
		_, _ = out.Write(appendError(nil, 0, readErr))
		_ = out.Flush()
	}
}

// read posts the commands of all lines.
func (s *bulkStream) read(r io.Reader) error {
	in := bufio.NewReaderSize(r, bulkLine)
	defer s.post()
	for number := 1; s.ctx.Err() == nil; number++ {
		ahead, _ := in.Peek(in.Buffered()) // it is there
		if len(s.batch) == bulkBatch || bytes.IndexByte(ahead, '\n') < 0 {
			s.post() // before it waits for the rest of a line
		}
		text, err := in.ReadSlice('\n')
		tooLong := errors.Is(err, bufio.ErrBufferFull)
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = in.ReadSlice('\n')
		}
		if text = bytes.TrimSpace(text); len(text) > 0 {
			j := s.next(number)
			if tooLong {
				j.Done(&todo.Error{Code: tooLarge, Message: fmt.Sprintf("the line is longer than %d bytes", bulkLine), Hint: "send shorter lines"})
			} else {
				s.begin(j, text)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return s.ctx.Err()
}

// next returns the job for a line, as soon as there is one to be had.
func (s *bulkStream) next(line int) *bulkJob {
	var j *bulkJob
	select {
	case j = <-s.free:
		*j = bulkJob{line: line, answer: j.answer}
	default:
		j = &bulkJob{line: line, answer: make(chan struct{}, 1)}
	}
	select {
	case s.begun <- j:
	default:
		s.post() // what is waited for must be under way
		s.begun <- j
	}
	return j
}

func (s *bulkStream) begin(j *bulkJob, text []byte) {
	var c bulkCommand
	err := jsonv2.Unmarshal(text, &c, jsonv2.RejectUnknownMembers(true)) // a quarter of the time that encoding/json takes
	switch e, known := errors.AsType[*todo.Error](err); {
	case known:
		err = e
	case err != nil:
		err = &todo.Error{Code: badRequest, Message: "the line is no command: " + whyNoCommand(err), Hint: "see /openapi.json"}
	default:
		err = s.command(j, &c)
	}
	if err == nil {
		j.cache, j.list = s.cache, c.List
		if s.key != "" {
			j.operation = operationOf(s.ctx, s.key+"\x00"+strconv.Itoa(j.line), json.RawMessage(text))
		}
		s.batch = append(s.batch, j)
	}
	if err != nil {
		j.Done(err)
	}
}

// whyNoCommand tells it without the words of Go.
func whyNoCommand(err error) string {
	e, ok := errors.AsType[*jsonv2.SemanticError](err)
	switch {
	case !ok:
		return strings.TrimPrefix(err.Error(), "jsontext: ")
	case errors.Is(err, jsonv2.ErrUnknownName):
		return fmt.Sprintf("there is no %q in it", e.JSONPointer.LastToken())
	case e.JSONPointer == "":
		return "it must be an object"
	case len(e.JSONValue) > 0:
		return fmt.Sprintf("%s cannot be %s", e.JSONPointer[1:], e.JSONValue)
	}
	return fmt.Sprintf("%s has a value of the wrong type", e.JSONPointer[1:])
}

// post hands what was read over to the lists' servers.
func (s *bulkStream) post() {
	for _, j := range s.batch {
		if err := s.cache.Post(j.list, j); err != nil {
			j.Done(err)
		}
	}
	s.batch = s.batch[:0]
}

// write answers the lines, in their order, each as soon as it is durable. When
// nobody takes the answers any more, nothing more is read.
func (s *bulkStream) write(out *bufio.Writer, conn *http.ResponseController) (err error) {
	var b []byte
	for j := range s.begun {
		<-j.answer
		if err == nil {
			b = j.append(b[:0])
			_, err = out.Write(b)
		}
		select {
		case s.free <- j:
		default:
		}
		if len(s.begun) == 0 && err == nil {
			if err = out.Flush(); err == nil {
				err = conn.Flush()
			}
		}
		if err != nil {
			s.stop()
		}
	}
	return err
}
