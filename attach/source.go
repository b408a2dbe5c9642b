package attach

import (
	"context"
	"io"
	"sync"
)

// How far a file is read ahead of the server's questions. A server that is busy
// may take 10 ms to notice a reply: so there must be much in each.
const (
	pieceSize   = 64 << 10
	aheadPieces = 16
)

// A source is a file, or standard input, that the server reads on the client's
// machine. A read that nothing can end, as at a keyboard, may be left behind.
type source struct {
	file   io.ReadCloser
	ahead  bool
	script *script       // nil: its lines are not commands
	turn   sync.Mutex    // one take at a time
	pieces chan piece    // what was read ahead; nil before the first take
	closed chan struct{} // closed when nothing more will be taken
	err    error         // what reading has ended with; take returns it after all before it
}

type piece struct {
	data []byte
	err  error
}

// newSource returns a source over a file. What a person types must not be read
// ahead, since it may be the answer to a question.
func newSource(file io.ReadCloser, ahead bool) *source {
	return &source{file: file, ahead: ahead, closed: make(chan struct{})}
}

func (s *source) read() piece {
	b := make([]byte, pieceSize)
	n, err := s.file.Read(b)
	return piece{b[:n], err}
}

func (s *source) readAhead() {
	for {
		p := s.read()
		select {
		case s.pieces <- p:
		case <-s.closed:
			return
		}
		if p.err != nil {
			return
		}
	}
}

// take waits for a piece of the file, and returns it with those that are there already.
func (s *source) take() (pieces [][]byte, err error) {
	s.turn.Lock()
	defer s.turn.Unlock()
	if s.err != nil {
		return nil, s.err
	}
	if s.ahead && s.pieces == nil { // not before: standard input may be meant for another program
		s.pieces = make(chan piece, aheadPieces)
		go s.readAhead()
	}
	var p piece
	if !s.ahead {
		p = s.read()
	} else {
		select {
		case p = <-s.pieces:
		case <-s.closed:
			return nil, context.Canceled
		}
	}
	for {
		s.err = p.err
		if len(p.data) > 0 {
			pieces = append(pieces, p.data)
		}
		if s.err != nil || len(pieces) == aheadPieces {
			break
		}
		select {
		case p = <-s.pieces: // nil, and never ready, where nothing is read ahead
			continue
		default:
		}
		break
	}
	if len(pieces) == 0 {
		return nil, s.err
	}
	return pieces, nil
}

// Close closes the file.
func (s *source) Close() error {
	close(s.closed)
	return s.file.Close()
}
