package attach

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"

	"todoshell/repl"
	"todoshell/todo"
)

// socketName is the name of the socket in a data folder.
const socketName = "todoshell.sock"

// maxSocketPath is how long a socket's path may be on all systems, in bytes.
const maxSocketPath = 100

// socket returns the path of the socket in a folder. Where that would be too long for
// the system, it opens the folder and returns a path through its descriptor, which
// lasts until it is released.
func socket(dir string) (path string, release func(), err error) {
	path = filepath.Join(dir, socketName)
	if len(path) <= maxSocketPath {
		return path, func() {}, nil
	}
	folder, err := os.Open(dir)
	if err != nil {
		return "", nil, err
	}
	short := filepath.Join("/proc/self/fd", strconv.Itoa(int(folder.Fd())))
	if _, err := os.Stat(short); err != nil {
		_ = folder.Close()
		return "", nil, fmt.Errorf("the path %s is too long for a socket", path)
	}
	return filepath.Join(short, socketName), func() { _ = folder.Close() }, nil
}

// Listen makes the socket of a data folder, which the caller must hold: one that
// is there has been left by a process that was killed.
func Listen(dir string) (net.Listener, error) {
	path, release, err := socket(dir)
	if err != nil {
		return nil, err
	}
	_ = os.Remove(path)
	listener, err := net.Listen("unix", path) //nolint:noctx // nothing is waited for
	if err != nil {
		release()
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil { // the folder is private already
		return nil, errors.Join(err, listener.Close())
	}
	return &folderListener{listener, release}, nil
}

// A folderListener removes its socket when it is closed.
type folderListener struct {
	net.Listener
	release func()
}

func (l *folderListener) Close() error {
	defer l.release()
	return l.Listener.Close()
}

// ToFolder attaches to the process that holds a data folder.
func ToFolder(ctx context.Context, dir string, env repl.Environment, state repl.State) (*Client, error) {
	path, release, err := socket(dir)
	if err != nil {
		return nil, err
	}
	defer release()
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}
	const name = "the todoshell that holds the data"
	c, err := dial(ctx, "http://todoshell", transport, make(http.Header), name)
	if err != nil {
		return nil, err
	}
	return newClient(c, name, env, state), nil
}

// ToServer attaches to the server of a URL. Token may be empty.
func ToServer(ctx context.Context, url, token string, env repl.Environment, state repl.State) (*Client, error) {
	header := make(http.Header)
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment}
	name := "the server at " + url
	c, err := dial(ctx, strings.TrimSuffix(url, "/"), transport, header, name)
	if err != nil {
		return nil, err
	}
	return newClient(c, name, env, state), nil
}

const (
	dialTimeout = 30 * time.Second
	maxHeader   = 64 << 10 // bytes
)

func dial(ctx context.Context, url string, transport *http.Transport, header http.Header, name string) (conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	transport.MaxResponseHeaderBytes = maxHeader
	defer transport.CloseIdleConnections()
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // the token is for nobody else
	ws, response, err := websocket.Dial(ctx, url+Path, &websocket.DialOptions{            //nolint:bodyclose // it needs no closing
		HTTPClient: &http.Client{Transport: transport, CheckRedirect: stay},
		HTTPHeader: header, Subprotocols: []string{protocol}})
	if err != nil {
		return conn{}, explain(err, response, name)
	}
	if ws.Subprotocol() != protocol {
		_ = ws.CloseNow()
		return conn{}, &todo.Error{Code: CantConnect, Message: name + " is another version of todoshell",
			Hint: "use the same version here and there"}
	}
	c := newConn(ws, maxToClient)
	if k, _, err := c.receive(ctx); err != nil || k != helloKind {
		_ = c.CloseNow()
		return conn{}, &todo.Error{Code: CantConnect, Message: name + " is ending", Hint: "try again"}
	}
	return c, nil
}

func explain(err error, response *http.Response, name string) error {
	if response != nil {
		switch response.StatusCode {
		case http.StatusUnauthorized, http.StatusForbidden:
			return &todo.Error{Code: Unauthorized, Message: name + " does not let this shell in",
				Hint: "give a token that it knows with --token-file or TODOSHELL_TOKEN"}
		case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
			return &todo.Error{Code: CantConnect, Message: fmt.Sprintf("%s has moved to %.200q", name, response.Header.Get("Location")),
				Hint: "connect to that address if you trust it: your token is sent to no other than you name"}
		default:
			return &todo.Error{Code: CantConnect, Message: fmt.Sprintf("%s serves no shells: it answers %.200q", name, response.Status),
				Hint: "check the address"}
		}
	}
	if e, ok := errors.AsType[*net.OpError](err); ok {
		err = e.Err
	} else if errors.Is(err, context.DeadlineExceeded) {
		err = context.DeadlineExceeded
	}
	return &todo.Error{Code: CantConnect, Message: fmt.Sprintf("%s cannot be reached: %v", name, err),
		Hint: "check that it runs, and the address"}
}
