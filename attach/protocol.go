package attach

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"

	"github.com/coder/websocket"

	"todoshell/repl"
	"todoshell/todo"
)

// Path is where a server has its shells.
const Path = "/v1/shell"

// protocol is the name of the WebSocket's subprotocol. Whoever changes what a message
// holds gives it another one.
const protocol = "todoshell.3"

// What a message may hold, in bytes: neither side lets the other fill its memory.
const (
	maxToServer = 2 << 20 // a task, or what a file holds next
	maxToClient = 1 << 20
	maxPiece    = 256 << 10 // of an answer
	maxZone     = 64 << 10
	maxWidth    = 10_000 // columns
)

// A kind is the first byte of a message.
type kind byte

const (
	// What a client sends.
	taskKind   kind = 't' // a task
	lookUpKind kind = 'l' // names or ids to complete a word with
	cancelKind kind = 'x'
	replyKind  kind = 'r' // reply
	dataKind   kind = 'd' // a question's id and the bytes that it asked for

	// What a server sends.
	helloKind    kind = 'h' // it is ready for tasks
	byeKind      kind = 'b' // it begins no more tasks: the client may hang up
	outKind      kind = 'o' // bytes of standard output
	errKind      kind = 'e' // bytes of standard error
	writeKind    kind = 'w' // bytes of the file that is being written
	questionKind kind = 'q' // question
	resultKind   kind = 'z' // result
)

// A task is something to run, with the session that it is to run in.
type task struct {
	repl.Task
	Session  repl.State
	Width    int    // of the terminal
	Terminal bool   // answers go there
	Zone     []byte // see encodeZone
	Dir      string // what relative paths of folders on the server's machine go from
	Home     string // what ~ stands for
	Confirm  bool   // there is somebody to ask
	History  bool   // lines are typed at a prompt
}

// A lookUp is a word to complete: what the line holds before it, and what it means.
type lookUp struct {
	Words         []string
	Prefix, InUse string
}

// checkInUse refuses what can't be the list in use.
func checkInUse(name string) error {
	if name == "" {
		return nil
	}
	return todo.CheckName(name)
}

// A result ends a task or a lookUp.
type result struct {
	Session repl.State
	Failure *failure
	Words   []repl.Word
	More    bool

	Stopped bool // by the server, which is ending
}

// A question is something that only the client can do.
type question struct {
	ID     uint32
	Do     action
	Need   repl.Need // to take
	Text   string    // to confirm
	Handle uint32    // of a file: the id of the question that has taken it; 0 is standard input
}

type action string

const (
	doTake    action = "take" // what a line needs
	doRead    action = "read" // of a file, the next lines of a script, or of the history
	doClose   action = "close"
	doCommit  action = "commit"  // the file that was written
	doAbandon action = "abandon" // the file that was written
)

// A reply answers a question.
type reply struct {
	ID      uint32
	Failure *failure
	End     bool // there is nothing more to read
	Yes     bool

	data []byte
}

// A failure is an error in a message. The error that the other side makes of it is
// put into the same words there.
type failure struct {
	Code    todo.Code
	Path    string
	Message string
	Hint    string
}

func failureOf(err error) *failure {
	var e *todo.Error
	var path *os.PathError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &e):
		return &failure{Code: e.Code, Message: e.Message, Hint: e.Hint}
	case errors.Is(err, context.Canceled):
		return &failure{Code: repl.Interrupted}
	case errors.As(err, &path):
		return &failure{Path: path.Path, Message: path.Err.Error()}
	}
	return &failure{Message: err.Error()}
}

func (f *failure) err() error {
	switch {
	case f == nil:
		return nil
	case f.Code == repl.Interrupted:
		return context.Canceled
	case f.Code != "":
		return &todo.Error{Code: f.Code, Message: f.Message, Hint: f.Hint}
	case f.Path != "":
		return &os.PathError{Path: f.Path, Err: errors.New(f.Message)}
	}
	return errors.New(f.Message)
}

// A conn carries messages. Any goroutine may send.
type conn struct{ *websocket.Conn }

func newConn(ws *websocket.Conn, maxMessage int64) conn {
	ws.SetReadLimit(maxMessage)
	return conn{ws}
}

// send sends a message. Its context is not that of a task: when that ended, the
// connection would, too.
func (c conn) send(k kind, parts ...[]byte) error {
	size := 1
	for _, p := range parts {
		size += len(p)
	}
	message := append(make([]byte, 0, size), byte(k))
	for _, p := range parts {
		message = append(message, p...)
	}
	return c.Write(context.Background(), websocket.MessageBinary, message)
}

func (c conn) sendJSON(k kind, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return c.send(k, text)
}

func (c conn) sendData(id uint32, pieces [][]byte) error {
	return c.send(dataKind, append([][]byte{binary.BigEndian.AppendUint32(nil, id)}, pieces...)...)
}

var errProtocol = errors.New("the other side does not keep to the protocol")

// receive waits for a message.
func (c conn) receive(ctx context.Context) (kind, []byte, error) {
	_, message, err := c.Read(ctx)
	if err != nil {
		return 0, nil, err
	}
	if len(message) == 0 {
		return 0, nil, errProtocol
	}
	return kind(message[0]), message[1:], nil
}
