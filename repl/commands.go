package repl

import (
	"todoshell/format"
	"todoshell/todo"
)

// listCommands are those that change one list or read it.
func listCommands() []*Command {
	return []*Command{
		{Name: "add", Params: []Param{listParam, whenParam, titleParam},
			Summary: "add an entry and answer its id", Example: "add Bob 2024-01-01 Dentist",
			Errors: changing(todo.BadDate, todo.BadTitle, todo.ListFull),
			change: func(a *args) todo.Command {
				return todo.Command{Kind: todo.Add, Patch: todo.Patch{Date: &a.date, Title: &a.text}}
			},
			answer: (*printer).added},
		{Name: "entries", Params: []Param{listParam, spanParam},
			Summary: "show the list, or what falls into a span of dates", Example: "entries Bob week",
			Errors: looking(todo.BadDate),
			look:   (*job).entriesOf,
			answer: (*printer).view},
		{Name: "update", Params: []Param{listParam, idParam, {Name: "date", Kind: Choice, Words: []string{"date"}, Text: "this word"}, whenParam},
			Summary: "give an entry another date", Example: "update Bob 1 date +1w",
			Errors: changing(todo.BadDate, todo.UnknownID),
			change: func(a *args) todo.Command {
				return todo.Command{Kind: todo.Update, IDs: a.ids, Patch: todo.Patch{Date: &a.date}}
			},
			answer: (*printer).changed},
		{Name: "update", Params: []Param{listParam, idParam, {Name: "title", Kind: Choice, Words: []string{"title"}, Text: "this word"}, titleParam},
			Summary: "give an entry another title", Example: "update Bob 1 title Dentist, with X-rays",
			Errors: changing(todo.BadTitle, todo.UnknownID),
			change: func(a *args) todo.Command {
				return todo.Command{Kind: todo.Update, IDs: a.ids, Patch: todo.Patch{Title: &a.text}}
			},
			answer: (*printer).changed},
		{Name: "done", Params: []Param{listParam, idsParam},
			Summary: "mark entries as done, all or none", Example: "done Bob 1 3", Errors: changing(todo.UnknownID, todo.BadRequest),
			change: func(a *args) todo.Command { return todo.Command{Kind: todo.Finish, IDs: a.ids} },
			answer: (*printer).changed},
		{Name: "reopen", Params: []Param{listParam, idsParam},
			Summary: "mark entries as open again, all or none", Example: "reopen Bob 3", Errors: changing(todo.UnknownID, todo.BadRequest),
			change: func(a *args) todo.Command { return todo.Command{Kind: todo.Reopen, IDs: a.ids} },
			answer: (*printer).changed},
		{Name: "delete", Params: []Param{listParam, idsParam},
			Summary: "delete entries, all or none", Example: "delete Bob 3", Errors: changing(todo.UnknownID, todo.BadRequest),
			change: func(a *args) todo.Command { return todo.Command{Kind: todo.Delete, IDs: a.ids} },
			answer: (*printer).changed},
		{Name: "undo", Params: []Param{listParam},
			Summary: "take the list's latest change back; again: the one before", Example: "undo Bob",
			Errors: changing(todo.NothingToUndo),
			change: func(*args) todo.Command { return todo.Command{Kind: todo.Undo} },
			answer: (*printer).changed},
		{Name: "redo", Params: []Param{listParam},
			Summary: "make the change again that undo took back", Example: "redo Bob",
			Errors: changing(todo.NothingToRedo),
			change: func(*args) todo.Command { return todo.Command{Kind: todo.Redo} },
			answer: (*printer).changed},
	}
}

// queryCommands are those that read much, or move whole lists.
func queryCommands() []*Command {
	return []*Command{
		{Name: "log", Params: []Param{listParam},
			Summary: "show every change the list ever had", Example: "log Bob", Errors: looking(), alone: (*Session).log, shows: true},
		{Name: "lists", Params: []Param{{Name: "PREFIX", Kind: Prefix, Optional: true}},
			Summary: "name the lists, or those that begin with PREFIX", Example: "lists B", alone: (*Session).lists, shows: true},
		{Name: "agenda", Params: []Param{spanParam},
			Summary: "show what is open in all lists; without WHEN: overdue and today", Example: "agenda week",
			Errors: []todo.Code{todo.BadDate, todo.Damaged}, alone: (*Session).agenda, shows: true},
		{Name: "find", Params: []Param{{Name: "TEXT", Kind: Text}},
			Summary: "find entries by a part of their title, in all lists", Example: "find dentist", Errors: []todo.Code{todo.Damaged}, alone: (*Session).find, shows: true},
		{Name: "import", Params: []Param{listParam, {Name: "FILE", Kind: File, Text: "- is standard input"}, formatParam},
			Summary: "add the entries of a file, all or none (- is standard input)", Example: "import Bob tasks.csv",
			Errors: changing(BadFile, format.BadFormat, format.BadImport, todo.ListFull), alone: (*Session).importFile, changes: true, needs: needsFile(NeedsRead)},
		{Name: "export", Params: []Param{listParam, {Name: "FILE", Kind: File, Optional: true, Text: "- is standard output, as is nothing"}, formatParam},
			Summary: "write the list as " + format.Choices, Example: "export Bob bob.ics",
			Errors: looking(BadFile, format.BadFormat, todo.UnknownList), alone: (*Session).exportFile, shows: true, needs: needsOutput},
		{Name: "drop", Params: []Param{listParam, yesParam},
			Summary: "remove the list and its log for good", Example: "drop Bob -y",
			Errors: changing(todo.UnknownList), alone: (*Session).drop, changes: true, needs: needsConfirm},
	}
}

