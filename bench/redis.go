//go:build unix

package main

import (
	"bufio"
	"context"
	"errors"
	"os"
	"time"
)

// redis pipes commands to a server of its own that syncs its log so often. The
// memory is the server's and the client's.
func (b *bench) redis(script string, write func(*bufio.Writer), fsync string) contestant {
	durable := map[string]string{"always": "durable", "everysec": "durable after a second"}[fsync]
	return contestant{name: "redis-cli --pipe, fsync " + fsync + ", " + durable, tool: "redis-server",
		run: func(ctx context.Context) (samples []sample, err error) {
			dir, socket := b.path("redis"), b.path("redis.sock")
			if err = errors.Join(os.RemoveAll(dir), os.RemoveAll(socket), os.Mkdir(dir, 0o700)); err != nil {
				return nil, err
			}
			ctx, stop := context.WithCancel(ctx)
			server := b.command(ctx, "redis-server", "--port", "0", "--unixsocket", socket, "--dir", dir,
				"--save", "", "--appendonly", "yes", "--appendfsync", fsync, "--logfile", "/dev/null")
			if err = server.Start(); err != nil {
				stop()
				return nil, err
			}
			defer func() {
				stop()
				_ = server.Wait() // it was killed
			}()
			if err = b.awake(ctx, socket); err != nil {
				return nil, err
			}
			samples, err = b.timed(process{
				command: []string{"redis-cli", "-s", socket, "--pipe"}, script: script, write: write,
			})(ctx)
			for i := range samples {
				most, _ := memory(server.Process.Pid)
				samples[i].peak += most
			}
			return samples, err
		}}
}

// awake returns when the server answers.
func (b *bench) awake(ctx context.Context, socket string) error {
	for range 500 {
		if b.command(ctx, "redis-cli", "-s", socket, "ping").Run() == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
	return errors.New("redis-server does not answer")
}
