package api

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
	"sync"

	"todoshell/cache"
	"todoshell/todo"

	"todoshell/web/problem"
)

const bulkPath = "/v1/bulk"

// Bulk takes commands, a line of JSON each, and answers a line for each of them,
// in order, in a stream of any length. As in a script, one goroutine reads and
// posts, and another writes what is durable; lists work side by side.
//
// Of a client that does not read its answers, only so much is kept: a stream has a limited number of lines under way (its
// window, a share of what there is for all streams), and one line at a time whose answer may be about many entries. That
// answer is written entry by entry.
const (
	bulkWindow      = 32 << 10        // lines under way, at most
	bulkWindows     = 128 << 10       // of all streams, but for
	bulkLeastWindow = 256             // what each may have
	bulkWindowOfKey = todo.Remembered // a stream with a key that broke off can be sent again: all that had no answer is remembered
	bulkBatch       = 8 << 10         // lines that are posted at once, so that a list gets many together
	bulkLine        = 64 << 10        // the longest line, in bytes
)

// bulkStream is one request.
type bulkStream struct {
	api   *API
	cache *cache.Cache
	ctx   context.Context //nolint:containedctx // of the request
	stop  context.CancelFunc
	key   string
	free  chan *bulkJob
	begun chan *bulkJob // in the order of the lines
	long  chan struct{} // the place of a line whose answer may be long
	batch []*bulkJob    // begun, and not yet posted
}

func (a *API) bulk(w http.ResponseWriter, r *http.Request) {
	if err := http.NewResponseController(w).EnableFullDuplex(); err != nil && r.ProtoMajor == 1 {
		problem.Write(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	ctx, cancel := context.WithCancel(r.Context())
	key, most := r.Header.Get("Idempotency-Key"), bulkWindow
	if key != "" {
		most = bulkWindowOfKey
	}
	window := a.windows.take(most)
	defer a.windows.end(window)
	s := &bulkStream{api: a, cache: a.within(ctx), ctx: ctx, stop: cancel, key: key,
		free: make(chan *bulkJob, window), begun: make(chan *bulkJob, window), long: make(chan struct{}, 1)}
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
		_ = writeError(out, 0, readErr)
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
				j.Done(0, &todo.Error{Code: problem.TooLarge, Message: fmt.Sprintf("the line is longer than %d bytes", bulkLine), Hint: "send shorter lines"})
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
		*j = bulkJob{}
	default:
		j = new(bulkJob)
	}
	j.line = line
	j.ended.Add(1)
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
	var err error
	if wrong := decode(text, &c); wrong != nil {
		err = &todo.Error{Code: todo.BadRequest, Message: "the line is no command: " + wrong.Message, Hint: "see /openapi.json"}
	} else {
		err = s.command(j, &c)
	}
	if err != nil {
		j.Done(0, err)
		return
	}
	j.list, j.long = c.List, c.long()
	if s.key != "" {
		j.operation = operationOf(s.ctx, s.key+"\x00"+strconv.Itoa(j.line), json.RawMessage(text))
	}
	if j.long {
		s.post() // what is waited for must be under way
		s.long <- struct{}{}
	}
	s.batch = append(s.batch, j)
}

// post hands what was read over to the lists' servers.
func (s *bulkStream) post() {
	for _, j := range s.batch {
		if err := s.cache.Post(j.list, j); err != nil {
			j.Done(0, err)
		}
	}
	s.batch = s.batch[:0]
}

// write answers the lines, in their order, each as soon as it is durable. When
// nobody takes the answers any more, nothing more is read.
func (s *bulkStream) write(out *bufio.Writer, conn *http.ResponseController) (err error) {
	for j := range s.begun {
		j.ended.Wait()
		if err == nil {
			err = j.write(out)
		}
		if j.long {
			<-s.long
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

// windows are the lines that all streams may have under way.
type windows struct {
	mu    sync.Mutex
	taken int
}

// take returns how many a stream may have: half of what is left, within bounds.
func (w *windows) take(most int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := min(most, max((bulkWindows-w.taken)/2, bulkLeastWindow))
	w.taken += n
	return n
}

func (w *windows) end(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.taken -= n
}