// serverCommands show the processes behind the lists.
func serverCommands() []*Command {
	return []*Command{
		{Name: "server", Params: []Param{listParam},
			Summary: "fetch the list's server, or start it", Example: "server Bob",
			Errors: []todo.Code{todo.BadName, todo.Forbidden},
			ahead: func(s *Session, j *job) error {
				server, err := s.cache.Server(j.args.list)
				if err != nil {
					return err
				}
				j.number = server.Number()
				return nil
			},
			answer: (*printer).handle},
		{Name: "servers", Summary: "show the live list servers", Example: "servers", alone: (*Session).servers},
		{Name: "stop", Params: []Param{listParam},
			Summary: "end the list's server; the next command starts a new one", Example: "stop Bob",
			Errors: []todo.Code{todo.BadName, todo.Forbidden, todo.ReadOnly},
			alone:  (*Session).stop},
		{Name: "crash", Params: []Param{listParam},
			Summary: "make the list's server panic; the next command finds a new one", Example: "crash Bob",
			Errors: looking(todo.ReadOnly),
			alone:  (*Session).crash},
	}
}

// shellCommands are about the shell itself.
func shellCommands() []*Command {
	return []*Command{
		{Name: "use", Params: []Param{listParam},
			Summary: "let . stand for the list from here on", Example: "use Bob",
			Errors: []todo.Code{todo.BadName},
			ahead: func(s *Session, j *job) error {
				s.state.InUse = j.args.list
				return nil
			},
			answer: (*printer).used},
		{Name: "set", Params: []Param{{Name: "NAME", Kind: Choice, Words: settingNames(), Optional: true, Text: settingsText},
			{Name: "VALUE", Kind: Choice, Words: []string{"on", "off"}, Optional: true, Text: "on or off; without it, the value is shown"}},
			Summary: "show the settings, or change one", Example: "set json on", alone: (*Session).set},
		{Name: "timing", Params: []Param{{Name: "on|off", Kind: Choice, Words: []string{"on", "off"}, Text: "whether to show it, on standard error"}},
			Summary: "show how long each command takes", Example: "timing on",
			alone: func(s *Session, j *job) error { return s.change("timing", j.args.words[0]) }},
		{Name: "source", Params: []Param{{Name: "FILE", Kind: File}},
			Summary: "run the commands of a file", Example: "source morning.todo",
			Errors: []todo.Code{BadFile}, alone: (*Session).source, needs: needsFile(NeedsScript)},
		{Name: "backup", Params: []Param{{Name: "DIR", Kind: File, Text: "where the data is: a folder that is not there yet"}},
			Summary: "copy all data into a new folder, while work goes on", Example: "backup /mnt/usb/todo",
			Errors: []todo.Code{BadFile, todo.Forbidden}, alone: (*Session).backup},
		{Name: "history", Summary: "show the lines typed at the prompt", Example: "history", alone: (*Session).history, needs: needs(NeedsHistory)},
		{Name: "clear", Summary: "clear the terminal", Example: "clear", alone: (*Session).clear, needs: needs(NeedsClear)},
		{Name: "help", Params: []Param{{Name: "COMMAND", Kind: Choice, Optional: true, Text: "a command, or the code of an error; \"errors\" explains all of those"}},
			Summary: "explain a command, or name them all", Example: "help add", alone: (*Session).help},
		{Name: "exit", Params: []Param{{Name: "N", Kind: Number, Optional: true, Text: "0 to 255; without it, 1 if some command has failed, or else 0"}},
			Summary: "end the shell, with exit code N", Example: "exit", alone: (*Session).exit},
		{Name: "quit", Summary: "the same as exit", Example: "quit", alone: (*Session).exit},
	}
}
