package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"todoshell/store"
)

// The process that holds a data folder listens on a socket in it: another one,
// which finds the folder in use, asks there for a backup. A request is the
// target and a newline; the answer is empty, or says what went wrong.
const socketName = "todoshell.sock"

// serveBackups answers requests until stop is called. Where there can be no
// socket, as in a folder with a very long path, others do without.
func serveBackups(dir string, data *store.Store) (stop func()) {
	path := filepath.Join(dir, socketName)
	_ = os.Remove(path)                       // a process that was killed has left it; the folder's lock is ours
	listener, err := net.Listen("unix", path) //nolint:noctx // nothing is waited for
	if err != nil {
		return func() {}
	}
	_ = os.Chmod(path, 0o600) // the folder is private already
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer conn.Close()
				target, err := bufio.NewReader(io.LimitReader(conn, 1<<16)).ReadString('\n')
				if err == nil {
					err = data.Backup(strings.TrimSuffix(target, "\n"))
				}
				if err != nil {
					_, _ = fmt.Fprint(conn, err) // who doesn't wait for the answer goes without
				}
			})
		}
	})
	return func() {
		_ = listener.Close()
		running.Wait()
	}
}

// askForBackup asks the process that holds the data; inUse is the error that
// said so.
func (p *program) askForBackup(target string, inUse error) error {
	dir, err := p.dataDir()
	if err != nil {
		return err
	}
	conn, err := net.Dial("unix", filepath.Join(dir, socketName)) //nolint:noctx // on this machine
	if err != nil {
		return inUse
	}
	defer conn.Close()
	_, err = fmt.Fprintln(conn, target)
	if err != nil {
		return err
	}
	answer, err := io.ReadAll(conn)
	if err == nil && len(answer) > 0 {
		err = fmt.Errorf("%s", answer)
	}
	return err
}
