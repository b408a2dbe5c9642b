package format

import "strings"

// A role is what a column or a member is to an entry.
type role uint8

const (
	idRole role = iota
	titleRole
	dateRole
	statusRole
	completedRole
	canceledRole
	percentRole
	kindRole // of a row
	roles
)

// known is a name that a program uses for a role. Where a file has several names for one
// role, the one with the lowest rank counts.
type known struct {
	role role
	rank int
}

// noteRank is the rank of the first name of a note: it is a title where there is
// no other.
const noteRank = 100

// names are those that programs use, without case, blanks and signs. The
// documentation has the programs: docs/formats.md.
var names = func() map[string]known {
	all := make(map[string]known)
	for r, list := range [roles]string{
		idRole: "id",
		titleRole: "title taskname tasktitle cardname todoname name subject summary task todo item text what " +
			"reminder content",
		dateRole:   "date due duedate dueon dueat dueday duedatetime datedue deadline",
		statusRole: "status state taskstatus",
		completedRole: "completed complete done isdone iscompleted iscomplete finished checked ischecked duecomplete " +
			"completedat completedon completeddate datecompleted completedtime completeddatetime completiondate",
		canceledRole: "canceled cancelled iscanceled iscancelled",
		percentRole:  "percentcomplete percentdone percent progress",
		kindRole:     "type",
	} {
		for rank, name := range strings.Fields(list) {
			all[name] = known{role(r), rank}
		}
	}
	for rank, name := range strings.Fields("description desc notes note body details") {
		all[name] = known{titleRole, noteRank + rank}
	}
	return all
}()

// plain returns a name in lower case, without the blanks and signs that programs write
// differently.
func plain(name string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c >= 0x80:
			return c
		case c >= 'A' && c <= 'Z':
			return c - 'A' + 'a'
		}
		return -1
	}, strings.ReplaceAll(name, "%", "percent"))
}

// maxKnown is more than the length of any name.
const maxKnown = 64

func lookUp(name string) (known, bool) {
	if len(name) > maxKnown {
		return known{}, false
	}
	k, ok := names[plain(name)]
	return k, ok
}

// A statusWord is what a word says of an entry's status.
type statusWord uint8

const (
	unknownWord statusWord = iota
	openWord
	openToo // and more
	doneWord
	canceledWord
	deletedWord
)

var statuses = func() map[string]statusWord {
	words := make(map[string]statusWord)
	for word, list := range map[statusWord]string{
		openWord: "open needsaction notstarted notcompleted notdone incomplete todo pending active normal new opened " +
			"unchecked none false no 0",
		openToo: "inprocess inprogress started doing waiting waitingonothers waitingonsomeoneelse deferred blocked " +
			"onhold backlog recurring scheduled paused",
		doneWord:     "done completed complete finished closed resolved archived checked true yes x 1 2",
		canceledWord: "canceled cancelled wontdo abandoned dropped rejected",
		deletedWord:  "deleted trashed",
	} {
		for name := range strings.FieldsSeq(list) {
			words[name] = word
		}
	}
	return words
}()

// isYes reads yes and no, as programs write it.
func isYes(text string) (yes, known bool) {
	switch strings.ToLower(text) {
	case "true", "yes", "y", "x", "1", "done", "completed", "complete", "checked", "✓", "✔", "☑", "✅":
		return true, true
	case "false", "no", "n", "0", "open", "-", "incomplete", "not completed", "unchecked", "☐", "[ ]":
		return false, true
	}
	return false, false
}
