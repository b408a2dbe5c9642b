package todo

// Code is the stable word for a kind of error: programs match it, and it never
// changes.
type Code string

// The errors of this package.
const (
	BadDate       Code = "bad_date"
	BadName       Code = "bad_name"
	BadRequest    Code = "bad_request"
	BadStatus     Code = "bad_status"
	BadTitle      Code = "bad_title"
	BadUTF8       Code = "bad_utf8"
	UnknownID     Code = "unknown_id"
	UnknownList   Code = "unknown_list"
	ListFull      Code = "list_full"
	NothingToUndo Code = "nothing_to_undo"
	NothingToRedo Code = "nothing_to_redo"
	KeyReused     Code = "key_reused"
	ReadOnly      Code = "read_only"
	Forbidden     Code = "forbidden"
	Damaged       Code = "damaged"
)

// The codes of appends to a journal that fail, for all who keep journals and all who
// use them.
const (
	Conflict       Code = "conflict"
	OutcomeUnknown Code = "outcome_unknown"
	DiskFull       Code = "disk_full"    // nothing was appended; reading still works
	StoreBroken    Code = "store_broken" // nothing can be appended any more; reading still works

	// ClusterUnavailable: where lists are kept on several machines, the others can't be
	// asked. Nothing was appended, and reading works, but what is read may be old.
	ClusterUnavailable Code = "cluster_unavailable"
	// ClusterUnfit: the machines, or what they keep, are not what is promised of them.
	ClusterUnfit Code = "cluster_unfit"
)

// Two of these errors have the same text, whichever store keeps the journal.
var (
	// ErrConflict: the journal has moved on since the list was loaded. Nothing was
	// appended; load again.
	ErrConflict = &Error{Conflict, "the list has been changed from elsewhere", "try again"}
	// ErrOutcomeUnknown: the changes may have been kept or not.
	ErrOutcomeUnknown = &Error{OutcomeUnknown, "whether the change was kept is unknown", "look at the list before you try again"}
)

// An Error says what was wrong with a command and what to do about it. The
// command changed nothing.
type Error struct {
	Code    Code
	Message string // what was wrong
	Hint    string // what to do; may be empty
}

// Error returns "message; hint".
func (e *Error) Error() string {
	if e.Hint == "" {
		return e.Message
	}
	return e.Message + "; " + e.Hint
}

// Is matches errors of the same code, so that
// errors.Is(err, &todo.Error{Code: todo.UnknownID}) holds for each unknown id.
func (e *Error) Is(target error) bool {
	other, ok := target.(*Error)
	return ok && other.Code == e.Code
}
