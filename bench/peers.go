//go:build unix

package main

import (
	"bufio"
	"context"
	"fmt"
)

// The contestants here are Go programs of the folder peer.

func (b *bench) peer(name string, words ...string) contestant {
	file := b.path("peer-data")
	return contestant{name: name, run: b.measured(process{
		command: append(append([]string{b.path("peer")}, words...), file), fresh: []string{file},
	})}
}

// script runs a script of todoshell's own.
func (b *bench) script(name, who, script string, write func(*bufio.Writer)) contestant {
	file := b.path("peer-data")
	return contestant{name: name, run: b.timed(process{
		command: []string{b.path("peer"), "script", who, file}, script: script, write: write, fresh: []string{file},
	})}
}

// fewer is a script of a fiftieth of the lines, whose time is multiplied.
func (b *bench) fewer(name, who, script string, write func(lines int) func(*bufio.Writer)) contestant {
	const part = 50
	c := b.script(fmt.Sprintf("%s (%s lines; time × %d)", name, count(b.lines/part), part), who, script+"-few", write(b.lines/part))
	run := c.run
	c.run = func(ctx context.Context) ([]sample, error) {
		samples, err := run(ctx)
		for i := range samples {
			samples[i].value *= part
		}
		return samples, err
	}
	return c
}

const (
	channels = "goroutines behind channels, a shared fsync, durable"
	bolt     = "bbolt, transactions of 1,000 lines, durable"
	batch    = "bbolt, Batch, durable"
)

func (b *bench) servers(name, who string, n int) contestant {
	return contestant{name: name, run: b.timed(process{command: []string{b.path("peer"), "servers", who, fmt.Sprint(n)}})}
}
