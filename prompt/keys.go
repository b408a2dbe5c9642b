package prompt

// A key is what is typed at once: some text, a paste, or one key that does something.
type key struct {
	action action
	text   string
}

// An action is what a key does to the line.
type action uint8

const (
	byReadline action = iota // readline handles it; text is what it knows the key by
	insert
	insertPaste
	leaveSearch
	eraseQuery
	searchBack
	searchForward
	abortSearch
	deleteRight
	moveWordLeft
	moveWordRight
	killWordLeft
	killWordRight
	killBlankLeft
	killLeft
	killRight
	yank
	lastArgument
	complete
	clearAll
	suspendJob
	redraw
	resume
)

// The keys that are handled by name.
const (
	ctrlC     = '\x03'
	ctrlD     = '\x04'
	ctrlH     = '\b'
	bell      = '\a' // what readline gets in place of a key that it does not handle
	esc       = '\x1b'
	backspace = '\x7f'
)

// readlineKeys are those that readline handles: they move the cursor, erase or swap
// characters, and go through the history.
const readlineKeys = "\x01\x02\x03\x04\x05\x06\b\n\r\x0e\x10\x14\x7f"

var controls = map[byte]action{
	'\t': complete, '\a': abortSearch, '\x0b': killRight, '\x0c': clearAll, '\x12': searchBack, '\x13': searchForward,
	'\x15': killLeft, '\x17': killBlankLeft, '\x19': yank, '\x1a': suspendJob,
}

// escapes are the keys that begin with Esc, which is left out here.
var escapes = map[string]key{
	"[A": {text: "\x10"}, "OA": {text: "\x10"}, "[B": {text: "\x0e"}, "OB": {text: "\x0e"}, // up and down
	"[C": {text: "\x06"}, "OC": {text: "\x06"}, "[D": {text: "\x02"}, "OD": {text: "\x02"}, // right and left
	"[H": {text: "\x01"}, "OH": {text: "\x01"}, "[1~": {text: "\x01"}, "[7~": {text: "\x01"}, // Home
	"[F": {text: "\x05"}, "OF": {text: "\x05"}, "[4~": {text: "\x05"}, "[8~": {text: "\x05"}, // End
	"[3~": {action: deleteRight}, "[3;5~": {action: killWordRight}, "[3;3~": {action: killWordRight},
	"[1;5C": {action: moveWordRight}, "[1;3C": {action: moveWordRight}, "[5C": {action: moveWordRight}, "f": {action: moveWordRight},
	"[1;5D": {action: moveWordLeft}, "[1;3D": {action: moveWordLeft}, "[5D": {action: moveWordLeft}, "b": {action: moveWordLeft},
	"d": {action: killWordRight}, "\x7f": {action: killWordLeft}, "\b": {action: killWordLeft},
	".": {action: lastArgument}, "_": {action: lastArgument},
}

// What a terminal puts around a paste.
const (
	pasteBegin = "\x1b[200~"
	pasteEnd   = "\x1b[201~"
)

// maxPaste is how long a paste may be, in bytes.
const maxPaste = 2 << 20
