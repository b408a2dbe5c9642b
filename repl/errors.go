package repl

import (
	"fmt"

	"todoshell/cache"
	"todoshell/format"
	"todoshell/server"
	"todoshell/todo"
)

// allErrors is the word that help explains all codes by.
const allErrors = "errors"

// A reason is a code, what it means and what to do about it.
type reason struct {
	code todo.Code
	text string
}

// reasons are those with which a command can end.
func reasons() []reason {
	return []reason{
		{todo.BadDate, "WHEN is no date, or none that the calendar has; write YYYY-MM-DD or one of the words for it"},
		{todo.BadTitle, "the title is longer than 4096 bytes, or nothing can be seen of it; shorten it, or say what there is to do"},
		{todo.BadName, "no list can have this name, or . has none to stand for; names have 1 to 255 bytes and no control characters"},
		{todo.BadRequest, fmt.Sprintf("the command names more than %d entries; give it several times", todo.MaxIDs)},
		{todo.UnknownID, "the list has no entry with this number, or isn't there; nothing was changed; entries LIST shows the numbers"},
		{todo.UnknownList, "there is no list of this name; lists shows those that there are"},
		{todo.ListFull, "the list has given all ids that there are; go on in another list"},
		{todo.NothingToUndo, "the list has no change that is not taken back; log LIST shows its changes"},
		{todo.NothingToRedo, "undo has taken nothing back, or another change has come since; log LIST shows the changes"},
		{BadFile, "a file or folder can't be read or written; check the path, and whether you may use it"},
		{format.BadFormat, "there is no such format, or the file's ending names none; say which with --format"},
		{format.BadImport, fmt.Sprintf("the file is not what its format asks for, at the line that is named, or too long: "+
			"%d entries and %d MiB are the most; nothing was imported", format.MaxEntries, format.MaxBytes>>20)},
		{todo.Damaged, "what is on disk of the list is not what was written; todoshell check finds all damage; restore a backup"},
		{todo.Forbidden, "the token lets you use other lists, or do other things, than this; ask for one that covers it"},
		{todo.ReadOnly, "the token lets you look and change nothing; ask for one that may change lists"},
		{todo.DiskFull, "there is too little room on the disk; nothing was changed; make room and give the command again"},
		{todo.StoreBroken, "the disk has failed, and nothing more is written; what was answered stands; end todoshell and start it again"},
		{todo.ClusterUnavailable, "the other machines that keep the lists can't be reached; nothing was changed; give the command again in a moment"},
		{todo.Conflict, "the list kept being changed from elsewhere; nothing was changed; give the command again"},
		{todo.OutcomeUnknown, "whether the change is on disk can't be known; look at the list before you give the command again"},
		{BadUsage, "the words are not those that the command takes; the usage stands beside it"},
		{UnknownCommand, "the line begins with no command; help names them all"},
		{OpenQuote, "a quote in the line is not closed; close it, or put a word with an apostrophe in double quotes"},
		{todo.BadUTF8, "the line, or a file, is not valid UTF-8; write it in UTF-8"},
		{LineTooLong, "the line is longer than 65536 bytes; bring many entries in with import"},
		{Interrupted, "Ctrl-C, or a signal, came before the command had ended; what it says is all there was"},
		{cache.Ending, "todoshell was already ending; nothing was changed; give the command again"},
		{server.Crashed, "a fault of todoshell itself ended the list's server; nothing was changed, and the next command finds a new one"},
		{Internal, "something else has failed that todoshell has no word for; the message says what"},
		{ServerGone, "the todoshell that held the data had ended before this began; nothing was changed; give the command again"},
		{ServerLost, "the connection to the data ended in the middle of this; look at the list before you give the command again"},
		{ServerRefused, "the server asked for what it may not have, such as another file, and was left; don't trust it"},
	}
}

// The codes of a shell whose session runs where the data is, in another process.
const (
	ServerGone    todo.Code = "server_gone"    // that process had ended before the task began
	ServerLost    todo.Code = "server_lost"    // it ended in the middle of the task
	ServerRefused todo.Code = "server_refused" // it asked for what it may not have, and was left
)

// anyErrors are the errors that any line can end with.
func anyErrors() []todo.Code {
	return []todo.Code{BadUsage, UnknownCommand, OpenQuote, todo.BadUTF8, LineTooLong, Interrupted, cache.Ending, todo.ClusterUnavailable,
		server.Crashed, Internal, ServerGone, ServerLost, ServerRefused}
}

// looking are the errors of a command that looks at a list.
func looking(others ...todo.Code) []todo.Code {
	return append(others, todo.BadName, todo.Damaged, todo.Forbidden)
}

// changing are the errors of a command that changes a list.
func changing(others ...todo.Code) []todo.Code {
	return append(looking(others...), todo.ReadOnly, todo.DiskFull, todo.StoreBroken, todo.Conflict, todo.OutcomeUnknown)
}
