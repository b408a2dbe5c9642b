package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// toEnd is how long a process may take to end before it is killed.
const toEnd = 15 * time.Second

// A process runs a server or a node. What it writes goes to a log.
type process struct {
	Name string `json:"name"`
	PID  int    `json:"pid"`
	URL  string `json:"url"`

	cmd    *exec.Cmd
	in     io.Closer // closed: it shall end
	log    *os.File
	spoken chan struct{} // closed when it has written a line
	ended  chan struct{} // closed when it has ended
}

// start starts this program with other arguments.
func start(dir, name, url string, args []string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{Name: name, URL: url, spoken: make(chan struct{}), ended: make(chan struct{}),
		cmd: exec.Command(self, args...)} //nolint:noctx // it ends in an orderly way, when its input does
	p.cmd.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool { return strings.HasPrefix(variable, "TODOSHELL_") })
	if p.log, err = os.OpenFile(filepath.Join(dir, name+".log"), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600); err != nil {
		return nil, err
	}
	p.cmd.Stderr = p.log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err = p.cmd.Start(); err != nil {
		return nil, err
	}
	p.PID = p.cmd.Process.Pid
	go p.run(out)
	return p, nil
}

// run waits for the end of the process.
func (p *process) run(out io.Reader) {
	defer close(p.ended)
	defer p.log.Close()
	lines := bufio.NewReader(out)
	if line, err := lines.ReadString('\n'); err == nil {
		_, _ = p.log.WriteString(line)
		close(p.spoken)
	}
	_, _ = io.Copy(p.log, lines)
	_ = p.cmd.Wait() // its state says how it has ended
}

func (p *process) hasSpoken() bool {
	select {
	case <-p.spoken:
		return true
	default:
		return false
	}
}

// await waits until the process is ready.
func (p *process) await(ctx context.Context, isReady func() bool) error {
	for tick := time.NewTicker(betweenLooks); !isReady(); {
		select {
		case <-tick.C:
		case <-p.ended:
			return fmt.Errorf("%w, which ends with\n%s", p.failure(), p.last())
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w; its log ends with\n%s", p.Name, ctx.Err(), p.last())
		}
	}
	return nil
}

// failure says how the process has ended.
func (p *process) failure() error {
	return fmt.Errorf("%s (process %d) has ended: %v; its log is %s", p.Name, p.PID, p.cmd.ProcessState, p.log.Name())
}

// last returns the last lines of the log, indented.
func (p *process) last() string {
	const most = 10
	text, err := os.ReadFile(p.log.Name())
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return "  " + strings.Join(lines[max(0, len(lines)-most):], "\n  ")
}

// end has the process end, and returns when it has.
func (p *process) end() {
	_ = p.in.Close()
	late := time.AfterFunc(toEnd, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	<-p.ended
}
