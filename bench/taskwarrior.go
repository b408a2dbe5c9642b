//go:build unix

package main

import (
	"context"
	"fmt"
	"os"
)

// Taskwarrior is made for the tasks of one person; it gets that many of them.
func (b *bench) tasks() int { return min(20_000, b.lines) }

// taskProcess runs task with its data in a folder of its own. It does not sync.
func (b *bench) taskProcess(folder string, words ...string) process {
	dir := b.path(folder)
	return process{
		command: append([]string{"task", "rc:/dev/null", "rc.data.location=" + dir, "rc.confirmation=off", "rc.verbose=nothing"}, words...),
	}
}

// taskImport imports fewer tasks than the others add, and tells as many times
// as long.
func (b *bench) taskImport(script string, lists int) contestant {
	n := b.tasks()
	p := b.taskProcess("tasks", "import", "-")
	p.script, p.write = script, tasks(n, modulo(lists))
	name := "Taskwarrior import, not durable"
	factor := float64(b.lines) / float64(n)
	if factor > 1 {
		name += fmt.Sprintf(" (%s tasks; time × %.0f)", count(n), factor)
	}
	return contestant{name: name, tool: "task", run: func(ctx context.Context) ([]sample, error) {
		if err := b.taskFolder("tasks"); err != nil {
			return nil, err
		}
		samples, err := b.timed(p)(ctx)
		for i := range samples {
			samples[i].value *= factor
		}
		return samples, err
	}}
}

// taskFolder makes an empty folder: task asks a question where there is none.
func (b *bench) taskFolder(folder string) error {
	if err := os.RemoveAll(b.path(folder)); err != nil {
		return err
	}
	return os.Mkdir(b.path(folder), 0o700)
}

func (b *bench) typedTask() contestant {
	fill := b.taskProcess("tasks-of-all", "import", "-")
	fill.script, fill.write = "tasks-of-all.json", tasks(b.tasks(), modulo(1000))
	c := b.typed(fmt.Sprintf("Taskwarrior, %s tasks in all, not durable", count(b.tasks())), "task", fill,
		command{key: "entries", process: b.taskProcess("tasks-of-all", "project:list_77", "list")},
		command{key: "add", process: b.taskProcess("tasks-of-all", "add", "project:list_77", "due:2026-01-01", "Dentist")})
	run, made := c.run, false
	c.run = func(ctx context.Context) ([]sample, error) {
		if !made {
			if err := b.taskFolder("tasks-of-all"); err != nil {
				return nil, err
			}
			made = true
		}
		return run(ctx)
	}
	return c
}
