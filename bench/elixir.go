//go:build unix

package main

import (
	"context"
	"fmt"
)

// elixir runs a work of elixir/todo.exs, which tells its time without the
// machine's start.
func (b *bench) elixir(name string, words ...any) contestant {
	return contestant{name: "Elixir, " + name, tool: "elixir", run: b.elixirRun(words...)}
}

func (b *bench) elixirRun(words ...any) func(context.Context) ([]sample, error) {
	p := process{command: []string{"elixir", "--erl", "+P 4000000", "elixir/todo.exs"}} // processes, at most
	for _, w := range words {
		p.command = append(p.command, fmt.Sprint(w))
	}
	return b.measured(p)
}
